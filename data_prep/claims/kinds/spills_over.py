"""Spills over: a gene of a niche is raised in the nearest spots of a neighbour."""

from __future__ import annotations

from math import isnan

from data_prep.claims.candidates import of_genes_at_borders
from data_prep.claims.claim import Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import SURE, Evidence, limits_in_words, not_asked, weigh
from data_prep.claims.kinds.adjacent import ADJACENT
from data_prep.claims.kinds.enriched import fold_change
from data_prep.claims.prerequisites import is_detected, is_scattered
from data_prep.claims.samples import of_border
from data_prep.facts.facts import Facts

SPILL, NO_SPILL = 0.8, 0.3
"""Log2 ratio, in the neighbour, of the spots beside the niche to the spots far from it. From 1.7-fold on a seam is
seen; below 1.2-fold it is not."""


def _check(claim: Claim, facts: Facts) -> Evidence:
    if is_scattered(facts, claim.niche):
        return not_asked("all spots of the niche lie at its border")
    if facts.shapes[claim.niche].contacts.get(claim.other, 0.0) < ADJACENT:
        return not_asked("the niches do not border")
    if not is_detected(facts, claim.gene, claim.niche) or fold_change(facts, claim.gene, claim.niche).value <= 0:
        return not_asked("it is no gene of the niche")
    measured = facts.gene_maps.spill(claim.gene, claim.niche, claim.other)
    if isnan(measured.value) and not of_border(claim, facts).n_spots:
        return not_asked("the other niche has no spots to compare")
    return weigh(measured, SPILL, NO_SPILL, sure=SURE)


def _threshold(claim: Claim) -> str:
    return limits_in_words(SPILL, NO_SPILL, SURE)


TYPES = (
    ClaimType(
        kind="spills_over",
        sentences=("{gene} spills over from {niche} into {other}.", "From {niche}, {gene} reaches into {other}."),
        statistic="log2 ratio beside the niche to farther away",
        check=_check,
        threshold=_threshold,
        sample=of_border,
        question=ClaimQuestion(
            figure="spill",
            wordings=(
                "Does this gene spill over from the niche into the other niche?",
                "Does this gene reach from the niche into the other niche?",
                "In the other niche, is this gene higher beside the niche in black than far from it?",
            ),
            candidates=of_genes_at_borders("spills_over"),
        ),
    ),
)
