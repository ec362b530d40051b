"""Depleted: a gene is much lower in a niche than in the other tissue."""

from __future__ import annotations

import numpy as np

from data_prep.claims.candidates import of_genes_in_niches
from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCLEAR, Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.conflicts import same_gene_and_niche
from data_prep.claims.evidence import ERRORS, MORE_COUNTS, Evidence, what_decides
from data_prep.claims.kinds.enriched import fold_change, fold_words
from data_prep.claims.samples import of_niche
from data_prep.facts.facts import Facts
from data_prep.facts.marker_rule import DETECTED_MIN, LOG2FC_MARKER, Q_MARKER

LOG2FC_DEPLETED = -LOG2FC_MARKER
"""Largest log2 fold change of a depleted gene: half of the rest, as a marker has twice as much."""
_VERDICTS = {1: SUPPORTED, 0: CONTRADICTED, -1: UNCLEAR}


def depletion_labels(log2fc: np.ndarray, error: np.ndarray, q_value: np.ndarray, frac_out: np.ndarray) -> np.ndarray:
    """The mirror image of the marker rule: 1 depleted, 0 not depleted, -1 unclear.

    A depleted gene is detected in at least ``DETECTED_MIN`` of the other spots: a gene that is seen nowhere is not
    depleted in a niche. All arguments have the shape of the result.
    """
    label = np.full(np.shape(log2fc), -1, np.int8)
    label[log2fc - ERRORS * error > LOG2FC_DEPLETED] = 0
    label[(log2fc <= LOG2FC_DEPLETED) & (q_value < Q_MARKER) & (frac_out >= DETECTED_MIN)] = 1
    return label


def _labels(facts: Facts) -> np.ndarray:
    markers = facts.markers
    return depletion_labels(markers.log2fc, markers.error, markers.q_value, markers.frac_out)


def _check(claim: Claim, facts: Facts) -> Evidence:
    at = facts.slide.gene_index(claim.gene), facts.slide.niche_index(claim.niche)
    markers = facts.markers
    label = depletion_labels(markers.log2fc[at], markers.error[at], markers.q_value[at], markers.frac_out[at])
    fold = fold_change(facts, claim.gene, claim.niche)
    words = fold_words(facts, claim.gene, claim.niche)
    verdict = _VERDICTS[int(label)]
    is_seen = markers.frac_out[at] >= DETECTED_MIN
    decides = what_decides(fold, LOG2FC_DEPLETED, LOG2FC_DEPLETED) if is_seen else MORE_COUNTS
    needs = decides if verdict == UNCLEAR else ""
    return Evidence(verdict, fold.value, fold.error, words, LOG2FC_DEPLETED - fold.value, needs)


def _threshold(claim: Claim) -> str:
    yes = f"depleted is {LOG2FC_DEPLETED:+g} or less, q < {Q_MARKER:g}, in {DETECTED_MIN:.0%} of the other spots"
    return f"{yes}; not depleted is more than {LOG2FC_DEPLETED:+g} with {ERRORS:g} errors taken off"


TYPES = (
    ClaimType(
        kind="depleted",
        sentences=("{gene} is depleted in {niche}.", "{gene} avoids {niche}.", "In {niche}, {gene} is lowered."),
        statistic="log2 fold change",
        check=_check,
        threshold=_threshold,
        sample=of_niche,
        question=ClaimQuestion(
            figure="focus",
            wordings=(
                "Is this gene depleted in the highlighted niche?",
                "Is this gene lowered in the niche in colour?",
                "Does the niche express much less of this gene than the rest of the tissue?",
            ),
            candidates=of_genes_in_niches("depleted"),
            labels=_labels,
        ),
        excludes={"enriched": same_gene_and_niche},
        implies="not_enriched",
    ),
)
