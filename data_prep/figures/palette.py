"""The colours of all figures: an expression scale, in colour and in grey of the same brightness, and niche colours."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

BACKGROUND = (255, 255, 255)
ASKED = (0, 0, 0)
"""The asked niche, letters, and the filled part of an evidence bar."""
TISSUE = (205, 205, 205)
"""Tissue of other niches, and the empty part of an evidence bar."""
UNLABELLED = (238, 238, 238)
"""Tissue without a niche, which is not part of any comparison."""
_FLAT = (BACKGROUND, ASKED, TISSUE, UNLABELLED)

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
LEVELS = 100
"""Steps of brightness: finer than the eye resolves, and few enough that the index of any colour fits in one byte."""
TWIN_FIRST, TWIN_SECOND = (240, 112, 0), (0, 88, 225)
"""What the first and the second map of a twin add to a pixel: orange and blue, which colour-blind people tell apart."""
TWIN_DARK = (8, 8, 8)
"""A twin's tissue where both maps are dark."""
TWIN_LEVELS = 15
"""Steps of brightness of each map of a twin, few enough that a pair of steps fits in one byte."""
N_NICHE_COLOURS = 48
"""Colours of niches: the named ones, then others without a name. Further niches take the same colours again."""


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
def niche_table() -> np.ndarray:
    """Colours of the niches, the named ones first: (N_NICHE_COLOURS, 3) uint8.

    Each colour without a name is the one that differs most from all before it and from the greys. Red and green tell
    all colours of figures apart (see `png`), so no two of them are equal in both.
    """
    steps = np.arange(20, 256, 23)
    candidates = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    greys = np.repeat(np.arange(0, 256, 15)[:, None], 3, axis=1)
    chosen = list(NICHE_COLOURS.values())
    taken = np.concatenate([expression_table(), grey_table(), np.asarray([*_FLAT, *chosen], np.uint8)])
    is_free = ~(candidates[:, None, :2] == taken[None, :, :2]).all(axis=-1).any(axis=1)
    candidates = candidates[is_free]
    difference = np.min([_squared_difference(candidates, colour) for colour in [*greys.tolist(), *chosen]], axis=0)
    while len(chosen) < N_NICHE_COLOURS:
        colour = tuple(candidates[difference.argmax()].tolist())
        chosen.append(colour)
        difference = np.minimum(difference, _squared_difference(candidates, colour))
        difference[(candidates[:, :2] == colour[:2]).all(axis=1)] = 0.0
    return np.asarray(chosen, np.uint8)


@lru_cache(maxsize=1)
def figure_table() -> np.ndarray:
    """Every colour of every figure but ``twin``: (2 × LEVELS + 4 + N_NICHE_COLOURS, 3) uint8.

    The order is: ``LEVELS`` steps in colour, as many in grey, the background, black, tissue of other niches, tissue
    without a niche, and the niche colours.
    """
    return np.concatenate([expression_table(), grey_table(), np.asarray(_FLAT, np.uint8), niche_table()])


@lru_cache(maxsize=1)
def twin_table() -> np.ndarray:
    """Every colour of ``twin``: (TWIN_LEVELS² + 4, 3) uint8.

    Row a × TWIN_LEVELS + b has the first map at step a and the second at step b. Then come the background, the empty
    part of a bar, and the filled part of the first and of the second bar.
    """
    step = np.linspace(0.0, 1.0, TWIN_LEVELS)[:, None]
    added = (step * TWIN_FIRST)[:, None] + (step * TWIN_SECOND)[None]
    tissue = np.minimum(np.asarray(TWIN_DARK) + added, 255).round().reshape(-1, 3)
    return np.concatenate([tissue, [BACKGROUND, TISSUE, TWIN_FIRST, TWIN_SECOND]]).astype(np.uint8)


def _squared_difference(colours: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return (((colours - np.asarray(colour)) * (0.55, 0.77, 0.34)) ** 2).sum(axis=1)
