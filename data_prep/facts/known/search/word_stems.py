"""Words of a text, reduced to stems: "Myelinated", "myelination" and "myelin" are one word.

The rules are a light form of suffix stripping (Porter 1980). They need no dictionary, and they run the same way over
documents and phrases, so that a stem that is no word does no harm. British spellings become American ones.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

LEAST_STEM = 3
"""A stem keeps at least so many letters: "glia" and "glial" become "gli", but "organ" does not become "org"."""
LEAST_DERIVED = 4
"""A stem that a long ending leaves behind has so many letters: "cation" is not a form of "c"."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_LYMPHOCYTE = re.compile(
    r"\b([TB])\b(?:\s*(?:,|and|or|/)\s*\b([TB])\b)?[\s-]+(?:cells?|lymphocytes?)\b|\b([TB])[\s-]lymphocytes?\b"
)
"""T and B cells are written with one letter, which is no word of its own."""
_SPELLINGS = (
    (re.compile(r"aem|haem"), "hem"),
    (re.compile(r"oe(?=dem|soph|str|t[ua])"), "e"),
    (re.compile(r"ae(?!rg)"), "e"),
    (re.compile(r"(?<=[a-z]{3})our(?=al|s|\b)"), "or"),
    (re.compile(r"(?<=[a-z]{3})(?<!cart)is(?=(?:e|ed|es|ing|ation)\b)"), "iz"),
    (re.compile(r"(fib|cent|tit)re\b"), r"\1er"),
    (re.compile(r"\bgrey\b"), "gray"),
    (re.compile(r"(?<=[a-z])sulph"), "sulf"),
)
_IRREGULAR = {"feet": "foot", "mice": "mouse", "teeth": "tooth", "bodies": "body", "nuclei": "nucleus"}
_LONG_ENDINGS = tuple(
    sorted(
        (
            *("ization", "izations", "izing", "ized", "ize", "ational", "ation", "ations", "ating", "ated", "ates"),
            *("ate", "ative", "ator", "ators", "ically", "ical", "ity", "ities", "ment", "ments", "mental", "ness"),
            *("ion", "ions", "ional", "ile", "ive", "able", "ible", "ously", "ance", "ence", "ature", "atures"),
        ),
        key=len,
        reverse=True,
    )
)
_SHORT_ENDINGS = (
    "eous",
    "ing",
    "eal",
    "ary",
    "ous",
    "ed",
    "es",
    "al",
    "ic",
    "ar",
    "um",
    "us",
    "ie",
    "ly",
    "a",
    "e",
    "y",
    "i",
)
"""The longest first."""
_GRAMMAR = (
    "a about al all also an and any are area areas as at be been being between but by can carries carry cell cells "
    "contain contains could did do does done during each eg et etc express expressed expressing few find first for "
    "from gene genes get give had has have he her high highly him his how i ie if in into is it its just kind kinds "
    "known layer layers least less lie lies like line lines look lots made make makes making many marker markers "
    "may me might mine more most much must my niche niches no nor not of off on one only onto or other others our "
    "out over part parts per place places please protein proteins region regions rich same second see shall she "
    "should show shows so some spot spots such than that the their them then there these they this those three "
    "through tissue tissues to two type types under up us very via was we were what when where which who whom whose "
    "why will with without would you your yours zone zones "
)
STOP_WORDS = frozenset(_GRAMMAR.split())
"""Words that name no concept of biology: grammar, and words for tissue as such."""


def spell_lymphocytes(text: str) -> str:
    """A text in which T and B cells are words: "T and B lymphocytes" becomes "tcell bcell lymphocyte"."""
    return " ".join(_LYMPHOCYTE.sub(_lymphocytes, text).split())


def words_of(text: str) -> list[str]:
    """The stems of a text's words, in order, without stop words and without single letters."""
    return [stemmed for stemmed, _ in stems_with_words(text)]


def stems_with_words(text: str) -> list[tuple[str, str]]:
    """The same, each with the word that it comes from."""
    plain = spell_lymphocytes(text)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = (word for word in _WORD.findall(plain) if word.lower() not in STOP_WORDS)
    return [(stemmed, word) for word in words if len(stemmed := stem(word.lower())) > 1]


def terms_of(text: str) -> list[str]:
    """The stems, and each two stems beside each other joined by a space."""
    words = words_of(text)
    return [*words, *(f"{first} {second}" for first, second in pairwise(words))]


@lru_cache(maxsize=2**17)
def stem(word: str) -> str:
    """The stem of a word in small letters; words with digits stay as they are."""
    word = re.sub(r"['’]s?$", "", word)
    if not word.isalpha() or not word.isascii() or len(word) <= LEAST_STEM:
        return word
    for british, american in _SPELLINGS:
        word = british.sub(american, word)
    word = _singular(word)
    if word.endswith("cyt"):
        return word
    for ending in _LONG_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= LEAST_DERIVED:
            return _without_short_ending(word.removesuffix(ending))
    return _without_short_ending(word)


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies") and len(word) > 5:
        return f"{word[:-3]}y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is", "ous")):
        return word[:-1]
    return word


def _without_short_ending(word: str) -> str:
    for ending in _SHORT_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= LEAST_STEM:
            word = word.removesuffix(ending)
            break
    return word[:-1] if word.endswith("i") and len(word) > LEAST_STEM else word


def _lymphocytes(match: re.Match[str]) -> str:
    letters = [letter for letter in match.groups() if letter]
    return f" {' '.join(f'{letter.lower()}cell' for letter in letters)} lymphocyte "
