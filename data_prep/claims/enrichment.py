"""Claims on the enrichment of a gene in niches: enriched, not_enriched, depleted, nowhere.

The rule is that of `data_prep.facts.marker_rule`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, THE_NICHE, UNCHECKABLE, Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import Checked, ClaimType
from data_prep.facts import marker_rule
from data_prep.facts.facts import Facts
from data_prep.slide import Slide

STRENGTH_SLACK = 0.25
"""Tolerance of the check of "strongly" and "moderately", in log2 fold change."""
STRENGTHS = {"strongly": "strongly", "moderately": "moderately"}


def gene_in_niche(facts: Facts, gene: str, niche: str) -> Claim:
    """Claim that a gene is enriched (with its strength), depleted or not enriched in a niche.

    An ambiguous pair of gene and niche counts as not enriched.
    """
    row, column = facts.slide.gene_index(gene), facts.slide.niche_index(niche)
    log2fc, q = facts.markers.log2fc[row, column], facts.markers.q_value[row, column]
    if facts.markers.label[row, column] == 1:
        strength = "strongly" if log2fc >= marker_rule.LOG2FC_STRONG else "moderately"
        return Claim("enriched", gene, niche, strength)
    low = log2fc <= -marker_rule.LOG2FC_MARKER and q < marker_rule.Q_MARKER
    return Claim("depleted" if low else "not_enriched", gene, niche)


def enriched_niches(facts: Facts, gene: str) -> list[Claim]:
    """Claims on the coloured niches in which a gene is enriched, in the order of the colours, or that none is."""
    row = facts.markers.label[facts.slide.gene_index(gene)]
    niches = [name for name in facts.canvas.niche_colours() if row[facts.slide.niche_index(name)] == 1]
    return [Claim("enriched", gene, name) for name in niches] or [Claim("nowhere", gene)]


def _check_enrichment(claim: Claim, facts: Facts) -> Checked:
    row, column = facts.slide.gene_index(claim.gene), facts.slide.niche_index(claim.niche)
    log2fc, q = float(facts.markers.log2fc[row, column]), float(facts.markers.q_value[row, column])
    label = int(facts.markers.label[row, column])
    # A very small q underflows to zero in single precision. No test is certain, so report an upper bound.
    q_words = f"q = {q:.2g}" if q > 0 else "q < 1e-45"
    value = f"{log2fc:+.2f}, {q_words}, detected in {facts.markers.frac_in[row, column]:.0%}"
    if claim.kind == "depleted":
        low = log2fc <= -marker_rule.LOG2FC_MARKER + STRENGTH_SLACK and q < marker_rule.Q_NOT
        return (SUPPORTED if low else CONTRADICTED), value
    if label == -1:
        return UNCHECKABLE, f"{value}: between the thresholds"
    if claim.kind == "not_enriched":
        return (SUPPORTED if label == 0 else CONTRADICTED), value
    right = label == 1
    if claim.value == "strongly":
        right &= log2fc >= marker_rule.LOG2FC_STRONG - STRENGTH_SLACK
    elif claim.value == "moderately":
        right &= log2fc < marker_rule.LOG2FC_STRONG + STRENGTH_SLACK
    return (SUPPORTED if right else CONTRADICTED), value


def _check_nowhere(claim: Claim, facts: Facts) -> Checked:
    row = facts.markers.label[facts.slide.gene_index(claim.gene)]
    niches = [facts.slide.niches[code] for code in range(len(row)) if row[code] == 1]
    return (CONTRADICTED if niches else SUPPORTED), f"marks {', '.join(niches) or 'none'}"


def _enriched_candidates(slide: Slide, genes: Sequence[str], niches: Sequence[str]) -> Iterator[Claim]:
    for gene in genes:
        for niche in niches:
            yield Claim("enriched", gene, niche)


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
        check=_check_enrichment,
        question=ClaimQuestion(
            figure="focus",
            wordings=("Is this gene a marker of the highlighted niche?",),
            candidates=_enriched_candidates,
            denial="not_enriched",
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
        check=_check_enrichment,
    ),
    ClaimType(
        kind="depleted",
        sentences=("{gene} is depleted in {niche}.", "{gene} avoids {niche}.", "In {niche}, {gene} is lowered."),
        statistic="log2 fold change",
        check=_check_enrichment,
    ),
    ClaimType(
        kind="nowhere",
        sentences=("{gene} is enriched in no niche.", "{gene} marks no niche.", "No niche is marked by {gene}."),
        statistic="niches that it marks",
        check=_check_nowhere,
    ),
)
