"""Niche shapes: place, extent, form and contacts of each niche, measured on the graph of labelled spots.

All measures are relative to the labelled tissue, so they are valid for spots and for single cells. Standard errors are
the larger of the error of independent spots and the block jackknife: they say how much a number would change with
other tissue of the same kind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse import csgraph

from data_prep.facts.block_jackknife import jackknife_error, ratio_error, share_with_error
from data_prep.facts.labelled_tissue import LabelledTissue

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
_SMALLEST_PIECE = 0.02
"""Smaller parts of a niche are single spots astray."""
_SECTORS = 24


@dataclass(frozen=True)
class NicheShape:
    """Place and form of one niche on one slide. An error is the standard error of the field that it is named after.

    Attributes:
        centroid: (x, y) of the niche's mean position in 0..1 of the tissue's extent, y pointing down.
        centroid_error: errors of x and y.
        area_fraction: share of the labelled spots that belong to the niche.
        area_error: its error.
        form: one of ``FORMS``.
        homophily: mean share of a niche spot's neighbours that belong to the niche.
        homophily_error: its error.
        coverage: share of the directions from the niche's centre in which there are niche spots.
        coverage_error: its error.
        hollow: share of the spots nearest to the niche's centre that belong to it.
        hollow_error: its error.
        aspect: squared geodesic length of the niche's largest piece over that piece's area.
        aspect_error: its error: the length is known to one spot spacing at each end.
        pieces: share of the niche's spots in each connected part, the largest first, none below a fiftieth.
        pieces_error: errors of the shares, with the parts as they are.
        contacts: for every other niche, its share of the edges that leave this niche (they sum to 1).
        contact_errors: errors of the contacts.
    """

    centroid: tuple[float, float]
    centroid_error: tuple[float, float]
    area_fraction: float
    area_error: float
    form: str
    homophily: float
    homophily_error: float
    coverage: float
    coverage_error: float
    hollow: float
    hollow_error: float
    aspect: float
    aspect_error: float
    pieces: tuple[float, ...]
    pieces_error: tuple[float, ...]
    contacts: dict[str, float]
    contact_errors: dict[str, float]


def measure_niches(tissue: LabelledTissue) -> dict[str, NicheShape]:
    """Measure every niche that has spots on the slide; keys are niche names."""
    n_niches, n_blocks = tissue.n_niches, tissue.n_blocks
    cell = tissue.niche.astype(np.int64) * n_blocks + tissue.block
    in_block = np.bincount(cell, minlength=n_niches * n_blocks).reshape(n_niches, n_blocks)
    area = share_with_error(in_block, in_block.sum(axis=0))
    ends = _edge_ends(tissue)
    homophily = share_with_error(ends[range(n_niches), range(n_niches)], ends.sum(axis=1))
    leaving = ends * (1 - np.eye(n_niches, dtype=int))[:, :, None]
    contact = share_with_error(leaving, leaving.sum(axis=1)[:, None])
    piece, aspect = _pieces_and_aspects(tissue)
    shapes = {}
    for code in np.flatnonzero(in_block.any(axis=1)).tolist():
        mask = tissue.niche == code
        coverage, hollow = _ring(tissue, mask)
        parts = _large_pieces(piece[mask], tissue.block[mask], in_block[code])
        (x, x_error), (y, y_error) = (_mean(tissue, mask, axis) for axis in (0, 1))
        others = {name: other for other, name in enumerate(tissue.slide.niches) if other != code}
        shapes[tissue.slide.niches[code]] = NicheShape(
            centroid=(x, y),
            centroid_error=(x_error, y_error),
            area_fraction=float(area[0][code]),
            area_error=float(area[1][code]),
            form=_form(float(homophily[0][code]), coverage[0], hollow[0], aspect[code][0]),
            homophily=float(homophily[0][code]),
            homophily_error=float(homophily[1][code]),
            coverage=coverage[0],
            coverage_error=coverage[1],
            hollow=hollow[0],
            hollow_error=hollow[1],
            aspect=aspect[code][0],
            aspect_error=aspect[code][1],
            pieces=tuple(parts[0].tolist()),
            pieces_error=tuple(parts[1].tolist()),
            contacts={name: float(contact[0][code, other]) for name, other in others.items()},
            contact_errors={name: float(contact[1][code, other]) for name, other in others.items()},
        )
    return shapes


def compass(x: float, y: float) -> str:
    """The word of ``COMPASS`` for a position in 0..1 × 0..1, y pointing down."""
    column, row = (int(v > 0.5 - CENTRE) + int(v > 0.5 + CENTRE) for v in (x, y))
    return COMPASS[row][column]


def extent_band(fraction: float) -> str:
    """The words for an area fraction in 0..1."""
    return next((words for limit, words in EXTENT_BANDS if fraction < limit), EXTENT_MOST)


def _edge_ends(tissue: LabelledTissue) -> np.ndarray:
    """(n_niches, n_niches, n_blocks) edges by the niche of their first spot, of their second spot, and its block."""
    graph, n = tissue.graph, tissue.n_niches
    degree = np.diff(graph.indptr)
    cell = (np.repeat(tissue.niche, degree) * n + tissue.niche[graph.indices]).astype(np.int64)
    cell = cell * tissue.n_blocks + np.repeat(tissue.block, degree)
    return np.bincount(cell, minlength=n * n * tissue.n_blocks).reshape(n, n, tissue.n_blocks)


def _mean(tissue: LabelledTissue, mask: np.ndarray, axis: int) -> tuple[float, float]:
    """Mean position of the spots of a niche on an axis, and its error."""
    position, block = tissue.position[mask, axis], tissue.block[mask]
    size = np.bincount(block, minlength=tissue.n_blocks)
    by_block = np.bincount(block, position, tissue.n_blocks)
    independent = float(position.std() / np.sqrt(len(position)))
    return float(position.mean()), max(independent, float(ratio_error(by_block, size)))


def _ring(tissue: LabelledTissue, mask: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """Coverage and hollow with their errors.

    They are the share of the directions in which the niche surrounds its centre, and how much of its centre it fills.
    """
    xy, block = tissue.xy, tissue.block
    centre = xy[mask].mean(axis=0)
    offset = xy[mask] - centre
    angle = np.arctan2(offset[:, 1], offset[:, 0])
    sector = ((angle + np.pi) / (2 * np.pi) * _SECTORS).astype(int) % _SECTORS
    filled = np.zeros((tissue.n_blocks, _SECTORS), int)
    np.add.at(filled, (block[mask], sector), 1)
    coverage = float((filled.sum(axis=0) > 0).mean())
    without_block = (filled.sum(axis=0) > filled).mean(axis=1)
    coverage_error = float(jackknife_error(without_block, filled.sum(axis=1) > 0))
    radius = np.median(np.hypot(offset[:, 0], offset[:, 1]))
    about = np.hypot(*(xy - centre).T) < 0.5 * radius
    hollow = (1.0, 0.0)
    if np.count_nonzero(about) >= 3:
        near, own = (np.bincount(block[spots], minlength=tissue.n_blocks) for spots in (about, about & mask))
        share, error = share_with_error(own, near)
        hollow = (float(share), float(error))
    return (coverage, coverage_error), hollow


def _large_pieces(piece: np.ndarray, block: np.ndarray, in_block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the connected parts of a niche with their errors, the largest first.

    Args:
        piece: (n,) part of each of the niche's spots.
        block: (n,) block of each of them.
        in_block: (n_blocks,) number of them in each block.
    """
    names, piece, size = np.unique(piece, return_inverse=True, return_counts=True)
    cell = piece * len(in_block) + block
    by_block = np.bincount(cell, minlength=len(names) * len(in_block)).reshape(len(names), len(in_block))
    order = np.argsort(-size, kind="stable")
    return share_with_error(by_block[order[size[order] >= _SMALLEST_PIECE * size.sum()]], in_block)


