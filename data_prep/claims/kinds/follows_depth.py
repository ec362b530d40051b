"""Follows depth: inside the niches, the map of a gene is that of sequencing depth, not of biology."""

from __future__ import annotations

from data_prep.claims.candidates import of_genes
from data_prep.claims.claim import Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import Evidence, limits_in_words, not_asked, weigh
from data_prep.claims.prerequisites import has_map
from data_prep.claims.samples import of_map_in_niches
from data_prep.facts.facts import Facts

FOLLOWS, FOLLOWS_NOT = 0.4, 0.15
"""Rank correlation of the pooled expression with sequencing depth, within niches. Chance stays below 0.15 on most
slides; from 0.4 on the two maps look alike."""


def _check(claim: Claim, facts: Facts) -> Evidence:
    if not has_map(facts, claim.gene):
        return not_asked("the gene is absent from every niche")
    return weigh(facts.gene_maps.depth_correlation(claim.gene), FOLLOWS, FOLLOWS_NOT, noise_lowers=True)


def _threshold(claim: Claim) -> str:
    return limits_in_words(FOLLOWS, FOLLOWS_NOT)


TYPES = (
    ClaimType(
        kind="follows_depth",
        sentences=("{gene} follows sequencing depth.", "The map of {gene} is that of sequencing depth."),
        statistic="rank correlation with depth within niches",
        check=_check,
        threshold=_threshold,
        sample=of_map_in_niches,
        question=ClaimQuestion(
            figure="twin",
            wordings=(
                "Does this gene follow sequencing depth?",
                "Is the map of this gene that of sequencing depth?",
                "Is this gene high where sequencing depth is high?",
            ),
            candidates=of_genes("follows_depth"),
        ),
    ),
)
