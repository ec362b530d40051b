"""The colours of all figures: an expression scale, in colour and in grey of the same brightness, and niche colours."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

BACKGROUND = (255, 255, 255)
UNLABELLED = (208, 208, 208)
ASKED = (0, 0, 0)

NICHE_COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (214, 39, 40),
    "blue": (31, 90, 200),
    "green": (44, 150, 60),
    "orange": (255, 140, 20),
    "purple": (130, 60, 180),
    "yellow": (240, 215, 40),
    "cyan": (50, 205, 225),
    "pink": (250, 140, 200),
    "brown": (130, 80, 45),
    "lime": (160, 230, 70),
}
"""The largest niche takes the first colour. A model names a niche by its colour; the caller replaces it by the name."""

_STOPS = ((46, 16, 90), (110, 20, 130), (190, 45, 100), (240, 100, 50), (252, 170, 40), (255, 240, 120))
"""From dark violet over red and orange to pale yellow. Brightness rises steadily, and no step is grey or white."""
LUMA = np.array([0.299, 0.587, 0.114])
"""Brightness of red, green and blue (ITU-R BT.601)."""
LEVELS = 120
"""Steps of brightness: finer than the eye resolves, and few enough that the index of any colour fits in one byte."""


def expression_table(levels: int = LEVELS) -> np.ndarray:
    """Colour of each step of brightness, from none (dark violet) to most (pale yellow): (levels, 3) uint8."""
    stops = np.asarray(_STOPS, float)
    # Interpolate by luma, so that the brightness of the steps is linear.
    luma = stops @ LUMA
    at = np.linspace(luma[0], luma[-1], levels)
    return np.stack([np.interp(at, luma, stops[:, channel]) for channel in range(3)], axis=1).round().astype(np.uint8)


def grey_table(levels: int = LEVELS) -> np.ndarray:
    """Grey of the same luma for each step of ``expression_table``: (levels, 3) uint8."""
    luma = (expression_table(levels) @ LUMA).round().astype(np.uint8)
    return np.repeat(luma[:, None], 3, axis=1)


@lru_cache(maxsize=1)
def figure_table() -> np.ndarray:
    """Every colour of every figure: (2 × LEVELS + 13, 3) uint8.

    The order is: ``LEVELS`` steps in colour, as many in grey, the background, the black of asked niches and letters,
    tissue without a niche, and the niche colours.
    """
    flat = [BACKGROUND, ASKED, UNLABELLED, *NICHE_COLOURS.values()]
    return np.concatenate([expression_table(), grey_table(), np.asarray(flat, np.uint8)])
