"""Absent and ubiquitous: a gene is detected nowhere, or everywhere."""

from __future__ import annotations

from data_prep.claims.claim import Claim
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import Evidence, verdict_of
from data_prep.claims.prerequisites import ABSENT
from data_prep.facts.facts import Facts
from data_prep.facts.measurement import Measurement

THRESHOLDS = {"absent": (ABSENT, 0.03), "ubiquitous": (0.95, 0.85)}
"""Share of the spots with a count: the claim holds from the first number on, and does not hold from the second on."""


def _check(claim: Claim, facts: Facts) -> Evidence:
    share = facts.gene_maps.detected(claim.gene)
    yes, no = THRESHOLDS[claim.kind]
    return Evidence(verdict_of(Measurement(share, 0.0), yes, no), share, 0.0, f"{share:.1%}")


_STATISTIC = "share of the spots with a count"
TYPES = (
    ClaimType(
        kind="absent",
        sentences=("{gene} is absent from the tissue.", "{gene} is hardly detected anywhere."),
        statistic=_STATISTIC,
        check=_check,
    ),
    ClaimType(
        kind="ubiquitous",
        sentences=("{gene} is expressed everywhere.", "{gene} is detected in nearly every spot."),
        statistic=_STATISTIC,
        check=_check,
    ),
)
