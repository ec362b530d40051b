"""Edge artefact, stripe and bubble: depth is low at the edge of the tissue, in a straight band, or in a round patch.

These claims name no gene and no niche: they warn about the slide. What biology explains of the depth does not count
(`data_prep.facts.artefacts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from data_prep.claims.candidates import of_slide
from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCLEAR, Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import BETWEEN, MORE_SPOTS, Evidence, in_words, not_asked, weigh
from data_prep.claims.evidence import ERRORS as MOVE
from data_prep.claims.samples import Sample
from data_prep.facts.artefacts import (
    BUBBLE_CHANCE,
    BUBBLE_LOSS,
    EDGE_LOSS,
    ERRORS,
    FEWEST_SPOTS,
    STRIPE_LOSS,
    STRIPE_Z,
    Bubble,
    Stripe,
    bubble_z,
    has_edge_loss,
)
from data_prep.facts.facts import Facts
from data_prep.facts.stripe_scan import FEWEST_BANDS

NO_EDGE_LOSS = 0.15
"""log2 loss of depth up to which an edge is sound: a tenth of the counts."""
NEAR_Z = 4.0
"""A band or patch that stands out by so many standard deviations may be a weak artefact: it is not denied. Neither is
one that stands out less, as on a small slide, but whose loss is that of an artefact."""
SEEN_LOSS = 1.5
"""An artefact is denied where one that takes this log2 share, two thirds of the counts, would stand out. In fewer spots
or noisier counts it would not, so nobody can tell."""
MANY_SPOTS = 600
"""With fewer spots there are few places to compare with, and even a clear artefact stands out little. There the loss
must stay smaller than an artefact's when it moves by its errors, as that of other claims. The price: sound slides of so
few spots are often left unclear."""
BESIDE = 12
"""Spots elsewhere that a spot of an artefact is compared with."""
_NOTHING_COMPARED = Evidence(UNCLEAR, np.nan, np.nan, "too few places lie inside the tissue", needs=MORE_SPOTS)
_UNEXPLAINED = "the depth that niches, cell types and genes do not explain"


def _check_edge(claim: Claim, facts: Facts) -> Evidence:
    if facts.slide.n_spots < FEWEST_SPOTS:
        return not_asked(f"the slide has fewer than {FEWEST_SPOTS} spots")
    edge = facts.artefacts.edge
    evidence = weigh(edge, -EDGE_LOSS, -NO_EDGE_LOSS, sure=ERRORS)
    if has_edge_loss(edge):  # the rule of the flags
        return _if_low(replace(evidence, verdict=SUPPORTED, needs=""), facts.artefacts.edge_spots, facts)
    return evidence


def _check_stripe(claim: Claim, facts: Facts) -> Evidence:
    artefacts = facts.artefacts
    places = (*artefacts.stripes, artefacts.next_stripe)
    return _weigh_place(facts, places[0], artefacts.n_bands, STRIPE_LOSS, STRIPE_Z)


def _check_bubble(claim: Claim, facts: Facts) -> Evidence:
    artefacts = facts.artefacts
    places = (*artefacts.bubbles, artefacts.next_bubble)
    return _weigh_place(facts, places[0], artefacts.n_patches, BUBBLE_LOSS, bubble_z(facts.slide.n_spots))


def _weigh_place(facts: Facts, place: Stripe | Bubble | None, n_compared: int, loss: float, z_cut: float) -> Evidence:
    """The evidence from the clearest place, which is an artefact, or from the one that comes nearest to one.

    Args:
        facts: of the slide.
        place: None if none is low.
        n_compared: places that were compared.
        loss: log2 loss of an artefact.
        z_cut: standard deviations by which an artefact stands out.
    """
    if facts.slide.n_spots < FEWEST_SPOTS:
        return not_asked(f"the slide has fewer than {FEWEST_SPOTS} spots")
    if place is None and n_compared < FEWEST_BANDS:
        return replace(_NOTHING_COMPARED, margin=-z_cut)
    if place is None:
        return Evidence(CONTRADICTED, 0.0, 0.0, "no place is below both sides all along", -z_cut)
    smallest_seen = z_cut * abs(place.ratio.value / place.z) if place.z else np.inf
    move = MOVE * place.ratio.error if facts.slide.n_spots < MANY_SPOTS else 0.0
    is_far = place.z > -NEAR_Z or place.ratio.value > -loss / 2
    if place.is_flagged:
        verdict, needs = SUPPORTED, ""
    elif smallest_seen > SEEN_LOSS or (is_far and place.ratio.value - move <= -loss):
        verdict, needs = UNCLEAR, MORE_SPOTS
    elif is_far:
        verdict, needs = CONTRADICTED, ""
    else:
        verdict, needs = UNCLEAR, BETWEEN
    words = f"{in_words(place.ratio)}, {abs(place.z):.1f} standard deviations from other places"
    evidence = Evidence(verdict, place.ratio.value, place.ratio.error, words, -place.z - z_cut, needs=needs)
    return _if_low(evidence, place.spots, facts) if verdict == SUPPORTED else evidence


def _if_low(evidence: Evidence, spots: np.ndarray, facts: Facts) -> Evidence:
    """Unclear if the spots are not shallower than those beside them: a niche may hide what the spots have lost.

    Each spot is compared with its nearest spots elsewhere, by all its counts.
    """
    xy, depth = facts.slide.xy, np.log2(facts.slide.depth)
    k = min(BESIDE, int((~spots).sum()))
    _, near = cKDTree(xy[~spots]).query(xy[spots], k=k)
    beside = depth[~spots][near.reshape(-1, k)].mean(axis=1)
    if np.mean(depth[spots] - beside) < 0:
        return evidence
    words = f"{evidence.words}, but the depth itself is no lower than beside it"
    return replace(evidence, verdict=UNCLEAR, words=words, needs=BETWEEN)


def _edge_threshold(claim: Claim) -> str:
    return f"yes up to {-EDGE_LOSS:g} by {ERRORS:g} errors, no from {-NO_EDGE_LOSS:g}"


def _stripe_threshold(claim: Claim) -> str:
    return f"yes up to {-STRIPE_LOSS:g} by {ERRORS:g} errors and {STRIPE_Z:g} standard deviations"


def _bubble_threshold(claim: Claim) -> str:
    by_chance = f"in {BUBBLE_CHANCE:.1%} of slides"
    return f"yes up to {-BUBBLE_LOSS:g} by {ERRORS:g} errors, and by more than chance gives {by_chance}"


def _of_edge(claim: Claim, facts: Facts) -> Sample:
    return _of_spots(facts.artefacts.edge_spots, facts)


def _of_stripe(claim: Claim, facts: Facts) -> Sample:
    artefacts = facts.artefacts
    return _of_place((*artefacts.stripes, artefacts.next_stripe), facts)


def _of_bubble(claim: Claim, facts: Facts) -> Sample:
    artefacts = facts.artefacts
    return _of_place((*artefacts.bubbles, artefacts.next_bubble), facts)


def _of_place(places: Sequence[Stripe | Bubble | None], facts: Facts) -> Sample:
    """The spots of the first place; all spots where there is none, since all were looked at."""
    first = places[0]
    return _of_spots(np.ones(facts.slide.n_spots, bool) if first is None else first.spots, facts)


def _of_spots(chosen: np.ndarray, facts: Facts) -> Sample:
    depth = facts.slide.depth[chosen]
    return Sample(len(depth), float(np.median(depth))) if len(depth) else Sample()


TYPES = (
    ClaimType(
        kind="edge_artefact",
        sentences=("Depth drops at the edge of the tissue.", "The edge of the tissue has lost depth."),
        statistic=f"log2 ratio of {_UNEXPLAINED}, edge to inside",
        check=_check_edge,
        threshold=_edge_threshold,
        sample=_of_edge,
        question=ClaimQuestion(
            figure="depth",
            wordings=(
                "Does depth drop at the edge of the tissue?",
                "Is the edge of the tissue poor in counts?",
            ),
            candidates=of_slide("edge_artefact"),
        ),
    ),
    ClaimType(
        kind="stripe",
        sentences=("A stripe of low depth crosses the tissue.", "A straight band of low depth crosses the tissue."),
        statistic=f"log2 ratio of {_UNEXPLAINED}, the clearest band to both sides",
        check=_check_stripe,
        threshold=_stripe_threshold,
        sample=_of_stripe,
        question=ClaimQuestion(
            figure="depth",
            wordings=(
                "Does a stripe of low depth cross the tissue?",
                "Is there a stripe with fewer counts?",
            ),
            candidates=of_slide("stripe"),
        ),
    ),
    ClaimType(
        kind="bubble",
        sentences=("A round patch of the tissue has lost depth.", "The tissue has a bubble of low depth."),
        statistic=f"log2 ratio of {_UNEXPLAINED}, the clearest round patch to the ring around it",
        check=_check_bubble,
        threshold=_bubble_threshold,
        sample=_of_bubble,
        question=ClaimQuestion(
            figure="depth",
            wordings=(
                "Does the tissue have a bubble of low depth?",
                "Is there a round patch with fewer counts?",
            ),
            candidates=of_slide("bubble"),
        ),
    ),
)
