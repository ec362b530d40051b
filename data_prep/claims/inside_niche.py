"""Claims on a gene inside a niche and at the border of the niche: partial, rim, spills_over."""

from __future__ import annotations

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCHECKABLE, Claim
from data_prep.claims.claim_type import Checked, ClaimType
from data_prep.claims.location import ADJACENT_SPOKEN
from data_prep.facts.facts import Facts
from data_prep.facts.gene_maps import Contrast

SURE = 1e-4
"""Largest p value (Mann-Whitney test) of a contrast that is claimed. It is strict because many contrasts are tested."""
PARTIAL, PARTIAL_SLACK = 2.0, 1.5
"""Least log2 ratio between two halves of the niche for "partial"; below the second number it is contradicted."""
RIM, RIM_SLACK = 1.0, 0.7
"""Least absolute log2 ratio of the outermost spots to the interior; below the second number it is contradicted."""
SPILL, SPILL_SLACK = 1.0, 0.7
"""Least log2 ratio, within the neighbour niche, of spots beside the niche to spots farther away; likewise."""
HALVES = {half: f"{half} part" for half in ("left", "right", "upper", "lower")}


def within_claims(facts: Facts, gene: str, niche: str) -> list[Claim]:
    """Claims that are true of a gene inside a niche and at its border. Most genes give none."""
    claims = []
    halves = facts.gene_maps.halves(gene, niche)
    half = max(halves, key=lambda name: halves[name].log2_ratio)
    if _holds(halves[half], PARTIAL):
        claims.append(Claim("partial", gene, niche, half))
    measured = facts.shapes[niche]
    if measured.form == "scattered":  # all its spots lie at its border
        return claims
    rim = facts.gene_maps.rim(gene, niche)
    if rim.p_value < SURE and abs(rim.log2_ratio) >= RIM:
        claims.append(Claim("rim", gene, niche, "rim" if rim.log2_ratio > 0 else "core"))
    if facts.markers.label[facts.slide.gene_index(gene), facts.slide.niche_index(niche)] == 1:
        for other in facts.canvas.niche_colours():
            near = measured.contacts.get(other, 0.0) >= ADJACENT_SPOKEN
            if near and _holds(facts.gene_maps.spill(gene, niche, other), SPILL):
                claims.append(Claim("spills_over", gene, niche, other=other))
    return claims


def _holds(contrast: Contrast, least: float) -> bool:
    return contrast.p_value < SURE and contrast.log2_ratio >= least


def _verdict_on(contrast: Contrast, yes: float, no: float) -> Checked:
    value = f"{contrast.log2_ratio:+.2f}, p = {contrast.p_value:.2g}"
    if _holds(contrast, yes):
        return SUPPORTED, value
    unsure = contrast.p_value < SURE and contrast.log2_ratio >= no
    return (UNCHECKABLE if unsure else CONTRADICTED), value


def _check_partial(claim: Claim, facts: Facts) -> Checked:
    return _verdict_on(facts.gene_maps.halves(claim.gene, claim.niche)[claim.value], PARTIAL, PARTIAL_SLACK)


def _check_rim(claim: Claim, facts: Facts) -> Checked:
    contrast = facts.gene_maps.rim(claim.gene, claim.niche)
    if claim.value == "core":
        contrast = Contrast(-contrast.log2_ratio, contrast.p_value)
    return _verdict_on(contrast, RIM, RIM_SLACK)


def _check_spill(claim: Claim, facts: Facts) -> Checked:
    return _verdict_on(facts.gene_maps.spill(claim.gene, claim.niche, claim.other), SPILL, SPILL_SLACK)


TYPES = (
    ClaimType(
        kind="partial",
        sentences=(
            "{gene} is expressed only in the {value} of {niche}.",
            "Only the {value} of {niche} expresses {gene}.",
        ),
        values=HALVES,
        statistic="log2 ratio of that half to the other",
        check=_check_partial,
    ),
    ClaimType(
        kind="rim",
        sentences=("{gene} is highest at the {value} of {niche}.", "The {value} of {niche} has most of {gene}."),
        values={"rim": "rim", "core": "core"},
        statistic="log2 ratio of its rim to its core",
        check=_check_rim,
    ),
    ClaimType(
        kind="spills_over",
        sentences=("{gene} spills over from {niche} into {other}.", "From {niche}, {gene} reaches into {other}."),
        statistic="log2 ratio beside the niche to farther away",
        check=_check_spill,
    ),
)
