"""Claims on a gene over the whole tissue: absent, ubiquitous, patterned, not_patterned, gradient, follows_depth."""

from __future__ import annotations

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCHECKABLE, Claim
from data_prep.claims.claim_type import Checked, ClaimType
from data_prep.facts.facts import Facts

ABSENT, ABSENT_SLACK = 0.01, 0.03
"""A gene is absent if it is detected in less than the first share of the spots.

The claim is contradicted from the second share on.
"""
UBIQUITOUS, UBIQUITOUS_SLACK = 0.95, 0.85
"""A gene is ubiquitous if it is detected in more than the first share of the spots.

The claim is contradicted below the second share.
"""
PATTERN_I, PATTERN_Z = 0.10, 5.0
"""A gene is patterned if its Moran's I is at least the first number and this many standard errors above chance."""
NO_PATTERN_Z = 2.0
"""A gene is not patterned if its Moran's I is within this many standard errors of chance.

No claim is made between the two limits.
"""
GRADIENT, GRADIENT_SLACK = 0.70, 0.55
"""Least rank correlation with an axis for a gradient. The claim is contradicted below the second number."""
DEPTH, DEPTH_SLACK = 0.50, 0.35
"""Least rank correlation with sequencing depth, within niches, for "follows depth".

The claim is contradicted below the second number.
"""
DIRECTIONS = {
    "right": "from left to right",
    "left": "from right to left",
    "down": "from top to bottom",
    "up": "from bottom to top",
}


def gene_claims(facts: Facts, gene: str) -> list[Claim]:
    """Claims that are true of a gene over the tissue. A value between two thresholds gives no claim."""
    measured = facts.gene_maps
    share = measured.detected(gene)
    if share < ABSENT:
        return [Claim("absent", gene)]
    claims = [Claim("ubiquitous", gene)] if share > UBIQUITOUS else []
    index, z = measured.moran(gene)
    if index >= PATTERN_I and z >= PATTERN_Z:
        claims.append(Claim("patterned", gene))
    elif abs(z) < NO_PATTERN_Z:
        return [*claims, Claim("not_patterned", gene)]
    direction, trend = _direction(facts, gene)
    if trend >= GRADIENT:
        claims.append(Claim("gradient", gene, value=direction))
    if abs(measured.depth_correlation(gene)) >= DEPTH:
        claims.append(Claim("follows_depth", gene))
    return claims


def _direction(facts: Facts, gene: str) -> tuple[str, float]:
    """The direction in which a gene rises most, and the rank correlation with that direction."""
    x, y = facts.gene_maps.trend(gene)
    trend = {"right": x, "left": -x, "down": y, "up": -y}
    best = max(trend, key=lambda direction: trend[direction])
    return best, trend[best]


def _verdict(value: float, yes: float, no: float) -> str:
    """Supported from ``yes`` on, contradicted beyond ``no`` on the other side, uncheckable between the two."""
    sign = 1 if yes > no else -1
    if sign * value >= sign * yes:
        return SUPPORTED
    return CONTRADICTED if sign * value < sign * no else UNCHECKABLE


def _check_absent(claim: Claim, facts: Facts) -> Checked:
    share = facts.gene_maps.detected(claim.gene)
    return _verdict(share, ABSENT, ABSENT_SLACK), f"{share:.1%}"


def _check_ubiquitous(claim: Claim, facts: Facts) -> Checked:
    share = facts.gene_maps.detected(claim.gene)
    return _verdict(share, UBIQUITOUS, UBIQUITOUS_SLACK), f"{share:.1%}"


def _check_patterned(claim: Claim, facts: Facts) -> Checked:
    index, z = facts.gene_maps.moran(claim.gene)
    value = f"{index:.2f}, {z:+.1f} standard errors from chance"
    if index >= PATTERN_I and z >= PATTERN_Z:
        verdict = SUPPORTED if claim.kind == "patterned" else CONTRADICTED
    elif abs(z) < NO_PATTERN_Z:
        verdict = CONTRADICTED if claim.kind == "patterned" else SUPPORTED
    else:
        verdict = UNCHECKABLE
    return verdict, value


def _check_gradient(claim: Claim, facts: Facts) -> Checked:
    x, y = facts.gene_maps.trend(claim.gene)
    trend = {"right": x, "left": -x, "down": y, "up": -y}[claim.value]
    return _verdict(trend, GRADIENT, GRADIENT_SLACK), f"{trend:+.2f}"


def _check_depth(claim: Claim, facts: Facts) -> Checked:
    correlation = facts.gene_maps.depth_correlation(claim.gene)
    return _verdict(abs(correlation), DEPTH, DEPTH_SLACK), f"{correlation:+.2f}"


TYPES = (
    ClaimType(
        kind="absent",
        sentences=("{gene} is absent from the tissue.", "{gene} is hardly detected anywhere."),
        statistic="share of the spots with a count",
        check=_check_absent,
    ),
    ClaimType(
        kind="ubiquitous",
        sentences=("{gene} is expressed everywhere.", "{gene} is detected in nearly every spot."),
        statistic="share of the spots with a count",
        check=_check_ubiquitous,
    ),
    ClaimType(
        kind="patterned",
        sentences=("{gene} has a spatial pattern.", "The map of {gene} is patterned."),
        statistic="Moran's I",
        check=_check_patterned,
    ),
    ClaimType(
        kind="not_patterned",
        sentences=("{gene} has no spatial pattern.", "The map of {gene} is noise."),
        statistic="Moran's I",
        check=_check_patterned,
    ),
    ClaimType(
        kind="gradient",
        sentences=("{gene} rises {value}.", "{gene} increases {value}."),
        values=DIRECTIONS,
        statistic="rank correlation along the axis",
        check=_check_gradient,
    ),
    ClaimType(
        kind="follows_depth",
        sentences=("{gene} follows sequencing depth.", "The map of {gene} is that of sequencing depth."),
        statistic="rank correlation with depth within niches",
        check=_check_depth,
    ),
)
