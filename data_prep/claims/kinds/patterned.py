"""Patterned: a gene has a spatial pattern. Its denial is not_patterned."""

from __future__ import annotations

from dataclasses import replace

from data_prep.claims.candidates import of_genes
from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCLEAR, Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.conflicts import same_gene
from data_prep.claims.evidence import BETWEEN, MORE_COUNTS, MORE_SPOTS, Evidence, weigh
from data_prep.claims.samples import of_tissue
from data_prep.facts.facts import Facts

PATTERN_I, NO_PATTERN_I = 0.10, 0.05
"""Moran's I of a patterned gene, and of a gene without a pattern."""
PATTERN_Z, NO_PATTERN_Z = 5.0, 2.0
"""Standard errors above chance: at least the first for a pattern, less than the second for none."""
DETECTED = 0.1
"""Least share of the spots with a gene that has no pattern. Noise hides the pattern of a gene with fewer counts: a gene
of one niche, a fifth of the tissue, then still has a Moran's I of 0.2."""
PATTERNS = ("patterned", "enriched", "depleted", "partial", "rim", "spills_over", "gradient", "highest")
"""Kinds of claim that a gene without a spatial pattern cannot have, in whatever niche."""
_OPPOSITE = {SUPPORTED: CONTRADICTED, CONTRADICTED: SUPPORTED, UNCLEAR: UNCLEAR}


def _check(claim: Claim, facts: Facts) -> Evidence:
    z = facts.gene_maps.moran_z(claim.gene)
    words = f", {z:+.1f} standard errors from chance"
    moran = facts.gene_maps.moran(claim.gene)
    # No pattern: surely less than a clear one would have with this noise.
    moran = replace(moran, reach=min(moran.reach / PATTERN_I, 1.0))
    evidence = weigh(moran, PATTERN_I, NO_PATTERN_I, words, noise_lowers=True)
    verdict, margin, needs = evidence.verdict, evidence.margin, evidence.needs
    if verdict == SUPPORTED and z < PATTERN_Z:
        verdict, needs = UNCLEAR, MORE_SPOTS
    elif verdict == CONTRADICTED and facts.gene_maps.detected(claim.gene) < DETECTED:
        verdict, needs = UNCLEAR, MORE_COUNTS
    elif verdict == CONTRADICTED and z >= NO_PATTERN_Z:  # weak, but beyond chance
        verdict, needs = UNCLEAR, BETWEEN
    if claim.kind == "not_patterned":
        verdict, margin = _OPPOSITE[verdict], -margin
    return Evidence(verdict, evidence.value, evidence.error, evidence.words, margin, needs)


def _threshold(claim: Claim) -> str:
    yes = f"a pattern from {PATTERN_I:+g} and {PATTERN_Z:g} errors from chance"
    return f"{yes}; none up to {NO_PATTERN_I:+g} and below {NO_PATTERN_Z:g}, in {DETECTED:.0%} of the spots"


TYPES = (
    ClaimType(
        kind="patterned",
        sentences=("{gene} has a spatial pattern.", "The map of {gene} is patterned."),
        statistic="Moran's I",
        check=_check,
        threshold=_threshold,
        sample=of_tissue,
        question=ClaimQuestion(
            figure="expression",
            wordings=(
                "Does this gene have a spatial pattern?",
                "Is the map of this gene patterned?",
                "Does this gene vary over the tissue by more than noise?",
            ),
            candidates=of_genes("patterned"),
            denial="not_patterned",
        ),
    ),
    ClaimType(
        kind="not_patterned",
        sentences=("{gene} has no spatial pattern.", "The map of {gene} is noise."),
        statistic="Moran's I",
        check=_check,
        threshold=_threshold,
        sample=of_tissue,
        excludes=dict.fromkeys(PATTERNS, same_gene),
    ),
)
