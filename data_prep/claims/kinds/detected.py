"""Absent and ubiquitous: a gene is detected nowhere, or everywhere."""

from __future__ import annotations

from dataclasses import replace

from data_prep.claims.claim import Claim
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import Evidence, weigh
from data_prep.claims.prerequisites import ABSENT
from data_prep.claims.samples import of_tissue
from data_prep.facts.facts import Facts
from data_prep.facts.measurement import Measurement

THRESHOLDS = {"absent": (ABSENT, 0.03), "ubiquitous": (0.95, 0.85)}
"""Share of the spots with a count: the claim holds from the first number on, and does not hold from the second on."""


def _check(claim: Claim, facts: Facts) -> Evidence:
    share = facts.gene_maps.detected(claim.gene)
    return replace(weigh(Measurement(share, 0.0), *THRESHOLDS[claim.kind]), words=f"{share:.1%}")


def _threshold(claim: Claim) -> str:
    yes, no = THRESHOLDS[claim.kind]
    words = ("up to", "from") if yes < no else ("from", "up to")
    return f"{claim.kind} {words[0]} {yes:.0%}, not {words[1]} {no:.0%}"


_STATISTIC = "share of the spots with a count"
TYPES = (
    ClaimType(
        kind="absent",
        sentences=("{gene} is absent from the tissue.", "{gene} is hardly detected anywhere."),
        statistic=_STATISTIC,
        check=_check,
        threshold=_threshold,
        sample=of_tissue,
    ),
    ClaimType(
        kind="ubiquitous",
        sentences=("{gene} is expressed everywhere.", "{gene} is detected in nearly every spot."),
        statistic=_STATISTIC,
        check=_check,
        threshold=_threshold,
        sample=of_tissue,
    ),
)
