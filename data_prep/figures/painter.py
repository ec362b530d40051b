"""Turns what is shown at each drawn spot into pixels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from data_prep.figures import palette
from data_prep.figures.gene_levels import Levels

GREY = palette.LEVELS
WHITE, BLACK, TISSUE, UNLABELLED, NICHES = (2 * palette.LEVELS + i for i in range(5))
"""Where the parts of ``palette.figure_table`` begin."""
OTHER = NICHES + list(palette.NICHE_COLOURS).index("orange")
"""Where the colour of the other niche of a pair stands in it."""
TWIN_WHITE = palette.TWIN_LEVELS**2
"""Where the background stands in ``palette.twin_table``."""


def steps(levels: Levels, n_steps: int = palette.LEVELS) -> np.ndarray:
    """Step of brightness of each map at each drawn spot: (n_genes, n_drawn) uint8."""
    return (levels.brightness.T * np.float32(n_steps - 1) + np.float32(0.5)).astype(np.uint8)


def twin_steps(first: Levels, second: Levels) -> np.ndarray:
    """Index in ``palette.twin_table`` of pairs of maps at each drawn spot: (n_pairs, n_drawn) uint8."""
    return steps(first, palette.TWIN_LEVELS) * np.uint8(palette.TWIN_LEVELS) + steps(second, palette.TWIN_LEVELS)


def paint(index: np.ndarray, shown: np.ndarray, *, twin: bool = False) -> np.ndarray:
    """Pictures from a colour for each drawn spot: (n, size, size, 3) uint8.

    Args:
        index: (n, n_drawn) uint8, row of the table of colours for each picture and drawn spot.
        shown: (size²,) drawn spot of each pixel; n_drawn for none.
        twin: take the colours from ``palette.twin_table`` instead of ``palette.figure_table``.
    """
    (n, n_drawn), size = index.shape, round(len(shown) ** 0.5)
    with_background = np.full((n, n_drawn + 1), TWIN_WHITE if twin else WHITE, np.uint8)
    with_background[:, :n_drawn] = index
    n_pixels = n * len(shown)
    of_pixel = np.zeros(n_pixels + n_pixels % 2, np.uint8)
    np.take(with_background, shown, axis=1, out=of_pixel[:n_pixels].reshape(n, -1), mode="clip")
    colours = np.take(_pairs_of_colours(twin), of_pixel.view(np.uint16)).view(np.uint8)
    return colours[: 3 * n_pixels].reshape(n, size, size, 3)


@lru_cache
def _pairs_of_colours(twin: bool) -> np.ndarray:
    """(2^16,) colours of two neighbouring pixels, six bytes in one item, for the two rows of the table.

    Looking up pixels one by one, or channel by channel, takes two and ten times as long.
    """
    table = palette.twin_table() if twin else palette.figure_table()
    colours = np.zeros((256, 3), np.uint8)
    colours[: len(table)] = table
    rows = np.arange(2**16, dtype=np.uint16).view(np.uint8).reshape(-1, 2)
    return colours[rows].reshape(-1, 6).view("V6")[:, 0]
