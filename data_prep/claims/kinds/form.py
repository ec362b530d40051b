"""Form: a niche is compact, a band, a ring or scattered."""

from __future__ import annotations

from math import log2

from data_prep.claims.candidates import of_niches
from data_prep.claims.claim import Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import Evidence, in_percent, weigh_margin
from data_prep.claims.samples import of_niche
from data_prep.facts.facts import Facts
from data_prep.facts.niche_shapes import (
    BAND_ASPECT,
    RING_COVERAGE,
    RING_HOLLOW,
    SCATTERED_HOMOPHILY,
    NicheShape,
)

HOMOPHILY_SLACK, COVERAGE_SLACK, HOLLOW_SLACK = 0.1, 0.1, 0.1
"""How far a share must lie from its limit, so that the picture of a niche shows on which side it is."""
ASPECT_SLACK = log2(1.3)
"""Likewise for the logarithm of the aspect: a strip of 1:4 against one of 1:3."""
FORMS = {"compact": "compact", "band": "a band", "ring": "a ring", "scattered": "scattered"}


def form_margins(shape: NicheShape) -> dict[str, float]:
    """How surely a niche has each form, in units of the slack: from 1 on it has, up to -1 it has not.

    Of two conditions that a form needs, the worse decides.
    """
    scattered = (SCATTERED_HOMOPHILY - shape.homophily) / HOMOPHILY_SLACK
    surrounds = (shape.coverage - RING_COVERAGE) / COVERAGE_SLACK
    hollow = (RING_HOLLOW - shape.hollow) / HOLLOW_SLACK
    ring, band = min(surrounds, hollow), log2(shape.aspect / BAND_ASPECT) / ASPECT_SLACK
    return {
        "scattered": scattered,
        "ring": min(-scattered, ring),
        "band": min(-scattered, -ring, band),
        "compact": min(-scattered, -ring, -band),
    }


def _check(claim: Claim, facts: Facts) -> Evidence:
    shape = facts.shapes[claim.niche]
    words = (
        f"{shape.form}: {in_percent(shape.homophily)} like neighbours, "
        f"surrounds {in_percent(shape.coverage)} of its centre, length²/area {shape.aspect:.1f}"
    )
    margin = form_margins(shape)[claim.value]
    return weigh_margin(margin, margin, words)


def _threshold(claim: Claim) -> str:
    inside = f"at least {SCATTERED_HOMOPHILY:.0%} like neighbours"
    ring = f"surrounds {RING_COVERAGE:.0%} of its centre and fills at most {RING_HOLLOW:.0%} of it"
    words = {
        "scattered": f"less than {SCATTERED_HOMOPHILY:.0%} like neighbours",
        "ring": f"{inside}, {ring}",
        "band": f"{inside}, no ring, length²/area at least {BAND_ASPECT:g}",
        "compact": f"{inside}, no ring, length²/area below {BAND_ASPECT:g}",
    }
    slack = f"{HOMOPHILY_SLACK:.0%} (length²/area: {2**ASPECT_SLACK - 1:.0%} of it)"
    return f"{FORMS[claim.value]}: {words[claim.value]}, each by {slack}"


TYPES = (
    ClaimType(
        kind="form",
        sentences=("{niche} is {value}.", "The form of {niche} is {value}."),
        values=FORMS,
        statistic="form of the spot graph",
        check=_check,
        threshold=_threshold,
        sample=of_niche,
        question=ClaimQuestion(
            figure="mask",
            wordings=("Is the niche {value}?", "Is the form of the niche {value}?"),
            candidates=of_niches("form", FORMS),
            exclusive=True,
        ),
    ),
)