def _pieces_and_aspects(tissue: LabelledTissue) -> tuple[np.ndarray, dict[int, tuple[float, float]]]:
    """Connected part of its niche of each spot, (n,); and for each niche the aspect of its largest one, with error.

    The aspect is the squared geodesic length over the area: the number of spots × the area of one spot.
    """
    graph = tissue.graph.tocoo()
    same = tissue.niche[graph.row] == tissue.niche[graph.col]
    entries = (graph.data[same], (graph.row[same], graph.col[same]))
    within = sp.csr_matrix(entries, shape=graph.shape)
    _, piece = csgraph.connected_components(within, directed=False)
    size = np.bincount(piece)
    members = {}
    for code in np.unique(tissue.niche).tolist():
        spots = np.flatnonzero(tissue.niche == code)
        largest = piece[spots[np.argmax(size[piece[spots]])]]
        members[code] = spots[piece[spots] == largest]
    # The longest shortest path of each piece, by two sweeps over all of them: from any spot to the farthest, and from
    # there to the farthest again.
    start = [spots[0] for spots in members.values()]
    steps = csgraph.dijkstra(within, indices=start, min_only=True)
    start = [spots[steps[spots].argmax()] for spots in members.values()]
    steps = csgraph.dijkstra(within, indices=start, min_only=True)
    aspects = {code: (1.0, 0.0) for code in members}
    for code, spots in members.items():
        if len(spots) >= 3:
            spacing = float(np.median(within[spots].data))
            # Zigzag paths over a spot graph are about 5 % longer than the straight line they follow.
            length = float(steps[spots].max()) / 1.05 + spacing
            area = len(spots) * spacing**2 * 0.866
            aspects[code] = length**2 / area, 2 * length * 2**0.5 * spacing / area
    return piece, aspects


def _form(homophily: float, coverage: float, hollow: float, aspect: float) -> str:
    if homophily < SCATTERED_HOMOPHILY:
        return "scattered"
    if coverage >= RING_COVERAGE and hollow <= RING_HOLLOW:
        return "ring"
    return "band" if aspect >= BAND_ASPECT else "compact"
