"""partial, rim, spills_over: what a gene does inside a niche and at its border."""

from __future__ import annotations

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCHECKABLE, Checked, Claim, ClaimType
from data_prep.claims.location import ADJACENT_SPOKEN
from data_prep.facts.facts import Facts
from data_prep.facts.gene_maps import Contrast

SURE = 1e-4
"""A contrast is believed from this p value of the Mann-Whitney test on; many are tried."""
PARTIAL, PARTIAL_SLACK = 2.0, 1.5
"""log2: one half of the niche has four times the expression of the other."""
RIM, RIM_SLACK = 1.0, 0.7
"""log2: the outermost spots have twice the expression of the interior, or half of it."""
SPILL, SPILL_SLACK = 1.0, 0.7
"""log2: beside the niche the neighbour has twice the expression that it has farther away."""
HALVES = {half: f"{half} part" for half in ("left", "right", "upper", "lower")}


def within_claims(facts: Facts, gene: str, niche: str) -> list[Claim]:
    """What a gene does inside a niche and at its border; most do nothing of the kind, and nothing is said then."""
    claims = []
    halves = facts.expression.halves(gene, niche)
    half = max(halves, key=lambda name: halves[name].log2_ratio)
    if _holds(halves[half], PARTIAL):
        claims.append(Claim("partial", gene, niche, half))
    measured = facts.shapes[niche]
    if measured.form == "scattered":  # its spots are all border
        return claims
    rim = facts.expression.rim(gene, niche)
    if rim.p_value < SURE and abs(rim.log2_ratio) >= RIM:
        claims.append(Claim("rim", gene, niche, "rim" if rim.log2_ratio > 0 else "core"))
    if facts.markers.label[facts.slide.gene_index(gene), facts.slide.niche_index(niche)] == 1:
        for other in facts.canvas.niche_colours():
            near = measured.contacts.get(other, 0.0) >= ADJACENT_SPOKEN
            if near and _holds(facts.expression.spill(gene, niche, other), SPILL):
                claims.append(Claim("spills_over", gene, niche, other=other))
    return claims


def _holds(contrast: Contrast, least: float) -> bool:
    return contrast.p_value < SURE and contrast.log2_ratio >= least


def _judged(contrast: Contrast, yes: float, no: float) -> Checked:
    value = f"{contrast.log2_ratio:+.2f}, p = {contrast.p_value:.2g}"
    if _holds(contrast, yes):
        return SUPPORTED, value
    unsure = contrast.p_value < SURE and contrast.log2_ratio >= no
    return (UNCHECKABLE if unsure else CONTRADICTED), value


def _check_partial(claim: Claim, facts: Facts) -> Checked:
    return _judged(facts.expression.halves(claim.gene, claim.niche)[claim.value], PARTIAL, PARTIAL_SLACK)


def _check_rim(claim: Claim, facts: Facts) -> Checked:
    found = facts.expression.rim(claim.gene, claim.niche)
    if claim.value == "core":
        found = Contrast(-found.log2_ratio, found.p_value)
    return _judged(found, RIM, RIM_SLACK)


def _check_spill(claim: Claim, facts: Facts) -> Checked:
    return _judged(facts.expression.spill(claim.gene, claim.niche, claim.other), SPILL, SPILL_SLACK)


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
