"""The words of a sentence about a gene, in a form in which harmless rewordings are equal.

Mentions of the gene become one word each: "this gene" and "the MBP gene"; "the protein encoded by this gene", "the
encoded protein", "this protein" and "the MBP protein"; "the product of this gene" and "this gene product"; and the bare
symbol. Brackets stay together, so that a whole one can be left out. Punctuation between words and citation marks such
as [1] are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

GENE, PROTEIN, PRODUCT, SYMBOL = "<gene>", "<protein>", "<product>", "<symbol>"
"""What mentions of the gene become."""
MENTIONS = frozenset([GENE, PROTEIN, PRODUCT, SYMBOL])
_OWN = "\x00"
"""The gene's symbol in the phrases below."""


def _phrases(mention: str, *texts: str) -> dict[tuple[str, ...], str]:
    return {tuple(text.split()): mention for text in texts}


_MENTION_PHRASES = {
    **_phrases(GENE, "this gene", f"the {_OWN} gene", f"{_OWN} gene"),
    **_phrases(
        PROTEIN,
        "the protein encoded by this gene",
        f"the protein encoded by {_OWN}",
        f"the protein encoded by the {_OWN} gene",
        "the encoded protein",
        "this protein",
        f"the {_OWN} protein",
        f"{_OWN} protein",
    ),
    **_phrases(
        PRODUCT,
        "the product of this gene",
        f"the product of {_OWN}",
        f"the product of the {_OWN} gene",
        "this gene product",
        f"the {_OWN} gene product",
        f"{_OWN} product",
    ),
    **_phrases(SYMBOL, _OWN),
}
_LONGEST = max(map(len, _MENTION_PHRASES))
_MARK = re.compile(r"\s*\[\d+(?:\s*[,–-]\s*\d+)*\]|\s*\([^()]*\.(?:tsv|csv|txt|gz)\b[^()]*,? line \d+\)")
"""Citation marks: [1], [2, 3], and the file and line of a source."""
_DASHES = str.maketrans("‐‑–—−’‘“”", "-----''\"\"")
_AROUND = ".,;:!?\"'"


_KEPT = 4096
_LONGEST_BRACKET = 1000
"""Characters after which an open bracket counts as a slip of the pen."""


@dataclass(frozen=True)
class Part:
    """A word, or a bracket with its words.

    Attributes:
        words: a mention of the gene is one word.
        is_bracket: whether the words stand in a bracket of their own.
    """

    words: tuple[str, ...]
    is_bracket: bool = False


@lru_cache(maxsize=_KEPT)
def sentence_parts(sentence: str, symbol: str) -> tuple[Part, ...]:
    """The words and brackets of a sentence.

    Args:
        sentence: of a summary, or of an answer.
        symbol: official symbol of the gene that it is about.
    """
    text = _MARK.sub("", sentence).replace("**", "").replace("`", "").translate(_DASHES)
    parts: list[Part] = []
    for piece, is_bracket in _pieces(text):
        words = tuple(_mentions([word for raw in piece.split() if (word := raw.strip(_AROUND))], symbol))
        parts += [Part(words, True)] if is_bracket and words else [Part((word,)) for word in words]
    return tuple(parts)


def flat_words(parts: Sequence[Part]) -> list[str]:
    """All words, those in brackets too."""
    return [word for part in parts for word in part.words]


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """(text, whether it is the inside of a bracket). A bracket inside a word, as in NAD(P)H, belongs to the word."""
    start = 0
    position = 0
    while position < len(text):
        is_open = text[position] == "(" and (position == 0 or text[position - 1].isspace())
        end = _closing(text, position) if is_open else -1
        if end > 0 and (end + 1 == len(text) or (not text[end + 1].isalnum() and text[end + 1] not in "-/(")):
            yield text[start:position], False
            yield text[position + 1 : end], True
            start = position = end + 1
        else:
            position += 1
    yield text[start:], False


def _closing(text: str, opening: int) -> int:
    depth = 0
    for position in range(opening, min(len(text), opening + _LONGEST_BRACKET)):
        depth += (text[position] == "(") - (text[position] == ")")
        if depth == 0:
            return position
    return -1


def _mentions(words: list[str], symbol: str) -> Iterator[str]:
    """The words, with each mention of the gene as one word. The longest mention at a place counts."""
    marked = [_OWN if word == symbol else word.lower() for word in words]
    place = 0
    while place < len(words):
        for length in range(min(_LONGEST, len(words) - place), 0, -1):
            mention = _MENTION_PHRASES.get(tuple(marked[place : place + length]))
            if mention:
                yield mention
                place += length
                break
        else:
            yield words[place]
            place += 1
