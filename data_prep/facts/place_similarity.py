"""Place similarity: how alike two niches of different slides lie, by place, extent, form and neighbours.

    0.4 × place and form + 0.6 × neighbours (0..1)

Place and form compare the centre on the tissue's own extent, the share of the tissue, how scattered and how long the
niches are. Neighbours are compared once it is known which niche may correspond to which: it is the share of the two
borders that runs along corresponding niches.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log2

import numpy as np

from data_prep.facts.niche_shapes import NicheShape

SCALES = {"centre": 0.2, "extent": 1.0, "homophily": 0.15, "aspect": 1.0}
"""Differences after which a similarity falls to exp(-1/2): a fifth of the tissue's extent, a factor of two in area and
in squared length over area, and three twentieths of a spot's neighbours."""
NEIGHBOUR_SHARE = 0.6
"""Weight of the neighbours: they do not change when a section is turned or cropped."""


Shapes = Mapping[str, NicheShape]
"""Niche → its shape, of one slide."""


def place_similarity(a: Shapes, b: Shapes, like: np.ndarray | None = None) -> np.ndarray:
    """Similarity of place of each niche of one slide and each of another, (n_a, n_b) in 0..1.

    Args:
        a: shapes of the niches of the first slide.
        b: shapes of the niches of the second one.
        like: (n_a, n_b) how much the niches resemble each other otherwise; decides which neighbours correspond. None
            takes their place and form.
    """
    own = np.exp(-0.5 * _squared_distance(a, b))
    return (1 - NEIGHBOUR_SHARE) * own + NEIGHBOUR_SHARE * _shared_borders(a, b, own if like is None else like)


def _squared_distance(a: Shapes, b: Shapes) -> np.ndarray:
    """(n_a, n_b) squared distances of the niches by themselves, in units of `SCALES`."""
    features_a, features_b = (np.array([_features(shape) for shape in shapes.values()]) for shapes in (a, b))
    return ((features_a[:, None] - features_b) ** 2).sum(axis=-1)


def _features(shape: NicheShape) -> list[float]:
    """What is compared of a niche by itself, in units of `SCALES`."""
    return [
        shape.centroid[0] / SCALES["centre"],
        shape.centroid[1] / SCALES["centre"],
        log2(shape.area_fraction) / SCALES["extent"],
        shape.homophily / SCALES["homophily"],
        log2(shape.aspect) / SCALES["aspect"],
    ]


def _shared_borders(a: Shapes, b: Shapes, like: np.ndarray) -> np.ndarray:
    """(n_a, n_b) share of the borders of two niches that runs along corresponding niches, 0..1.

    Each niche corresponds to one of the other slide at most: the assignment with the greatest total likeness.
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(-like)
    border_a, border_b = (
        np.array([[shape.contacts.get(other, 0.0) for other in shapes] for shape in shapes.values()])
        for shapes in (a, b)
    )
    return np.minimum(border_a[:, None, rows], border_b[None, :, columns]).sum(axis=-1)
