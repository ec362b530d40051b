"""Niche shapes: place, extent, form and contacts of each niche, measured on the graph of spots.

The graph joins each spot to its nearest six (the neighbours on a hexagonal Visium grid), without edges that bridge a
gap in the tissue. All measures are relative to the tissue, so they are valid for spots and for single cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse import csgraph
from scipy.spatial import cKDTree

from data_prep.slide import Slide

NEIGHBOURS = 6
GAP = 3.0
"""An edge longer than this many times the median edge bridges a gap in the tissue and is cut."""

COMPASS = (
    ("upper left", "top", "upper right"),
    ("left", "centre", "right"),
    ("lower left", "bottom", "lower right"),
)
"""Rows from the top of the picture, columns from the left."""
CENTRE = 0.1
"""Half-width of the centre, in units of the tissue's extent. Means of many spots are close to the middle, so thirds of
the extent would call nearly every niche central."""

EXTENT_BANDS = ((0.05, "a tiny part"), (0.15, "a small part"), (0.35, "a moderate part"), (0.60, "a large part"))
EXTENT_MOST = "most"
"""Upper limit of the area fraction of each band; above the last limit it is most of the tissue."""

FORMS = ("compact", "band", "ring", "scattered")
SCATTERED_HOMOPHILY = 0.5
"""Below this homophily a niche is scattered: on average fewer than half of a spot's neighbours are in the niche."""
RING_COVERAGE = 0.8
"""A ring surrounds its own centre: it lies in at least this share of the directions from there."""
RING_HOLLOW = 0.25
"""At most this share of the spots around a ring's centre belong to it."""
BAND_ASPECT = 4.0
"""Least aspect of a band. Aspect is squared length over area: 1.3 for a disc, 2 for a square, 4 for a 1:4 strip."""
PIECE = 0.10
"""A connected part of a niche counts as a piece if it has at least this share of the spots."""
_SECTORS = 24


@dataclass(frozen=True)
class NicheShape:
    """Place and form of one niche on one slide.

    Attributes:
        centroid: (x, y) of the niche's mean position in 0..1 of the tissue's extent, y pointing down.
        area_fraction: share of the labelled spots that belong to the niche.
        form: one of ``FORMS``.
        homophily: mean share of a niche spot's neighbours that belong to the niche.
        coverage: share of the directions from the niche's centre in which there are niche spots.
        hollow: share of the spots nearest to the niche's centre that belong to it.
        aspect: squared geodesic length of the niche's largest piece over that piece's area.
        pieces: share of the niche's spots in each connected part, the largest first, none below a fiftieth.
        contacts: for every other niche, its share of the edges that leave this niche (they sum to 1).
    """

    centroid: tuple[float, float]
    area_fraction: float
    form: str
    homophily: float
    coverage: float
    hollow: float
    aspect: float
    pieces: tuple[float, ...]
    contacts: dict[str, float]


def measure_niches(slide: Slide) -> dict[str, NicheShape]:
    """Measure every niche that has spots on the slide; keys are niche names."""
    position = relative_positions(slide.xy)
    graph = spot_graph(slide.xy)
    labelled = np.count_nonzero(slide.niche >= 0)
    shapes = {}
    for code, name in enumerate(slide.niches):
        mask = slide.niche == code
        if not mask.any():
            continue
        homophily, contacts = _contacts(graph, slide, code)
        coverage, hollow = _ring(slide.xy, mask)
        aspect = _aspect(slide.xy, graph, mask)
        x, y = position[mask].mean(axis=0)
        shapes[name] = NicheShape(
            centroid=(float(x), float(y)),
            area_fraction=float(mask.sum() / labelled),
            form=_form(homophily, coverage, hollow, aspect),
            homophily=homophily,
            coverage=coverage,
            hollow=hollow,
            aspect=aspect,
            pieces=_pieces(graph, mask),
            contacts=contacts,
        )
    return shapes


def relative_positions(xy: np.ndarray) -> np.ndarray:
    """Positions in 0..1 of the tissue's own extent (n × 2), robust to a few stray spots (0.5 % at each side)."""
    low, high = np.quantile(xy, [0.005, 0.995], axis=0)
    return np.clip((xy - low) / np.maximum(high - low, 1e-9), 0.0, 1.0)


