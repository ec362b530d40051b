"""The outline of the tissue: how far each spot lies from the edge.

The tissue is drawn on a fine grid and closed (dilated, then eroded), so that gaps between single cells are no edges.
Large holes are.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree

PIXELS_PER_PITCH = 2
CLOSING = 2.0
"""Gaps up to twice this many pitches wide are closed. Neighbours on an array are 1 pitch apart."""
MOST_PIXELS = 1500
"""Longest side of the grid; a spot far away from all others must not ask for more memory."""


def pitch_of(xy: np.ndarray) -> float:
    """Typical distance between neighbouring spots: the median distance to the third nearest.

    It is the pitch of a square and of a hexagonal array. The nearest cells may lie almost on top of each other.
    """
    distance, _ = cKDTree(xy).query(xy, k=[min(4, len(xy))])
    positive = distance[distance > 0]
    return float(np.median(positive)) if positive.size else 1.0


def distance_to_edge(xy: np.ndarray, pitch: float) -> np.ndarray:
    """Distance of each spot to the edge of the tissue, float64 of shape (n_spots,), in the units of ``xy``.

    Spots at the very edge have about 0.

    Args:
        xy: (n_spots, 2) positions.
        pitch: typical distance between neighbouring spots, see `pitch_of`.
    """
    low = xy.min(axis=0)
    pixel = max(pitch / PIXELS_PER_PITCH, float(np.ptp(xy, axis=0).max()) / MOST_PIXELS)
    reach = CLOSING * pitch
    margin = int(np.ceil(reach / pixel)) + 2
    at = np.round((xy - low) / pixel).astype(np.int64) + margin
    empty = np.ones(at.max(axis=0) + margin + 1, bool)
    empty[at[:, 0], at[:, 1]] = False
    # The grid grows by the reach and shrinks again: spots at a straight edge have a distance of about one pixel.
    near = distance_transform_edt(empty, sampling=pixel) <= reach
    inward = distance_transform_edt(near, sampling=pixel)
    return np.maximum(inward[at[:, 0], at[:, 1]] - reach - pixel, 0.0)
