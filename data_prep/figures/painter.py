"""Turns what is shown at each drawn spot into pixels."""

from __future__ import annotations

import numpy as np

from data_prep.figures import palette
from data_prep.figures.gene_levels import Levels

GREY = palette.LEVELS
WHITE, BLACK, TISSUE, UNLABELLED, OTHER, NICHES = (2 * palette.LEVELS + i for i in range(6))
"""Where the parts of ``palette.figure_table`` begin."""
TWIN_WHITE = palette.TWIN_LEVELS**2
"""Where the background stands in ``palette.twin_table``."""


def steps(levels: Levels, n_steps: int = palette.LEVELS) -> np.ndarray:
    """Step of brightness of each map at each drawn spot: (n_genes, n_drawn) uint8."""
    return (levels.brightness.T * np.float32(n_steps - 1) + np.float32(0.5)).astype(np.uint8)


def twin_steps(first: Levels, second: Levels) -> np.ndarray:
    """Index in ``palette.twin_table`` of pairs of maps at each drawn spot: (n_pairs, n_drawn) uint8."""
    return steps(first, palette.TWIN_LEVELS) * np.uint8(palette.TWIN_LEVELS) + steps(second, palette.TWIN_LEVELS)


def paint(index: np.ndarray, shown: np.ndarray, table: np.ndarray, background: int = WHITE) -> np.ndarray:
    """Pictures from a colour for each drawn spot: (n, size, size, 3) uint8.

    Args:
        index: (n, n_drawn) uint8, row of the table for each picture and drawn spot.
        shown: (size²,) drawn spot of each pixel; n_drawn for none.
        table: (n_colours, 3) uint8.
        background: row of the table for pixels without a spot.
    """
    n, n_drawn = index.shape
    size = round(len(shown) ** 0.5)
    with_background = np.full((n, n_drawn + 1), background, np.uint8)
    with_background[:, :n_drawn] = index
    # One item of three bytes is several times quicker to look up than three items.
    colours = np.take(table.view("V3")[:, 0], np.take(with_background, shown, axis=1))
    return colours.view(np.uint8).reshape(n, size, size, 3)
