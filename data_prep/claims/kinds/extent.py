"""Extent: a niche covers a tiny, small, moderate or large part of the tissue, or most of it."""

from __future__ import annotations

from math import inf, log2

from data_prep.claims.candidates import of_niches
from data_prep.claims.claim import Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import Evidence, range_in_words, weigh_margin
from data_prep.claims.samples import of_niche
from data_prep.facts.facts import Facts
from data_prep.facts.niche_shapes import EXTENT_BANDS, EXTENT_MOST

EXTENT_SLACK = log2(1.15)
"""A band is certain if the area could change by 15 % and stay in it: an eye does not tell areas apart more finely."""
EXTENTS = (*(words for _, words in EXTENT_BANDS), EXTENT_MOST)
_LIMITS = (0.0, *(limit for limit, _ in EXTENT_BANDS), inf)


def extent_margin(fraction: float, extent: str) -> float:
    """How far inside a band an area fraction in 0..1 lies, in units of the slack; negative outside."""
    low, high = _LIMITS[EXTENTS.index(extent) :][:2]
    above = log2(fraction / low) if low > 0 else inf
    return min(above, log2(high / fraction)) / EXTENT_SLACK


def _check(claim: Claim, facts: Facts) -> Evidence:
    shape = facts.shapes[claim.niche]
    fraction = shape.area_fraction
    return weigh_margin(extent_margin(fraction, claim.value), fraction, f"{fraction:.1%}", shape.area_error)


def _threshold(claim: Claim) -> str:
    low, high = _LIMITS[EXTENTS.index(claim.value) :][:2]
    return f"{claim.value} is {range_in_words(low, high, '{:.0%}')}, by {2**EXTENT_SLACK - 1:.0%} of it"


TYPES = (
    ClaimType(
        kind="extent",
        sentences=("{niche} covers {value} of the tissue.", "{niche} takes up {value} of the tissue."),
        values={words: words for words in EXTENTS},
        statistic="share of the tissue",
        check=_check,
        threshold=_threshold,
        sample=of_niche,
        question=ClaimQuestion(
            figure="niche",
            wordings=(
                "Does the niche cover {value} of the tissue?",
                "Does the niche take up {value} of the tissue?",
                "Is the niche {value} of the tissue?",
            ),
            candidates=of_niches("extent", EXTENTS),
            exclusive=True,
        ),
    ),
)
