"""Claims on two genes of one slide: colocalised, exclusive, unrelated."""

from __future__ import annotations

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCHECKABLE, Claim
from data_prep.claims.claim_type import Checked, ClaimType
from data_prep.facts.facts import Facts

TOGETHER, TOGETHER_SLACK = 0.5, 0.4
"""Least Pearson correlation of the two maps for "colocalised". The claim is contradicted below the second number."""
APART, APART_SLACK = -0.2, -0.1
"""Largest correlation of the two maps for "exclusive". The claim is contradicted above the second number."""
UNRELATED = 0.1
"""Two genes are unrelated if the absolute correlation of their maps is below this."""
UNRELATED_SLACK = 1.5 * UNRELATED
"""The claim is contradicted from this absolute correlation on."""


def pair_claims(facts: Facts, a: str, b: str) -> list[Claim]:
    """Claim on how the maps of two genes are related; [] between the thresholds."""
    correlation = facts.gene_maps.map_correlation(a, b)
    if correlation >= TOGETHER:
        return [Claim("colocalised", a, other=b)]
    if correlation <= APART:
        return [Claim("exclusive", a, other=b)]
    return [Claim("unrelated", a, other=b)] if abs(correlation) < UNRELATED else []


def _check_correlation(claim: Claim, facts: Facts) -> Checked:
    correlation = facts.gene_maps.map_correlation(claim.gene, claim.other)
    value = f"{correlation:+.2f}"
    if claim.kind == "unrelated":
        return (SUPPORTED if abs(correlation) < UNRELATED_SLACK else CONTRADICTED), value
    signed, yes, no = (
        (correlation, TOGETHER, TOGETHER_SLACK) if claim.kind == "colocalised" else (-correlation, -APART, -APART_SLACK)
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
        check=_check_correlation,
    ),
    ClaimType(
        kind="exclusive",
        sentences=("{gene} and {other} exclude each other.", "{gene} is low where {other} is high."),
        other="gene",
        statistic=_STATISTIC,
        check=_check_correlation,
    ),
    ClaimType(
        kind="unrelated",
        sentences=("{gene} and {other} are unrelated.", "The place of {gene} says nothing of {other}."),
        other="gene",
        statistic=_STATISTIC,
        check=_check_correlation,
    ),
)
