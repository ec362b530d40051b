"""Centred: the centre of a niche lies in one of nine places of the tissue."""

from __future__ import annotations

from math import inf

from data_prep.claims.candidates import of_niches
from data_prep.claims.claim import Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import Evidence, range_in_words, weigh_margin
from data_prep.claims.samples import of_niche
from data_prep.facts.facts import Facts
from data_prep.facts.niche_shapes import CENTRE, COMPASS

PLACE_SLACK = 0.04
"""A place is certain if the centre could move by this share of the tissue's extent and stay in it."""
PLACES = {
    place: f"{'at' if place in ('top', 'bottom') else 'in'} the {place} of the tissue"
    for row in COMPASS
    for place in row
}
"""The nine places and their words."""
_LIMITS = (-inf, 0.5 - CENTRE, 0.5 + CENTRE, inf)
_CELLS = {place: (column, row) for row, places in enumerate(COMPASS) for column, place in enumerate(places)}


def place_margin(x: float, y: float, place: str) -> float:
    """How far inside a place of the compass a position lies, in units of the slack; negative outside.

    Args:
        x: 0..1 of the tissue's extent, from the left.
        y: likewise from the top.
        place: one of ``PLACES``.
    """
    sides = []
    for position, part in zip((x, y), _CELLS[place], strict=True):
        sides += [position - _LIMITS[part], _LIMITS[part + 1] - position]
    return min(sides) / PLACE_SLACK


def _check(claim: Claim, facts: Facts) -> Evidence:
    shape = facts.shapes[claim.niche]
    x, y = shape.centroid
    margin = place_margin(x, y, claim.value)
    return weigh_margin(margin, margin, f"{x:.2f}, {y:.2f}", max(shape.centroid_error) / PLACE_SLACK)


def _threshold(claim: Claim) -> str:
    column, row = _CELLS[claim.value]
    x, y = (range_in_words(_LIMITS[part], _LIMITS[part + 1], "{:.2f}") for part in (column, row))
    return f"{claim.value} is x {x}, y {y}, by {PLACE_SLACK:g}"


TYPES = (
    ClaimType(
        kind="centred",
        sentences=("{niche} is centred {value}.", "The centre of {niche} lies {value}."),
        values=PLACES,
        # Not "is in the centre": a ring is centred there, and is not in it.
        plainer={"in the centre of the tissue": "in the middle of the tissue"},
        statistic="centre (x, y)",
        check=_check,
        threshold=_threshold,
        sample=of_niche,
        question=ClaimQuestion(
            figure="niche",
            wordings=(
                "Is the niche centred {value}?",
                "Does the centre of the niche lie {value}?",
                "Is the middle of the niche {value}?",
            ),
            candidates=of_niches("centred", PLACES),
            exclusive=True,
        ),
    ),
)
