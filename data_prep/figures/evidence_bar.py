"""Bars below an expression figure that tell its evidence: how many counts full brightness stands for.

A map of four counts and a map of four thousand look alike, because each is scaled to its own brightest spots. The bar
tells them apart. It consists of four blocks, and each block stands for a factor of ten: the filled length is the
logarithm of the counts, from 1 to 10,000, that a sixteenth of the picture would hold at full brightness.

So brightness times area times this number is a number of counts, which is what decides how far chance can reach.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from data_prep.figures.frame import strip_height

BLOCKS = 4
"""Blocks of a bar. Each is a factor of ten, and as wide as a quarter of the picture."""
AREA = 1 / 16
"""Share of the picture that holds the counts."""


def filled_share(evidence: np.ndarray) -> np.ndarray:
    """Share of each bar that is filled, 0..1, from the counts (n,)."""
    return np.clip(np.log10(np.maximum(evidence, 1.0)) / BLOCKS, 0.0, 1.0)


def draw_bars(
    pictures: np.ndarray,
    evidence: Sequence[np.ndarray],
    colours: Sequence[tuple[int, int, int]],
    track: tuple[int, int, int],
) -> None:
    """Draw one bar, or several below each other, into the strip at the bottom of each picture.

    Args:
        pictures: (n, size, size, 3) uint8, changed in place.
        evidence: for each bar, the (n,) counts that a sixteenth of each picture would hold at full brightness.
        colours: colour of the filled part of each bar.
        track: colour of the rest.
    """
    size = pictures.shape[1]
    strip = strip_height(size)
    gap = max(1, strip // 8)
    height = max(1, strip // len(evidence) - gap)
    column = np.arange(size)
    between = (column % (size // BLOCKS) < gap) & (column >= gap)
    top = size - strip + gap  # white above each bar keeps it off the tissue
    for counts, colour in zip(evidence, colours, strict=True):
        filled = column < np.rint(filled_share(np.asarray(counts)) * size)[:, None]
        row = np.where(filled[..., None], np.asarray(colour, np.uint8), np.asarray(track, np.uint8))
        row[:, between] = 255
        pictures[:, top : top + height] = row[:, None]
        top += height + gap
