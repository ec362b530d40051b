"""Depth at the edge of the tissue against the tissue just inside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from data_prep.facts.block_jackknife import jackknife_error
from data_prep.facts.measurement import Measurement
from data_prep.facts.spatial_blocks import spatial_blocks

WIDTHS = (0.1, 0.6, 1.1, 1.6, 2.3, 3.2, 4.5, 6.5)
"""Widths of the edge that are tried, in pitches: the outermost spots, and more."""
INSIDE = 5.0
"""The inside ends so many pitches beyond the edge, at least; spots farther away may be another tissue."""
SHARE_OF_WIDTH = 2.0
NEAREST_INSIDE = 12
"""An edge spot is compared with so many of the nearest spots inside, so that slow changes over the tissue cancel."""
FEWEST = 15
"""Fewer spots on either side say little."""
NEARLY = 0.6
"""Widths that stand out this much, as a share of the one that stands out most, may be the whole edge."""
SMALLEST_ERROR = 1e-6
MOST_EDGE = 0.6
"""A tissue that is mostly edge has no inside."""


@dataclass(frozen=True, eq=False)
class EdgeDepth:
    """Depth at the edge.

    Attributes:
        ratio: log2 ratio of depth, edge to inside; NaN where the tissue has no inside.
        spots: boolean (n_spots,), the spots at the edge.
    """

    ratio: Measurement
    spots: np.ndarray


def measure_edge(xy: np.ndarray, residual: np.ndarray, inward: np.ndarray, pitch: float) -> EdgeDepth:
    """The depth at the edge, for the width that explains most.

    Args:
        xy: (n_spots, 2) positions.
        residual: (n_spots,) log2 depth without what biology explains.
        inward: (n_spots,) distance to the edge.
        pitch: distance between neighbouring spots.
    """
    tried = []
    for width in (float(times * pitch) for times in WIDTHS):
        spots = inward <= width
        inside = (inward > width + pitch / 2) & (inward <= width + max(INSIDE * pitch, SHARE_OF_WIDTH * width))
        if min(spots.sum(), inside.sum()) >= FEWEST and spots.mean() <= MOST_EDGE:
            tried.append(EdgeDepth(_contrast(xy, residual, spots, inside), spots))
    if not tried:
        unknown = Measurement(float("nan"), float("nan"))
        return EdgeDepth(unknown, inward <= WIDTHS[0] * pitch)
    z = [edge.ratio.value / max(edge.ratio.error, SMALLEST_ERROR) for edge in tried]
    nearly = [edge for edge, own in zip(tried, z, strict=True) if own <= NEARLY * min(z)]
    if min(z) >= 0:
        return tried[0]
    return max(nearly, key=lambda edge: edge.spots.sum() * edge.ratio.value**2)


def _contrast(xy: np.ndarray, residual: np.ndarray, edge: np.ndarray, inside: np.ndarray) -> Measurement:
    k = min(NEAREST_INSIDE, int(inside.sum()))
    _, near = cKDTree(xy[inside]).query(xy[edge], k=k)
    difference = residual[edge] - residual[inside][near.reshape(int(edge.sum()), k)].mean(axis=1)
    block = spatial_blocks(xy[edge])
    total = np.bincount(block, difference)
    n = np.bincount(block)
    left_out = (total.sum() - total) / np.maximum(n.sum() - n, 1)
    return Measurement(float(difference.mean()), float(jackknife_error(left_out, n > 0)))
