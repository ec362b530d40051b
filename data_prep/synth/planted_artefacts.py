"""Artefacts planted on a slide: fewer counts at the edge, in a stripe, in a bubble, or in scattered spots.

    slide, planted = plant(slide, "stripe", strength=1.5, seed=3)

Counts are thinned, so the shares of the genes stay what they were, as when less of the tissue's RNA is captured.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from data_prep.errors import NicheLensError
from data_prep.facts.stripe_scan import SPREAD
from data_prep.facts.thinning import thin
from data_prep.facts.tissue_outline import distance_to_edge, pitch_of
from data_prep.slide import Slide

KINDS = ("edge", "stripe", "bubble", "outliers")
_EDGE_WIDTH = (1.0, 3.0)
"""Width of the poor edge in pitches, on a slide of a few thousand spots; wider on larger ones."""
_LARGEST_EDGE = 0.35
"""Largest share of the spots that a poor edge may hold. The edge of a small or narrow tissue is most of it."""
_STRIPE_WIDTH = (0.9, 3.5)
_BUBBLE_RADIUS = (2.2, 5.0)
_FEWEST_BUBBLE = 15
"""Spots in the smallest bubble. Fewer are outliers that happen to lie together."""
_PITCHES = 60.0
"""Widths are given for a tissue of this many pitches; on a larger one they grow with it."""
_LARGEST_STRIPE, _LARGEST_BUBBLE = 0.15, 0.12
"""Largest shares of the spots. More of a small tissue is a niche, and leaves too little beside it to compare with."""
VISIBLE = 5.0
"""Visibility from which people see a patch in a noisy picture (Rose 1948: five times the noise of its area)."""
_NEAREST = 12
_ALONG_ROWS = 0.6
"""Share of the stripes that follow the rows or columns of an array; the rest are scratches in any direction."""
_OUTLIER_SHARE = (0.01, 0.03)
_FEWEST_OUTLIERS = 5
_UNEVEN = 0.15
"""Spread of the loss over the spots of an artefact, as a share of the strength."""


@dataclass(frozen=True, eq=False)
class PlantedArtefact:
    """The truth of a planted artefact.

    Attributes:
        kind: one of `KINDS`.
        strength: log2 fold by which its spots lost counts.
        spots: boolean (n_spots,), the spots that lost counts.
        angle: direction of a stripe in radians, 0 along x; else 0.
        centre: centre of a bubble, else (0, 0).
        visibility: the loss over the error of the mean log2 depth of as many spots, as large as neighbours differ on
            this slide; for outliers, of one spot. `VISIBLE` is what people see.
        size: width of an edge or a stripe, radius of a bubble, in the units of the coordinates; 0 for outliers.
    """

    kind: str
    strength: float
    spots: np.ndarray
    angle: float = 0.0
    centre: tuple[float, float] = (0.0, 0.0)
    size: float = 0.0
    visibility: float = 0.0


def plant(slide: Slide, kind: str, strength: float, seed: int) -> tuple[Slide, PlantedArtefact]:
    """Plant one artefact. No spot loses its last count.

    Args:
        slide: any slide.
        kind: one of `KINDS`.
        strength: log2 fold by which the artefact's spots lose counts, above 0.
        seed: equal seeds and arguments give equal slides.

    Raises:
        NicheLensError: there is no such kind, the strength is not above 0, or the tissue has no room for a bubble.
    """
    if kind not in KINDS:
        message = f"planted artefact: no kind '{kind}'; choose one of {', '.join(KINDS)}"
        raise NicheLensError(message)
    if not strength > 0:
        message = f"planted artefact: strength {strength:g} is not above 0; give the log2 fold of the loss"
        raise NicheLensError(message)
    rng = np.random.default_rng((seed, KINDS.index(kind)))
    pitch = pitch_of(slide.xy)
    scale = pitch * max(1.0, np.sqrt(slide.n_spots) / _PITCHES)
    match kind:
        case "edge":
            planted = _plant_edge(rng, slide.xy, pitch, scale, strength)
        case "stripe":
            planted = _plant_stripe(rng, slide.xy, pitch, scale, strength)
        case "bubble":
            planted = _plant_bubble(rng, slide, pitch, scale, strength)
        case _:
            n = max(_FEWEST_OUTLIERS, round(rng.uniform(*_OUTLIER_SHARE) * slide.n_spots))
            spots = np.zeros(slide.n_spots, bool)
            spots[rng.choice(slide.n_spots, n, replace=False)] = True
            planted = PlantedArtefact("outliers", strength, spots)
    loss = strength * np.maximum(1.0 + _UNEVEN * rng.standard_normal(slide.n_spots), 0.0)
    keep = np.where(planted.spots, np.exp2(-loss), 1.0)
    thinned = thin(slide.counts, keep, (seed, KINDS.index(kind), 1))
    n_seen = 1 if kind == "outliers" else int(planted.spots.sum())
    visibility = strength * np.sqrt(n_seen) / _spread_among_neighbours(slide)
    return slide.with_counts(_refill(thinned, slide.counts)), replace(planted, visibility=float(visibility))


def _spread_among_neighbours(slide: Slide) -> float:
    """Robust standard deviation of log2 depth against the median of the nearest spots."""
    depth = np.log2(slide.depth + 0.5)
    _, near = cKDTree(slide.xy).query(slide.xy, k=min(_NEAREST + 1, slide.n_spots))
    difference = depth - np.median(depth[near[:, 1:]], axis=1)
    return float(SPREAD * np.median(np.abs(difference - np.median(difference)))) + 1e-9


def _plant_edge(
    rng: np.random.Generator, xy: np.ndarray, pitch: float, scale: float, strength: float
) -> PlantedArtefact:
    inward = distance_to_edge(xy, pitch)
    width = min(rng.uniform(*_EDGE_WIDTH) * scale, float(np.quantile(inward, _LARGEST_EDGE)))
    return PlantedArtefact("edge", strength, inward <= width, size=float(width))


def _plant_stripe(
    rng: np.random.Generator, xy: np.ndarray, pitch: float, scale: float, strength: float
) -> PlantedArtefact:
    """A straight stripe through a spot in the middle half of the tissue's extent across it."""
    width = rng.uniform(*_STRIPE_WIDTH) * scale
    if rng.random() < _ALONG_ROWS:
        spot = int(rng.integers(len(xy)))
        step = xy[cKDTree(xy).query(xy[spot], k=2)[1][1]] - xy[spot]
        angle = float(np.arctan2(step[1], step[0])) % np.pi
    else:
        angle = float(rng.uniform(0.0, np.pi))
    across = xy @ np.array([-np.sin(angle), np.cos(angle)])
    low, high = np.quantile(across, (0.2, 0.8))
    distance = np.abs(across - rng.choice(across[(across >= low) & (across <= high)]))
    width = min(width, 2 * float(np.quantile(distance, _LARGEST_STRIPE)))
    return PlantedArtefact("stripe", strength, distance <= width / 2, angle, size=float(width))