def compass(x: float, y: float) -> str:
    """The word of ``COMPASS`` for a position in 0..1 × 0..1, y pointing down."""
    column, row = (int(v > 0.5 - CENTRE) + int(v > 0.5 + CENTRE) for v in (x, y))
    return COMPASS[row][column]


def extent_band(fraction: float) -> str:
    """The words for an area fraction in 0..1."""
    return next((words for limit, words in EXTENT_BANDS if fraction < limit), EXTENT_MOST)


def spot_graph(xy: np.ndarray) -> sp.csr_matrix:
    """Symmetric n × n graph of neighbouring spots; entries are distances in the units of ``xy``."""
    k = min(NEIGHBOURS, len(xy) - 1)
    distance, index = cKDTree(xy).query(xy, k=k + 1)
    distance, index = distance[:, 1:], index[:, 1:]
    near = distance <= GAP * np.median(distance)
    rows = np.repeat(np.arange(len(xy)), k).reshape(len(xy), k)
    # A distance of zero (two cells at one position) would be no edge in a sparse matrix.
    length = np.maximum(distance[near], 1e-6 * np.median(distance) + 1e-12)
    graph = sp.csr_matrix((length, (rows[near], index[near])), shape=(len(xy), len(xy)))
    return graph.maximum(graph.T)


def _contacts(graph: sp.csr_matrix, slide: Slide, code: int) -> tuple[float, dict[str, float]]:
    """Homophily of a niche and the other niches' shares of the edges that leave it."""
    inside = graph[slide.niche == code]
    neighbour = slide.niche[inside.indices]
    neighbour = neighbour[neighbour >= 0]
    count = np.bincount(neighbour, minlength=len(slide.niches)).astype(float)
    homophily = float(count[code] / max(count.sum(), 1.0))
    count[code] = 0.0
    share = count / max(count.sum(), 1.0)
    return homophily, {name: float(share[i]) for i, name in enumerate(slide.niches) if i != code}


def _ring(xy: np.ndarray, mask: np.ndarray) -> tuple[float, float]:
    """(coverage, hollow): directions in which the niche surrounds its centre, and how much of its centre it fills."""
    centre = xy[mask].mean(axis=0)
    offset = xy[mask] - centre
    angle = np.arctan2(offset[:, 1], offset[:, 0])
    sector = np.unique(((angle + np.pi) / (2 * np.pi) * _SECTORS).astype(int) % _SECTORS)
    radius = np.median(np.hypot(offset[:, 0], offset[:, 1]))
    about = np.hypot(*(xy - centre).T) < 0.5 * radius
    hollow = float(mask[about].mean()) if np.count_nonzero(about) >= 3 else 1.0
    return len(sector) / _SECTORS, hollow


def _pieces(graph: sp.csr_matrix, mask: np.ndarray) -> tuple[float, ...]:
    _, piece = csgraph.connected_components(graph[mask][:, mask], directed=False)
    share = np.sort(np.bincount(piece))[::-1] / mask.sum()
    return tuple(float(part) for part in share if part >= 0.02)


def _aspect(xy: np.ndarray, graph: sp.csr_matrix, mask: np.ndarray) -> float:
    """Squared geodesic length over area of the largest connected piece; area is spots × the area of one spot."""
    piece_graph = graph[mask][:, mask]
    _, piece = csgraph.connected_components(piece_graph, directed=False)
    largest = piece == np.bincount(piece).argmax()
    piece_graph = piece_graph[largest][:, largest]
    if piece_graph.shape[0] < 3:
        return 1.0
    # The longest shortest path, by two sweeps: from any spot to the farthest, and from there to the farthest again.
    start = int(csgraph.dijkstra(piece_graph, indices=0).argmax())
    length = float(csgraph.dijkstra(piece_graph, indices=start).max())
    spacing = float(np.median(piece_graph.data))
    # Zigzag paths over a spot graph are about 5 % longer than the straight line they follow.
    area = piece_graph.shape[0] * spacing**2 * 0.866
    return (length / 1.05 + spacing) ** 2 / area


def _form(homophily: float, coverage: float, hollow: float, aspect: float) -> str:
    if homophily < SCATTERED_HOMOPHILY:
        return "scattered"
    if coverage >= RING_COVERAGE and hollow <= RING_HOLLOW:
        return "ring"
    return "band" if aspect >= BAND_ASPECT else "compact"
