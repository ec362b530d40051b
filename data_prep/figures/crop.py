"""Which part of the tissue a figure of one niche shows.

A crop is robust: a few stray spots far from the niche do not shrink it.
"""

from __future__ import annotations

import numpy as np

from data_prep.figures.drawn_spots import DrawnSpots
from data_prep.figures.frame import Frame

TRIM = 0.02
"""Share of a niche's spots on each side, in x and in y, that may lie outside the box around the niche."""
PADDING = 0.10
"""The box grows by this share of its longer edge on each side."""
LEAST_PADDING = 3.0
"""The box grows at least by this many spot spacings, so that the neighbours of the niche are seen."""
FAR = 9.0
"""A spill figure shows the other niche up to this many spot spacings from the box around the niche."""


def niche_frame(drawn: DrawnSpots, code: int, spacing: float) -> Frame:
    """Frame that a niche fills.

    Args:
        drawn: the drawn spots, merged by niche.
        code: of the niche.
        spacing: distance between neighbouring spots.
    """
    low, high = _box(drawn, code)
    pad = max(PADDING * float((high - low).max()), LEAST_PADDING * spacing)
    return Frame.around(low - pad, high + pad)


def border_frame(drawn: DrawnSpots, code: int, other: int, spacing: float) -> Frame:
    """Frame of another niche beside a niche: near enough to see what changes with the distance from the niche.

    Args:
        drawn: the drawn spots, merged by niche.
        code: of the niche.
        other: code of the other niche, which fills the frame as far as it lies near the niche.
        spacing: distance between neighbouring spots.
    """
    low, high = _box(drawn, code)
    pad = max(PADDING * float((high - low).max()), FAR * spacing)
    other_low, other_high = _box(drawn, other)
    low = np.maximum(low - pad, other_low - LEAST_PADDING * spacing)
    high = np.minimum(high + pad, other_high + LEAST_PADDING * spacing)
    if (high <= low).any():  # the niches are far from each other
        return niche_frame(drawn, code, spacing)
    return Frame.around(low, high)


def _box(drawn: DrawnSpots, code: int) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.quantile(drawn.xy[drawn.niche == code], [TRIM, 1 - TRIM], axis=0)
    return low, high
