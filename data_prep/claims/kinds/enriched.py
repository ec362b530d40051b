"""Enriched: a gene is a marker of a niche. Its denial is not_enriched.

The labels are those of `data_prep.facts.marker_rule`.
"""

from __future__ import annotations

import numpy as np

from data_prep.claims.candidates import of_genes_in_niches
from data_prep.claims.claim import CONTRADICTED, SUPPORTED, THE_NICHE, UNCLEAR, Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.conflicts import same_gene_and_niche
from data_prep.claims.evidence import ERRORS, MORE_COUNTS, Evidence, in_percent, in_words, what_decides
from data_prep.claims.samples import of_niche
from data_prep.facts.facts import Facts
from data_prep.facts.marker_rule import DETECTED_MIN, LOG2FC_MARKER, LOG2FC_STRONG, NOT_ERRORS, Q_MARKER
from data_prep.facts.measurement import Measurement

STRENGTHS = {"strongly": "strongly", "moderately": "moderately"}
"""Words for a log2 fold change above and below ``LOG2FC_STRONG``. They are said only where its error allows no other
word; they are never asked."""
_VERDICTS = {1: SUPPORTED, 0: CONTRADICTED, -1: UNCLEAR}
FEW_SPOTS = 5
"""Up to so many spots with a gene are counted beside their share."""
_OPPOSITE = {SUPPORTED: CONTRADICTED, CONTRADICTED: SUPPORTED, UNCLEAR: UNCLEAR}


def fold_change(facts: Facts, gene: str, niche: str) -> Measurement:
    """The log2 fold change of a gene in a niche against the other labelled tissue."""
    row, column = facts.slide.gene_index(gene), facts.slide.niche_index(niche)
    table = (facts.markers.log2fc, facts.markers.error, facts.markers.noise)
    return Measurement(*(float(values[row, column]) for values in table))


def fold_words(facts: Facts, gene: str, niche: str) -> str:
    """The log2 fold change and the share of the niche's spots that have the gene, for people.

    Few spots are counted too: 17 % of a small niche may be two of them.
    """
    code = facts.slide.niche_index(niche)
    detected = float(facts.markers.frac_in[facts.slide.gene_index(gene), code])
    words = f"{in_words(fold_change(facts, gene, niche))}, detected in {in_percent(detected)}"
    n_spots = round(detected * int(facts.tissue.niche_sizes[code]))
    return f"{words} ({n_spots} {'spot' if n_spots == 1 else 'spots'})" if 0 < n_spots <= FEW_SPOTS else words


def strength(fold: Measurement) -> str:
    """The word of ``STRENGTHS`` that is certain for a marker; "" if its error allows both."""
    if fold.value - ERRORS * fold.error >= LOG2FC_STRONG:
        return "strongly"
    return "moderately" if fold.value + ERRORS * fold.error < LOG2FC_STRONG else ""


def _labels(facts: Facts) -> np.ndarray:
    return facts.markers.label


def _check(claim: Claim, facts: Facts) -> Evidence:
    row, column = facts.slide.gene_index(claim.gene), facts.slide.niche_index(claim.niche)
    fold = fold_change(facts, claim.gene, claim.niche)
    verdict = _VERDICTS[int(facts.markers.label[row, column])]
    limit = LOG2FC_MARKER
    if claim.value and verdict != CONTRADICTED:
        certain = strength(fold)
        if certain and claim.value != certain:
            verdict = CONTRADICTED
        elif not certain:
            verdict, limit = UNCLEAR, LOG2FC_STRONG
    margin = fold.value - LOG2FC_MARKER
    if claim.kind == "not_enriched":
        verdict, margin = _OPPOSITE[verdict], -margin
    is_seen = facts.markers.frac_in[row, column] >= DETECTED_MIN
    needs = "" if verdict != UNCLEAR else what_decides(fold, limit, limit) if is_seen else MORE_COUNTS
    return Evidence(verdict, fold.value, fold.error, fold_words(facts, claim.gene, claim.niche), margin, needs)


def _threshold(claim: Claim) -> str:
    if claim.value == "strongly":
        return f"strongly is {LOG2FC_STRONG:+g} or more, with {ERRORS:g} errors taken off"
    if claim.value:
        return f"{claim.value} is {LOG2FC_MARKER:+g} to {LOG2FC_STRONG:+g}, with {ERRORS:g} errors added"
    marker = f"a marker has {LOG2FC_MARKER:+g} or more, q < {Q_MARKER:g}, in {DETECTED_MIN:.0%} of the spots"
    return f"{marker}; no marker has less than {LOG2FC_MARKER:+g} with {NOT_ERRORS:g} errors added"


TYPES = (
    ClaimType(
        kind="enriched",
        sentences=(
            "{gene} is {value} enriched in {niche}.",
            "{gene} is enriched in {niche}.",
            "{gene} marks {niche} {value}.",
            "{gene} marks {niche}.",
            "In {niche}, {gene} is {value} raised.",
            "In {niche}, {gene} is raised.",
        ),
        joined=(
            ("Panel {genes} is its marker.", "Panels {genes} are its markers."),
            ("It is marked by panel {genes}.", "It is marked by panels {genes}."),
        ),
        implied={"niche": THE_NICHE},
        values=STRENGTHS,
        statistic="log2 fold change",
        check=_check,
        threshold=_threshold,
        sample=of_niche,
        question=ClaimQuestion(
            figure="focus",
            wordings=(
                "Is this gene a marker of the highlighted niche?",
                "Is this gene enriched in the niche in colour?",
                "Does the niche express more of this gene than the rest of the tissue?",
            ),
            candidates=of_genes_in_niches("enriched"),
            denial="not_enriched",
            labels=_labels,
        ),
    ),
    ClaimType(
        kind="not_enriched",
        sentences=(
            "{gene} is not enriched in {niche}.",
            "{gene} does not mark {niche}.",
            "In {niche}, {gene} is not raised.",
        ),
        joined=(
            ("Panel {genes} is not.", "Panels {genes} are not."),
            ("Panel {genes} does not mark it.", "Panels {genes} do not mark it."),
        ),
        implied={"niche": THE_NICHE},
        statistic="log2 fold change",
        check=_check,
        threshold=_threshold,
        sample=of_niche,
        excludes={"enriched": same_gene_and_niche},
    ),
)
