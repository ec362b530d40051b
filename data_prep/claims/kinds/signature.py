"""Signature: the genes of a list, taken together, are raised in a niche."""

from __future__ import annotations

from dataclasses import replace

from data_prep.claims.candidates import of_known_lists
from data_prep.claims.claim import Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import SURE, Evidence, limits_in_words, not_asked, weigh
from data_prep.claims.samples import of_niche
from data_prep.facts.facts import Facts
from data_prep.facts.known.signatures import FEWEST_GENES
from data_prep.knowledge.gene_list import GENE_SET, MARKER_LIST

RAISED, NOT_RAISED = 0.5, 0.2
"""Log2 ratio of the rate in the niche to that elsewhere. A list is a mean of many genes, of which some do not change:
1.4-fold counts, less than a marker's doubling."""


def _check(claim: Claim, facts: Facts) -> Evidence:
    if facts.known is None or facts.slide.knowledge is None:
        return not_asked("no lists of genes were given")
    signature = facts.known.signature(claim.other)
    if signature is None:
        return not_asked("no list has this name")
    of_list = facts.slide.knowledge.lists[claim.other].of_list
    if signature.n_genes < FEWEST_GENES:
        return not_asked(f"fewer than {FEWEST_GENES} genes of the list have counts")
    measured = signature.of(facts.slide.niche_index(claim.niche))
    genes = f" over {signature.n_genes} of its {len(of_list.genes)} genes"
    return replace(weigh(measured, RAISED, NOT_RAISED, genes, sure=SURE), sources=(of_list.first_citation,))


def _threshold(claim: Claim) -> str:
    return limits_in_words(RAISED, NOT_RAISED, SURE)


TYPES = (
    ClaimType(
        kind="signature",
        sentences=(
            "The genes of {other} are raised in {niche}.",
            "In {niche}, the genes of {other} are raised.",
        ),
        other="known name",
        statistic="log2 ratio of the whole list",
        check=_check,
        threshold=_threshold,
        sample=of_niche,
        question=ClaimQuestion(
            figure="signature",
            wordings=("Are the genes of this list enriched in the niche in colour?",),
            candidates=of_known_lists("signature", (MARKER_LIST, GENE_SET)),
        ),
        needs_knowledge=True,
    ),
)
