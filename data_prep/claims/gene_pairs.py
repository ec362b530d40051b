"""colocalised, exclusive, unrelated: two genes on one slide."""

from __future__ import annotations

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCHECKABLE, Checked, Claim, ClaimType
from data_prep.facts.facts import Facts

TOGETHER, TOGETHER_SLACK = 0.5, 0.4
"""Pearson correlation of the pooled maps from which two genes share their place; contradicted below the second."""
APART, APART_SLACK = -0.2, -0.1
UNRELATED = 0.1
"""Two genes have nothing to do with each other when their maps correlate by less than this, either way."""


def pair_claims(facts: Facts, a: str, b: str) -> list[Claim]:
    """How the maps of two genes go together; [] between the thresholds."""
    found = facts.expression.map_correlation(a, b)
    if found >= TOGETHER:
        return [Claim("colocalised", a, other=b)]
    if found <= APART:
        return [Claim("exclusive", a, other=b)]
    return [Claim("unrelated", a, other=b)] if abs(found) < UNRELATED else []


def _check(claim: Claim, facts: Facts) -> Checked:
    found = facts.expression.map_correlation(claim.gene, claim.other)
    value = f"{found:+.2f}"
    if claim.kind == "unrelated":
        return (SUPPORTED if abs(found) < 1.5 * UNRELATED else CONTRADICTED), value
    signed, yes, no = (
        (found, TOGETHER, TOGETHER_SLACK) if claim.kind == "colocalised" else (-found, -APART, -APART_SLACK)
    )
    if signed >= yes:
        return SUPPORTED, value
    return (UNCHECKABLE if signed >= no else CONTRADICTED), value


_STATISTIC = "correlation of the two maps"
TYPES = (
    ClaimType(
        kind="colocalised",
        sentences=("{gene} and {other} share their place.", "{gene} is high where {other} is high."),
        other="gene",
        statistic=_STATISTIC,
        check=_check,
    ),
    ClaimType(
        kind="exclusive",
        sentences=("{gene} and {other} exclude each other.", "{gene} is low where {other} is high."),
        other="gene",
        statistic=_STATISTIC,
        check=_check,
    ),
    ClaimType(
        kind="unrelated",
        sentences=("{gene} and {other} are unrelated.", "The place of {gene} says nothing of {other}."),
        other="gene",
        statistic=_STATISTIC,
        check=_check,
    ),
)
