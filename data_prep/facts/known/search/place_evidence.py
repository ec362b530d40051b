"""How well each niche fits the words of place and form in a phrase, from -1 to 1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from data_prep.facts.known.search.concepts import Concept, evidence_of, shrunk_change
from data_prep.facts.known.search.place_words import OUTER, PlaceWords
from data_prep.facts.niche_shapes import BAND_ASPECT, NicheShape
from data_prep.facts.spot_set_contrasts import SetSums, log_ratios
from data_prep.facts.spot_sets import rim_and_core
from data_prep.facts.tissue_outline import distance_to_edge, pitch_of
from data_prep.knowledge.list_weights import list_weights

if TYPE_CHECKING:
    from data_prep.facts.facts import Facts

NOT_EXTREME = 0.5
"""Worth of "outer" and "deep" beside "outermost" and "innermost": they do not mean the very last layer."""
FEWEST_SPOTS = 15
"""Fewest spots of a rim, and of a core, as for genes."""


@dataclass(frozen=True, eq=False)
class PlaceFit:
    """How well the niches fit.

    Attributes:
        fit: (n_niches,) from -1 to 1, the mean over what the phrase says; zeros if it says nothing.
        said: for each niche what was measured, in words.
    """

    fit: np.ndarray
    said: tuple[tuple[str, ...], ...]


def place_fit(places: PlaceWords, facts: Facts, reference: str = "") -> PlaceFit:
    """Measures what a phrase says of place and form.

    Args:
        places: read from the phrase.
        facts: of the slide.
        reference: niche that the phrase names; "" for none.
    """
    parts: list[np.ndarray] = []
    said: dict[str, list[str]] = {name: [] for name in facts.slide.niches}
    if places.depth:
        inward = edge_distances(facts)
        worth = 1.0 if places.is_extreme else NOT_EXTREME
        parts.append(_from_minus_one_to_one(inward) * (-worth if places.depth == OUTER else worth))
        for name, distance in zip(facts.slide.niches, inward, strict=True):
            said[name].append(f"it lies {distance:.1f} spots from the edge of the tissue on average")
    if places.side:
        parts.append(_of_shapes(facts, lambda shape: _nearness(shape, places.side), -1.0))
        for name, shape in facts.shapes.items():
            x, y = shape.centroid
            said[name].append(f"its middle is {100 * x:.0f} % from the left and {100 * y:.0f} % from the top")
    if places.form:
        parts.append(_of_shapes(facts, lambda shape: _formed(shape, places.form), -1.0))
        for name, shape in facts.shapes.items():
            said[name].append(f"its form is {shape.form}")
    if places.size:
        area = _of_shapes(facts, lambda shape: shape.area_fraction, 0.0)
        parts.append(places.size * _from_minus_one_to_one(area))
        for name, shape in facts.shapes.items():
            said[name].append(f"it is {100 * shape.area_fraction:.0f} % of the tissue")
    if reference:
        share = contact_shares(facts, reference)
        parts.append(_from_minus_one_to_one(contact_lifts(facts, reference)))
        for name, value in zip(facts.slide.niches, share, strict=True):
            if value > 0:
                said[name].append(f"it shares {100 * value:.0f} % of a border with {reference}")
    fit = np.mean(parts, axis=0) if parts else np.zeros(len(facts.slide.niches))
    return PlaceFit(fit, tuple(tuple(said[name]) for name in facts.slide.niches))


def edge_distances(facts: Facts) -> np.ndarray:
    """(n_niches,) mean distance of a niche's spots to the edge of the tissue, in spots."""
    tissue = facts.tissue
    pitch = pitch_of(tissue.xy)
    distance = distance_to_edge(tissue.xy, pitch) / pitch
    return np.bincount(tissue.niche, distance, tissue.n_niches) / np.maximum(tissue.niche_sizes, 1)


def contact_shares(facts: Facts, reference: str) -> np.ndarray:
    """(n_niches,) share of the outer edges of a niche or of the reference that join the two, the larger one."""
    own = facts.shapes[reference].contacts
    share = _of_shapes(facts, lambda shape: shape.contacts.get(reference, 0.0), 0.0)
    return np.maximum(share, [own.get(name, 0.0) for name in facts.slide.niches])


def contact_lifts(facts: Facts, reference: str) -> np.ndarray:
    """(n_niches,) how many times the share of outer edges is what mixed tissue would have; 0 for the reference.

    A share alone favours large niches where cells of all kinds lie scattered: they are beside everything.
    """
    own = facts.shapes[reference]
    lift = []
    for name in facts.slide.niches:
        shape = facts.shapes.get(name)
        if shape is None or name == reference:
            lift.append(0.0)
            continue
        to_reference = shape.contacts.get(reference, 0.0) * (1 - shape.area_fraction) / own.area_fraction
        from_reference = own.contacts.get(name, 0.0) * (1 - own.area_fraction) / shape.area_fraction
        lift.append(max(to_reference, from_reference))
    return np.array(lift)


def rim_evidence(facts: Facts, concept: Concept, niche: str) -> float | None:
    """How far a concept is raised at the rim of a niche, beside its core; None if the niche has no rim or core."""
    code = facts.slide.niche_index(niche)
    sets = rim_and_core(facts.tissue)
    if sets.size[2 * code : 2 * code + 2].min() < FEWEST_SPOTS or not len(concept.codes):
        return None
    counts = facts.tissue.counts(concept.codes)
    weights = list_weights(np.asarray(counts.sum(axis=0), dtype=float).ravel())
    sums = SetSums.of(facts.tissue, sp.csc_matrix(counts @ weights[:, None]), sets)
    (rim_counts, core_counts), (rim_depth, core_depth) = (
        (part[2 * code], part[2 * code + 1]) for part in (sums.counts, sums.depth)
    )
    value, error, _ = log_ratios(rim_counts, rim_depth, core_counts, core_depth, sums)
    return float(evidence_of(value / error, shrunk_change(value, error))[0])


def _of_shapes(facts: Facts, measure: Callable[[NicheShape], float], missing: float) -> np.ndarray:
    """(n_niches,) a measure of each niche's shape; ``missing`` for a niche without spots."""
    shapes = (facts.shapes.get(name) for name in facts.slide.niches)
    return np.array([missing if shape is None else measure(shape) for shape in shapes])


def _nearness(shape: NicheShape, side: str) -> float:
    """1 for a middle at the named side or corner, down to -1 at the opposite one."""
    goals = {"left": (0, 0.0), "right": (0, 1.0), "upper": (1, 0.0), "lower": (1, 1.0)}
    return 1 - 2 * max(abs(shape.centroid[axis] - goal) for axis, goal in (goals[word] for word in side.split()))


def _formed(shape: NicheShape, form: str) -> float:
    """1 for the form that is said; below 0 for another, and nearer to 0 the more it is like it."""
    if shape.form == form:
        return 1.0
    if form == "band":
        return min(shape.aspect / BAND_ASPECT, 1.0) - 1
    return -shape.homophily if form == "scattered" else -1.0


def _from_minus_one_to_one(values: np.ndarray) -> np.ndarray:
    """Values with the smallest at -1 and the largest at 1; zeros if all are the same."""
    spread = float(np.ptp(values))
    return 2 * (values - values.min()) / spread - 1 if spread > 0 else np.zeros(len(values))
