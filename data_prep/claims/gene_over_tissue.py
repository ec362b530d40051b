"""absent, ubiquitous, patterned, not_patterned, gradient, follows_depth: a gene over the whole tissue."""

from __future__ import annotations

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCHECKABLE, Checked, Claim, ClaimType
from data_prep.facts.facts import Facts

ABSENT, ABSENT_SLACK = 0.01, 0.03
"""A gene is absent when it is detected in fewer spots than this; not so from the second share on."""
UBIQUITOUS, UBIQUITOUS_SLACK = 0.95, 0.85
"""A gene is everywhere when it is detected in more spots than this; not so below the second share."""
PATTERN_I, PATTERN_Z = 0.10, 5.0
"""Patterned: Moran's I is at least this, and so many standard errors above chance."""
NO_PATTERN_Z = 2.0
"""Not patterned: Moran's I is within this many standard errors of chance; between the two nothing is said."""
GRADIENT, GRADIENT_SLACK = 0.70, 0.55
"""A gradient is a rank correlation with an axis of at least this; contradicted below the second."""
DEPTH, DEPTH_SLACK = 0.50, 0.35
"""A map follows depth when, niche held fixed, it and the depth correlate (in ranks) by at least this."""
DIRECTIONS = {
    "right": "from left to right",
    "left": "from right to left",
    "down": "from top to bottom",
    "up": "from bottom to top",
}


def gene_claims(facts: Facts, gene: str) -> list[Claim]:
    """What is true of a gene over the tissue; where a number lies between two thresholds, nothing is said of it."""
    measured = facts.expression
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
    """The direction in which a gene rises most, and its rank correlation with it."""
    x, y = facts.expression.trend(gene)
    trend = {"right": x, "left": -x, "down": y, "up": -y}
    best = max(trend, key=lambda direction: trend[direction])
    return best, trend[best]


def _between(value: float, yes: float, no: float) -> str:
    """Supported from ``yes`` on, contradicted beyond ``no`` on the other side, uncheckable between the two."""
    sign = 1 if yes > no else -1
    if sign * value >= sign * yes:
        return SUPPORTED
    return CONTRADICTED if sign * value < sign * no else UNCHECKABLE


def _check_absent(claim: Claim, facts: Facts) -> Checked:
    share = facts.expression.detected(claim.gene)
    return _between(share, ABSENT, ABSENT_SLACK), f"{share:.1%}"


def _check_ubiquitous(claim: Claim, facts: Facts) -> Checked:
    share = facts.expression.detected(claim.gene)
    return _between(share, UBIQUITOUS, UBIQUITOUS_SLACK), f"{share:.1%}"


def _check_patterned(claim: Claim, facts: Facts) -> Checked:
    index, z = facts.expression.moran(claim.gene)
    value = f"{index:.2f}, {z:+.1f} standard errors from chance"
    if index >= PATTERN_I and z >= PATTERN_Z:
        verdict = SUPPORTED if claim.kind == "patterned" else CONTRADICTED
    elif abs(z) < NO_PATTERN_Z:
        verdict = CONTRADICTED if claim.kind == "patterned" else SUPPORTED
    else:
        verdict = UNCHECKABLE
    return verdict, value


def _check_gradient(claim: Claim, facts: Facts) -> Checked:
    x, y = facts.expression.trend(claim.gene)
    trend = {"right": x, "left": -x, "down": y, "up": -y}[claim.value]
    return _between(trend, GRADIENT, GRADIENT_SLACK), f"{trend:+.2f}"


def _check_depth(claim: Claim, facts: Facts) -> Checked:
    found = facts.expression.depth_correlation(claim.gene)
    return _between(abs(found), DEPTH, DEPTH_SLACK), f"{found:+.2f}"


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
