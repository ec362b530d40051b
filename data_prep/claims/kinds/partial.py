"""Partial: only one half of a niche expresses a gene, so the niche may be two."""

from __future__ import annotations

from data_prep.claims.candidates import of_genes_in_niches
from data_prep.claims.claim import Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import SURE, Evidence, limits_in_words, not_asked, weigh
from data_prep.claims.prerequisites import is_detected
from data_prep.claims.samples import of_niche
from data_prep.facts.facts import Facts

PARTIAL, NOT_PARTIAL = 1.5, 0.7
"""Log2 ratio of a half to the other. From 2.8-fold on one side looks empty; below 1.6-fold both are full."""
HALVES = {half: f"{half} part" for half in ("left", "right", "upper", "lower")}


def _check(claim: Claim, facts: Facts) -> Evidence:
    if not is_detected(facts, claim.gene, claim.niche):
        return not_asked("the niche hardly has the gene")
    return weigh(facts.gene_maps.halves(claim.gene, claim.niche)[claim.value], PARTIAL, NOT_PARTIAL, sure=SURE)


def _threshold(claim: Claim) -> str:
    return limits_in_words(PARTIAL, NOT_PARTIAL, SURE)


TYPES = (
    ClaimType(
        kind="partial",
        sentences=(
            "{gene} is expressed only in the {value} of {niche}.",
            "Only the {value} of {niche} expresses {gene}.",
        ),
        values=HALVES,
        # From 2.8-fold on the other half may still have the gene in most of its spots.
        plainer={"is expressed only in the": "is expressed mainly in the", "Only the": "Mainly the"},
        statistic="log2 ratio of that half to the other",
        check=_check,
        threshold=_threshold,
        sample=of_niche,
        question=ClaimQuestion(
            figure="closeup",
            wordings=(
                "Is this gene expressed only in the {value} of the niche?",
                "Does only the {value} of the niche express this gene?",
                "Is nearly all of this gene in the {value} of the niche?",
            ),
            candidates=of_genes_in_niches("partial", HALVES),
            exclusive=True,
        ),
    ),
)
