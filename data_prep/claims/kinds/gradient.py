"""Gradient: a gene rises in one direction over the whole tissue."""

from __future__ import annotations

from data_prep.claims.candidates import of_genes
from data_prep.claims.claim import Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.conflicts import same_gene
from data_prep.claims.evidence import Evidence, limits_in_words, not_asked, weigh
from data_prep.claims.prerequisites import has_map
from data_prep.claims.samples import of_map
from data_prep.facts.facts import Facts

GRADIENT, NO_GRADIENT = 0.5, 0.25
"""Rank correlation of the pooled expression with the direction. From 0.5 on one side is clearly brighter."""
DIRECTIONS = {
    "right": "from left to right",
    "left": "from right to left",
    "down": "from top to bottom",
    "up": "from bottom to top",
}

_AWAY_FROM = {"right": ("left",), "left": ("right",), "down": ("upper", "top"), "up": ("lower", "bottom")}
"""Direction in which a gene rises → words of the places where it cannot be highest."""


def _is_highest_elsewhere(gradient: Claim, highest: Claim) -> bool:
    away = any(word in highest.value.split() for word in _AWAY_FROM[gradient.value])
    return same_gene(gradient, highest) and away


def _check(claim: Claim, facts: Facts) -> Evidence:
    if not has_map(facts, claim.gene):
        return not_asked("the gene is absent from every niche")
    x, y = facts.gene_maps.trend(claim.gene)
    along = x if claim.value in ("left", "right") else y
    return weigh(-along if claim.value in ("left", "up") else along, GRADIENT, NO_GRADIENT, noise_lowers=True)


def _threshold(claim: Claim) -> str:
    return limits_in_words(GRADIENT, NO_GRADIENT)


TYPES = (
    ClaimType(
        kind="gradient",
        sentences=("{gene} rises {value}.", "{gene} increases {value}."),
        values=DIRECTIONS,
        statistic="rank correlation along the axis",
        check=_check,
        threshold=_threshold,
        sample=of_map,
        question=ClaimQuestion(
            figure="expression",
            wordings=(
                "Does this gene rise {value}?",
                "Does this gene increase {value}?",
                "Does the expression of this gene grow {value}?",
            ),
            candidates=of_genes("gradient", DIRECTIONS),
            exclusive=True,
        ),
        excludes={"highest": _is_highest_elsewhere},
    ),
)
