"""Hears claims about what is known, in the sentences of the vocabulary with real names.

    hear_known("WM looks like Astrocytes.", slide)     # [Claim("looks_like", niche="WM", other="Astrocytes")]

Only the vocabulary's own words are heard: a large model that phrases a story is told to keep them. Names are those of
the slide and of the user's files, in any case where that is clear. A name that is in neither makes no claim.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

from data_prep.claims.claim import Claim
from data_prep.claims.vocabulary import CLAIM_TYPES, KNOWN_KINDS
from data_prep.knowledge.on_slide import SlideKnowledge
from data_prep.slide import Slide

_SLOT = re.compile(r"\{(gene|niche|value|other)\}")


def hear_known(sentence: str, slide: Slide) -> list[Claim]:
    """The claims of one sentence; [] if it makes none, or names something that neither slide nor files have.

    Args:
        sentence: with real names.
        slide: with knowledge.
    """
    known = slide.knowledge
    if known is None:
        return []
    found = []
    for kind, pattern in _patterns():
        match = pattern.fullmatch(sentence.strip())
        if match and (claim := _claim(kind, match.groupdict(), slide, known)) and claim not in found:
            found.append(claim)
    return found


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """(kind, pattern of a sentence) of all templates."""
    return tuple(
        (kind, re.compile(_pattern(template), re.IGNORECASE))
        for kind in KNOWN_KINDS
        for template in CLAIM_TYPES[kind].sentences
    )


def _pattern(template: str) -> str:
    parts = _SLOT.split(template.removesuffix("."))
    words = "".join(f"(?P<{part}>.+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts))
    return rf"{words}\.?"


def _claim(kind: str, said: dict[str, str], slide: Slide, known: SlideKnowledge) -> Claim | None:
    """The claim of a sentence, with the names as slide and files write them; None where one is not known."""
    genes = [str(gene) for gene in slide.genes]
    others = genes if CLAIM_TYPES[kind].other == "gene" else _known_names(kind, known)
    values = slide.niches if kind == "signals_to" else ()
    fields = {"gene": genes, "niche": slide.niches, "other": others, "value": values}
    named: dict[str, str] = {}
    for field, words in said.items():
        parts = words.split("+") if fields[field] is genes and kind == "signals_to" else [words]
        real = [_real(part.strip(), fields[field]) for part in parts]
        if "" in real:
            return None
        named[field] = "+".join(real)
    return Claim(kind, **named)


def _known_names(kind: str, known: SlideKnowledge) -> list[str]:
    """Names of the user's files that a claim may be about: cell types, lists, or both."""
    if kind == "looks_like":
        return list(known.types.names)
    types = known.types.names if kind in ("known_marker", "not_known_marker") else ()
    return list(dict.fromkeys([*types, *known.lists]))


def _real(words: str, names: Collection[str]) -> str:
    """The name that is written so, or the only one that is in another case; "" for none and for several."""
    if words in names:
        return words
    alike = [name for name in names if name.casefold() == words.casefold()]
    return alike[0] if len(alike) == 1 else ""
