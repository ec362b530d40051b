"""Hears claims about what is known, in the sentences of the vocabulary with real names.

    hear_known("WM looks like Astrocytes.", slide)     # [Claim("looks_like", niche="WM", other="Astrocytes")]

Only the vocabulary's own words are heard: a large model that phrases a story is told to keep them. Names are those of
the slide and of the user's files, in any case. A name that is in neither makes no claim.
"""

from __future__ import annotations

import re
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
    """The claim of a sentence, with the names as slide and files write them; None where one is unknown."""
    genes = {gene.casefold(): gene for gene in map(str, slide.genes)}
    niches = {niche.casefold(): niche for niche in slide.niches}
    others = genes if CLAIM_TYPES[kind].other == "gene" else _known_names(kind, known)
    values = niches if kind == "signals_to" else {}
    fields = {"gene": genes, "niche": niches, "other": others, "value": values}
    named: dict[str, str] = {}
    for name, words in said.items():
        real = _real(words, fields[name], is_complex=fields[name] is genes and kind == "signals_to")
        if real is None:
            return None
        named[name] = real
    return Claim(kind, **named)


def _known_names(kind: str, known: SlideKnowledge) -> dict[str, str]:
    """Names of the user's files that a claim may be about: cell types, lists, or both."""
    types = {name.casefold(): name for name in known.types.names}
    lists = {label.casefold(): label for label in known.lists}
    if kind == "looks_like":
        return types
    return types | lists if kind in ("known_marker", "not_known_marker") else lists


def _real(words: str, names: dict[str, str], *, is_complex: bool) -> str | None:
    parts = words.split("+") if is_complex else [words]
    real = [names.get(part.strip().casefold()) for part in parts]
    return None if None in real else "+".join(part for part in real if part is not None)
