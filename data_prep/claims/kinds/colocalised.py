"""Colocalised: two genes share their place. Related kinds: exclusive and unrelated."""

from __future__ import annotations

from dataclasses import replace

from data_prep.claims.candidates import of_gene_pairs
from data_prep.claims.claim import CONTRADICTED, DECIDED, SUPPORTED, UNCLEAR, Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.conflicts import same_pair
from data_prep.claims.evidence import ERRORS, MORE_COUNTS, Evidence, limits_in_words, not_asked, weigh
from data_prep.claims.prerequisites import has_map
from data_prep.claims.samples import of_map
from data_prep.facts.facts import Facts

TOGETHER, NOT_TOGETHER = 0.5, 0.2
"""Pearson correlation of the two pooled maps for colocalised."""
APART, NOT_APART = -0.2, 0.0
"""Likewise for exclusive. Two maps of positive values seldom correlate below -0.5."""
UNRELATED, RELATED = 0.1, 0.25
"""Absolute correlation for unrelated."""
AT_SPOTS = 0.05
"""Absolute correlation over single spots from which on two genes are related, if it is two errors from zero."""
_THRESHOLDS = {
    "colocalised": (TOGETHER, NOT_TOGETHER),
    "exclusive": (APART, NOT_APART),
    "unrelated": (UNRELATED, RELATED),
}


def _check(claim: Claim, facts: Facts) -> Evidence:
    if not has_map(facts, claim.gene, claim.other):
        return not_asked("one of the genes is absent from every niche")
    measured = facts.gene_maps.map_correlation(claim.gene, claim.other)
    if claim.kind == "unrelated":
        measured = replace(measured, value=abs(measured.value))
    evidence = weigh(measured, *_THRESHOLDS[claim.kind], noise_lowers=True)
    # With few counts, even two maps between the limits of colocalised look unrelated.
    hidden = (TOGETHER + NOT_TOGETHER) / 2 * measured.reach
    too_noisy = measured.value + ERRORS * measured.error >= hidden
    if claim.kind == "unrelated" and evidence.verdict == SUPPORTED and too_noisy:
        return replace(evidence, verdict=UNCLEAR, needs=MORE_COUNTS)
    if evidence.verdict in DECIDED and _spots_disagree(claim, facts, evidence.verdict):
        return replace(evidence, verdict=UNCLEAR, needs=MORE_COUNTS)
    return evidence


def _spots_disagree(claim: Claim, facts: Facts, verdict: str) -> bool:
    """Whether single spots surely show a relation that the pooled maps hide, or the opposite one.

    Pools blur niches that are scattered or thin. More counts need smaller pools.
    """
    if claim.kind == "unrelated" and verdict == CONTRADICTED:
        return False
    spots = facts.gene_maps.spot_correlation(claim.gene, claim.other)
    if abs(spots.value) < max(AT_SPOTS, ERRORS * spots.error):
        return False
    is_said = (verdict == SUPPORTED) == (claim.kind == "colocalised")
    return claim.kind == "unrelated" or (spots.value > 0) != is_said


def _threshold(claim: Claim) -> str:
    return limits_in_words(*_THRESHOLDS[claim.kind])


_STATISTIC = "correlation of the two maps"
TYPES = (
    ClaimType(
        kind="colocalised",
        sentences=("{gene} and {other} share their place.", "{gene} is high where {other} is high."),
        other="gene",
        statistic=_STATISTIC,
        check=_check,
        threshold=_threshold,
        sample=of_map,
        question=ClaimQuestion(
            figure="twin",
            wordings=(
                "Are the first gene and the second gene high in the same place?",
                "Do the two genes share their place?",
                "Is the second gene high where the first gene is?",
            ),
            candidates=of_gene_pairs("colocalised"),
        ),
    ),
    ClaimType(
        kind="exclusive",
        sentences=("{gene} and {other} exclude each other.", "{gene} is low where {other} is high."),
        other="gene",
        statistic=_STATISTIC,
        check=_check,
        threshold=_threshold,
        sample=of_map,
        excludes={"colocalised": same_pair},
    ),
    ClaimType(
        kind="unrelated",
        sentences=("{gene} and {other} are unrelated.", "The place of {gene} says nothing of {other}."),
        other="gene",
        statistic=f"absolute {_STATISTIC}",
        check=_check,
        threshold=_threshold,
        sample=of_map,
        excludes={"colocalised": same_pair, "exclusive": same_pair},
    ),
)
