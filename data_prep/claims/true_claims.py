"""The claims that are true of a gene or niche, in the order in which prose tells them.

Only claims that the counts support are made. Where they cannot tell, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from data_prep.claims.checker import holds
from data_prep.claims.claim import Claim
from data_prep.claims.kinds.enriched import fold_change, strength
from data_prep.claims.vocabulary import CLAIM_TYPES
from data_prep.facts.facts import Facts


def gene_claims(facts: Facts, gene: str) -> list[Claim]:
    """Claims on a gene over the tissue: its pattern, its peak, its direction, and whether it follows depth."""
    absent = Claim("absent", gene)
    if holds(absent, facts):
        return [absent]
    claims = _true(facts, [Claim("ubiquitous", gene), Claim("patterned", gene), Claim("not_patterned", gene)])
    if not any(claim.kind == "not_patterned" for claim in claims):
        claims += peak_claims(facts, gene)
        claims += _true(facts, _candidates(facts, "gradient", genes=(gene,)))
    return claims + _true(facts, [Claim("follows_depth", gene)])


def peak_claims(facts: Facts, gene: str) -> list[Claim]:
    """The claim on the place where a gene is highest, or that it has no single peak; [] if neither is certain."""
    return _true(facts, [*_candidates(facts, "highest", genes=(gene,)), Claim("no_peak", gene)])


def enrichment_claims(facts: Facts, gene: str, niche: str) -> list[Claim]:
    """The claim that a gene is enriched in a niche, depleted, or neither; [] if the counts cannot tell.

    A strength is told only where it is certain.
    """
    enriched = Claim("enriched", gene, niche)
    if holds(enriched, facts):
        return [replace(enriched, value=strength(fold_change(facts, gene, niche)))]
    return _true(facts, [Claim("depleted", gene, niche), Claim("not_enriched", gene, niche)])[:1]


def enriched_niches(facts: Facts, gene: str) -> list[Claim]:
    """Claims on the coloured niches in which a gene is enriched, in the order of the colours, or that none is."""
    enriched = _true(facts, [Claim("enriched", gene, name) for name in facts.canvas.niche_colours()])
    return enriched or _true(facts, [Claim("nowhere", gene)])


def within_claims(facts: Facts, gene: str, niche: str) -> list[Claim]:
    """Claims on a gene inside a niche and at its border. Most genes give none."""
    return [
        claim
        for kind in ("partial", "rim", "spills_over")
        for claim in _true(facts, _candidates(facts, kind, genes=(gene,), niches=(niche,)))
    ]


def niche_claims(facts: Facts, niche: str) -> list[Claim]:
    """Claims on place, extent, form, pieces and neighbours of a niche."""
    return [
        claim
        for kind in ("centred", "extent", "form", "parts", "adjacent")
        for claim in _true(facts, _candidates(facts, kind, niches=(niche,)))
    ]


def composition_claims(facts: Facts, niche: str, cell_types: Sequence[str]) -> list[Claim]:
    """Claims on the share of each cell type in a niche."""
    claims = _true(facts, _candidates(facts, "composed_of", niches=(niche,)))
    return [claim for name in cell_types for claim in claims if claim.other == name]


def pair_claims(facts: Facts, first: str, second: str) -> list[Claim]:
    """The claim on how the maps of two genes are related; [] if none is certain."""
    return _true(facts, [Claim(kind, first, other=second) for kind in ("colocalised", "exclusive", "unrelated")])


def _candidates(facts: Facts, kind: str, genes: Sequence[str] = (), niches: Sequence[str] = ()) -> Iterable[Claim]:
    question = CLAIM_TYPES[kind].question
    return () if question is None else question.candidates(facts.slide, genes, niches)


def _true(facts: Facts, claims: Iterable[Claim]) -> list[Claim]:
    return [claim for claim in claims if holds(claim, facts)]
