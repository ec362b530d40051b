"""Identity: the name of a niche, chosen from numbered options."""

from __future__ import annotations

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, Claim
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import Evidence, not_asked
from data_prep.claims.samples import of_niche
from data_prep.facts.facts import Facts


def _check(claim: Claim, facts: Facts) -> Evidence:
    if claim.value not in facts.slide.niches:
        return not_asked("no such option")
    is_right = claim.value == claim.niche
    return Evidence(SUPPORTED if is_right else CONTRADICTED, float(is_right), 0.0, claim.niche)


def _threshold(claim: Claim) -> str:
    return "the same name"


TYPES = (
    ClaimType(
        kind="identity",
        sentences=("{niche} is option {value}.", "The name of {niche} is option {value}."),
        statistic="the name that the slide gives it",
        check=_check,
        threshold=_threshold,
        sample=of_niche,
    ),
)
