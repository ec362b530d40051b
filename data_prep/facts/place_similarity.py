"""Place similarity: how alike two niches of different slides lie, by place, extent, form and neighbours.

    0.4 × place and form + 0.6 × neighbours (0..1)

Place and form compare the centre on the tissue's own extent, the share of the tissue, how scattered and how long the
niches are. Neighbours are compared once it is known which niche may correspond to which: it is the share of the two
borders that runs along corresponding niches.
"""

from __future__ import annotations

from collections.abc import Mapping

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
    own = np.exp(-0.5 * sum(_differences(a, b)))
    return (1 - NEIGHBOUR_SHARE) * own + NEIGHBOUR_SHARE * _shared_borders(a, b, own if like is None else like)


def _differences(a: Shapes, b: Shapes) -> list[np.ndarray]:
    """Squared differences of each pair in units of `SCALES`."""

    def squared(value_a: list[float], value_b: list[float], scale: float) -> np.ndarray:
        return ((np.asarray(value_a)[:, None] - np.asarray(value_b)) / scale) ** 2

    def each(value: str) -> tuple[list[float], list[float]]:
        one, other = ([float(getattr(shape, value)) for shape in shapes.values()] for shapes in (a, b))
        return one, other

    area_a, area_b = (np.log2(values).tolist() for values in each("area_fraction"))
    aspect_a, aspect_b = (np.log2(values).tolist() for values in each("aspect"))
    centres = [
        squared(*([shape.centroid[axis] for shape in shapes.values()] for shapes in (a, b)), SCALES["centre"])
        for axis in (0, 1)
    ]
    return [
        *centres,
        squared(area_a, area_b, SCALES["extent"]),
        squared(*each("homophily"), SCALES["homophily"]),
        squared(aspect_a, aspect_b, SCALES["aspect"]),
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
