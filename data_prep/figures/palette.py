"""The colours of every figure: an expression scale, in colour and in grey of the same brightness, and niche colours."""

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
"""Niches take these in order of size; a model names a neighbour by its colour, and the caller puts the name back."""

_STOPS = ((46, 16, 90), (110, 20, 130), (190, 45, 100), (240, 100, 50), (252, 170, 40), (255, 240, 120))
"""Dark violet, over red and orange, to pale yellow: brightness rises steadily, and no step of it is grey or white."""
LUMA = np.array([0.299, 0.587, 0.114])


LEVELS = 120
"""Steps of brightness: finer than an eye tells, and few enough for all colours of figures to fit in one byte."""


def expression_table(levels: int = LEVELS) -> np.ndarray:
    """(levels, 3) uint8: brightness step → colour, from none (dark violet) to most (pale yellow)."""
    stops = np.asarray(_STOPS, float)
    # Steps of equal brightness: place the stops by their luma, so that the scale is linear to the eye and to a model.
    luma = stops @ LUMA
    at = np.linspace(luma[0], luma[-1], levels)
    return np.stack([np.interp(at, luma, stops[:, channel]) for channel in range(3)], axis=1).round().astype(np.uint8)


def grey_table(levels: int = LEVELS) -> np.ndarray:
    """(levels, 3) uint8: the same steps in grey of the same luma."""
    luma = (expression_table(levels) @ LUMA).round().astype(np.uint8)
    return np.repeat(luma[:, None], 3, axis=1)


@lru_cache(maxsize=1)
def figure_table() -> np.ndarray:
    """(2 × LEVELS + 13, 3) uint8: every colour of every figure.

    ``LEVELS`` steps in colour, as many in grey, then background, the black of asked niches and letters, tissue without
    a niche, and the niche colours in their order.
    """
    marks = [BACKGROUND, ASKED, UNLABELLED, *NICHE_COLOURS.values()]
    return np.concatenate([expression_table(), grey_table(), np.asarray(marks, np.uint8)])