def _plant_bubble(
    rng: np.random.Generator, slide: Slide, pitch: float, scale: float, strength: float
) -> PlantedArtefact:
    inward = distance_to_edge(slide.xy, pitch)
    radius = rng.uniform(*_BUBBLE_RADIUS) * scale
    room = inward - 2 * pitch
    radius = min(radius, float(room.max()))
    if radius < _BUBBLE_RADIUS[0] * pitch:
        message = f"{slide.name}: the tissue is too narrow for a bubble; plant another kind"
        raise NicheLensError(message)
    centre = slide.xy[rng.choice(np.flatnonzero(room >= radius))]
    distance = np.hypot(*(slide.xy - centre).T)
    radius = min(radius, float(np.quantile(distance, _LARGEST_BUBBLE)))
    spots = distance <= radius
    if spots.sum() < _FEWEST_BUBBLE:
        message = f"{slide.name}: the cells are too sparse for a bubble; plant another kind"
        raise NicheLensError(message)
    return PlantedArtefact("bubble", strength, spots, centre=(float(centre[0]), float(centre[1])), size=float(radius))


def _refill(thinned: sp.csc_matrix, counts: sp.csc_matrix) -> sp.csc_matrix:
    """Give spots that lost all counts one count of their highest gene: a slide has no spot without counts."""
    empty = np.flatnonzero(np.asarray(thinned.sum(axis=1)).ravel() == 0)
    if not empty.size:
        return thinned
    gene = np.asarray(counts.tocsr()[empty].argmax(axis=1)).ravel()
    one = sp.csc_matrix((np.ones(len(empty), np.float32), (empty, gene)), shape=counts.shape)
    return sp.csc_matrix(thinned + one)
