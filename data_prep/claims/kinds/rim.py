"""Rim: inside a niche, a gene is highest at its border with other niches, or in its core."""

from __future__ import annotations

from math import isnan

from data_prep.claims.candidates import of_genes_in_niches
from data_prep.claims.claim import Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import Evidence, limits_in_words, not_asked, weigh
from data_prep.claims.prerequisites import is_detected, is_scattered
from data_prep.claims.samples import of_rim
from data_prep.facts.facts import Facts

RIM, NOT_RIM = 0.8, 0.3
"""Log2 ratio of the rim to the core. From 1.7-fold on a ring is seen; below 1.2-fold it is not."""
SURE_OF_RIM = 4.0
"""Least number of standard errors from zero. Rims are rarer than other contrasts, so chance has a larger share of them:
with `data_prep.claims.evidence.SURE`, 11 of 39 on 18 sections, and with this limit 2 of 17."""
VALUES = {"rim": "rim", "core": "core"}


def _check(claim: Claim, facts: Facts) -> Evidence:
    if is_scattered(facts, claim.niche):
        return not_asked("all spots of the niche lie at its border")
    if not is_detected(facts, claim.gene, claim.niche):
        return not_asked("the niche hardly has the gene")
    measured = facts.gene_maps.rim(claim.gene, claim.niche)
    if isnan(measured.value) and not of_rim(claim, facts).n_spots:
        return not_asked("the niche has no rim around a core")
    return weigh(measured if claim.value == "rim" else -measured, RIM, NOT_RIM, sure=SURE_OF_RIM)


def _threshold(claim: Claim) -> str:
    return limits_in_words(RIM, NOT_RIM, SURE_OF_RIM)


TYPES = (
    ClaimType(
        kind="rim",
        sentences=("{gene} is highest at the {value} of {niche}.", "The {value} of {niche} has most of {gene}."),
        values=VALUES,
        statistic="log2 ratio of its rim to its core",
        check=_check,
        threshold=_threshold,
        sample=of_rim,
        question=ClaimQuestion(
            figure="closeup",
            wordings=(
                "Is this gene highest at the {value} of the niche?",
                "Does the {value} of the niche have most of this gene?",
                "Inside the niche, is this gene strongest at its {value}?",
            ),
            candidates=of_genes_in_niches("rim", VALUES),
            exclusive=True,
        ),
    ),
)
