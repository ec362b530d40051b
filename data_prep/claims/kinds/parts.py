"""Parts: a niche is one piece, two pieces or several."""

from __future__ import annotations

from data_prep.claims.candidates import of_niches
from data_prep.claims.claim import Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.conflicts import same_niche
from data_prep.claims.evidence import Evidence, in_percent, not_asked, weigh_margin
from data_prep.claims.prerequisites import is_scattered
from data_prep.claims.samples import of_niche
from data_prep.facts.facts import Facts

BESIDE_ONE = (0.10, 0.25)
"""Share of the niche outside its largest piece: below the first it is one piece, above the second it is not."""
SECOND = (0.08, 0.15)
"""Share of the second piece: below the first it is a crumb, above the second a piece."""
BESIDE_TWO = (0.08, 0.20)
"""Share outside the two largest pieces: below the first there are no more, above the second there are several."""
PARTS = ("one piece", "two pieces", "several pieces")


def part_margins(pieces: tuple[float, ...]) -> dict[str, float]:
    """How surely a niche is in one, two or several pieces, in units of the slack: from 1 on yes, up to -1 no.

    Args:
        pieces: shares of the niche's spots in its connected parts, the largest first.
    """
    first, second = (*pieces, 0.0, 0.0)[:2]
    beside_one, is_piece, beside_two = (
        _position(value, limits)
        for value, limits in ((1 - first, BESIDE_ONE), (second, SECOND), (1 - first - second, BESIDE_TWO))
    )
    return {"one piece": -beside_one, "two pieces": min(is_piece, -beside_two), "several pieces": beside_two}


def _position(value: float, limits: tuple[float, float]) -> float:
    """Where a value lies between two limits: -1 at the lower, 1 at the upper."""
    low, high = limits
    return (2 * value - low - high) / (high - low)


def _check(claim: Claim, facts: Facts) -> Evidence:
    if is_scattered(facts, claim.niche):
        return not_asked("a scattered niche has no pieces")
    shape = facts.shapes[claim.niche]
    words = ", ".join(in_percent(share) for share in shape.pieces[:5]) or "no piece"
    largest, error = next(zip(shape.pieces, shape.pieces_error, strict=True), (0.0, 0.0))
    return weigh_margin(part_margins(shape.pieces)[claim.value], largest, words, error)


def _threshold(claim: Claim) -> str:
    one, second, two = (tuple(f"{limit:.0%}" for limit in limits) for limits in (BESIDE_ONE, SECOND, BESIDE_TWO))
    words = {
        "one piece": f"up to {one[0]} outside the largest; not from {one[1]}",
        "two pieces": f"the second has {second[1]} or more, up to {two[0]} outside both; not up to {second[0]} or from "
        f"{two[1]}",
        "several pieces": f"{two[1]} or more outside the two largest; not up to {two[0]}",
    }
    return f"{claim.value}: {words[claim.value]}"


TYPES = (
    ClaimType(
        kind="parts",
        sentences=("{niche} is in {value}.", "{niche} consists of {value}."),
        values={words: words for words in PARTS},
        statistic="shares of its connected pieces",
        check=_check,
        threshold=_threshold,
        sample=of_niche,
        question=ClaimQuestion(
            figure="mask",
            wordings=("Is the niche in {value}?", "Does the niche consist of {value}?"),
            candidates=of_niches("parts", PARTS),
            exclusive=True,
        ),
        excludes={"form": lambda parts, form: same_niche(parts, form) and form.value == "scattered"},
    ),
)
