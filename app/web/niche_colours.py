"""Colours of niches for people, on a light and on a dark page. The figures that the model reads have their own.

Colours are compared in OKLab (Ottosson 2020, https://bottosson.github.io/posts/oklab/), where the distance between two
colours is about as large as people see it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

N_COLOURS = 48
"""Colours that differ; further niches take the same ones again."""
NO_NICHE = {"light": "#cdd3da", "dark": "#47505c"}
"""Grey of tissue without a niche."""
_FIRST = ("#2f6fde", "#f08a24", "#1f9d63", "#d63a4a", "#8e5bd0", "#a8672f", "#e56bb0", "#20a9bd", "#a3b82c", "#e8bf2f")
"""Clear, familiar colours for the largest niches. The others are chosen to differ from them."""
_LIGHTNESS = (0.42, 0.86)
"""Range of OKLab lightness: the colours must stand out on a white and on a dark page."""
_CHROMA = (0.075, 0.2)
"""Range of OKLab chroma: a colour with less looks grey, and one with more glares beside the others."""
_STEPS = 24
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@lru_cache(maxsize=1)
def niche_colours() -> tuple[str, ...]:
    """``N_COLOURS`` colours as "#rrggbb", those for the largest niches first.

    Each colour after the first ones is the candidate that differs most from all before it and from the greys.
    """
    steps = np.linspace(0, 255, _STEPS).round().astype(int)
    candidates = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    lab = oklab(candidates)
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    usable = (
        (lab[:, 0] >= _LIGHTNESS[0]) & (lab[:, 0] <= _LIGHTNESS[1]) & (chroma >= _CHROMA[0]) & (chroma <= _CHROMA[1])
    )
    candidates, lab = candidates[usable], lab[usable]
    chosen = list(_FIRST)
    taken = oklab(np.array([rgb(colour) for colour in [*chosen, *NO_NICHE.values()]]))
    nearest = np.min(np.linalg.norm(lab[:, None] - taken[None], axis=2), axis=1)
    while len(chosen) < N_COLOURS:
        best = int(nearest.argmax())
        chosen.append("#{:02x}{:02x}{:02x}".format(*candidates[best]))
        nearest = np.minimum(nearest, np.linalg.norm(lab - lab[best], axis=1))
    return tuple(chosen)


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0..255, of "#rrggbb"."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def oklab(colours: np.ndarray) -> np.ndarray:
    """OKLab coordinates, (n, 3): lightness 0..1 and two axes of colour.

    Args:
        colours: (n, 3) red, green and blue, 0..255.
    """
    part = np.asarray(colours, float) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T
