"""Other ways to write the name of a niche: "the stroma", "layer 3" for L3, "white matter" for WM, "T cell zone".

Each function returns tuples of tokens in lower case. Two names that share a writing are told apart by asking.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

Tokens = tuple[str, ...]

_TOKEN = re.compile(r"[^\W_]+|_|[^\w\s]")
_SPELLING = (("tumour", "tumor"), ("centre", "center"), ("grey", "gray"), ("fibre", "fiber"), ("haem", "hem"))
"""British and American spellings of words in names of niches."""
_SHORT_FORMS = {("wm",): ("white", "matter"), ("gm",): ("gray", "matter"), ("csf",): ("cerebrospinal", "fluid")}
"""Short names that are read in one way in any tissue with such a niche."""
_NUMBERED = re.compile(r"(l|layer)([0-9].*)")
_NUMBER_WORDS = {"1": ("one", "i"), "2": ("two", "ii"), "3": ("three", "iii"), "4": ("four", "iv"), "5": ("five", "v")}
_NUMBER_WORDS |= {"6": ("six", "vi")}


def split_tokens(text: str) -> list[re.Match[str]]:
    """The tokens of a text with their places: runs of letters and digits, and each other character but spaces."""
    return list(_TOKEN.finditer(text))


def fold(token: str) -> str:
    """A token without the difference of capitals, of British and American spelling, and of Unicode forms."""
    folded = unicodedata.normalize("NFKC", token).casefold()
    for british, american in _SPELLING:
        folded = folded.replace(british, american)
    return folded


def fold_name(name: str) -> Tokens:
    """The tokens of a name, folded."""
    return tuple(fold(match[0]) for match in split_tokens(name))


def other_writings(name: str) -> set[Tokens]:
    """The other ways to write the name of a niche or cell type, folded; without `fold_name` itself."""
    plain = fold_name(name)
    found = {plain}
    for step in (_without_number, _without_punctuation, _with_layer, _short_forms, _number_words, _plurals):
        found |= {tokens for known in tuple(found) for tokens in step(known) if tokens}
    return found - {plain}


def _without_number(tokens: Tokens) -> Iterator[Tokens]:
    """Without a number before it: "1: Granular Cell Layer" is the granular cell layer."""
    if len(tokens) > 2 and tokens[0].isdigit() and tokens[1] in ":.)-":
        yield tokens[2:]


def _without_punctuation(tokens: Tokens) -> Iterator[Tokens]:
    """Without signs: "T-cell_zone" is also the T cell zone. A slash between digits stays: "2/3" is not "2 3"."""
    words = tuple(token for token in tokens if token[0].isalnum())
    if not any(token == "/" for token in tokens):
        yield words


def _with_layer(tokens: Tokens) -> Iterator[Tokens]:
    """A numbered layer: "L3", "L 3", "Layer3" and "Layer 3" are one name, and so are "L2/3" and "Layer 2/3"."""
    first, rest = (tokens[0], tokens[1:]) if tokens else ("", ())
    if first in ("l", "layer") and rest and rest[0][0].isdigit():
        number, rest = rest[0], rest[1:]
    elif match := _NUMBERED.fullmatch(first):
        number = match[2]
    else:
        return
    for written in (("layer", number), ("l" + number,), ("layer" + number,), ("l", number)):
        yield (*written, *rest)


def _short_forms(tokens: Tokens) -> Iterator[Tokens]:
    for short, long in _SHORT_FORMS.items():
        if tokens in (short, long):
            yield from (short, long)


def _number_words(tokens: Tokens) -> Iterator[Tokens]:
    """The number of a layer as a word: "layer three", "layer III"."""
    if len(tokens) == 2 and tokens[0] == "layer":
        yield from (("layer", word) for word in _NUMBER_WORDS.get(tokens[1], ()))


def _plurals(tokens: Tokens) -> Iterator[Tokens]:
    """The last word in the singular or plural: "neurons" for "Neuron"."""
    if not tokens:
        return
    *before, last = tokens
    if not last.isalpha() or len(last) < 4:
        return
    if last.endswith("ies"):
        yield (*before, last[:-3] + "y")
    elif last.endswith("s") and not last.endswith(("ss", "us", "is")):
        yield (*before, last[:-1])
    elif not last.endswith("s"):
        yield (*before, last + "s")
        if last.endswith("y"):
            yield (*before, last[:-1] + "ies")
