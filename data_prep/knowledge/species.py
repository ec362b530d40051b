"""Human or mouse: what a word, the name of a file, or the case of symbols says."""

from __future__ import annotations

import re
from collections.abc import Iterable

HUMAN, MOUSE = "human", "mouse"
SPECIES = (HUMAN, MOUSE)
TAXA = {"9606": HUMAN, "10090": MOUSE}
"""Taxon id of NCBI → species."""
_WORDS = {
    **TAXA,
    **dict.fromkeys(("human", "hs", "hsa", "homo", "sapiens", "hsapiens"), HUMAN),
    **dict.fromkeys(("mouse", "mm", "mmu", "mus", "musculus", "mmusculus"), MOUSE),
}
MOSTLY = 0.8
"""Share of symbols from which all are taken to be of one species."""


def other(species: str) -> str:
    """The other one of the two species; "" for neither."""
    return {HUMAN: MOUSE, MOUSE: HUMAN}.get(species, "")


def species_in_words(text: str) -> tuple[str, ...]:
    """The species that a text names, such as 'Mm Hs', 'Homo sapiens', '10090' or 'markers_Human_v2'."""
    words = re.findall(r"[a-z]+|\d+", text.lower())
    named = {_WORDS[word] for word in words if word in _WORDS} | {name for name in SPECIES if name in text.lower()}
    return tuple(name for name in SPECIES if name in named)


def species_by_case(symbols: Iterable[str]) -> str:
    """Human symbols are in capitals, mouse symbols have one capital at the beginning; "" if neither is the rule."""
    letters = [symbol for symbol in symbols if sum(map(str.isalpha, symbol)) > 1]
    if not letters:
        return ""
    human = sum(symbol == symbol.upper() for symbol in letters) / len(letters)
    mouse = sum(symbol[0].isupper() and symbol[1:] == symbol[1:].lower() for symbol in letters) / len(letters)
    return HUMAN if human >= MOSTLY else MOUSE if mouse >= MOSTLY else ""


def one_species(name: str, symbols: Iterable[str]) -> str:
    """The species of a table: the one that the name of its file says, else the one that its symbols show."""
    named = species_in_words(name)
    return named[0] if len(named) == 1 else species_by_case(symbols)
