"""The graph of neighbouring spots, and the spots at the edge of the tissue.

The graph joins each spot to its nearest six (the neighbours on a hexagonal Visium grid), without edges that bridge a
gap in the tissue. So it is valid for spots and for single cells.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

NEIGHBOURS = 6
GAP = 3.0
"""An edge longer than this many times the median edge bridges a gap in the tissue and is cut."""
EDGE_NEIGHBOURS = 18
"""A spot and its nearest 18 are a hexagon of five spots across."""
EDGE_ANGLE = 135.0
"""A spot is at the edge of the tissue if none of its neighbours lies within so many degrees."""


def spot_graph(xy: np.ndarray) -> sp.csr_matrix:
    """Symmetric n × n graph of neighbouring spots; entries are distances in the units of ``xy``."""
    k = min(NEIGHBOURS, len(xy) - 1)
    distance, index = cKDTree(xy).query(xy, k=k + 1)
    distance, index = distance[:, 1:], index[:, 1:]
    near = distance <= GAP * np.median(distance)
    rows = np.repeat(np.arange(len(xy)), k).reshape(len(xy), k)
    # A distance of zero (two cells at one position) would be no edge in a sparse matrix.
    length = np.maximum(distance[near], 1e-6 * np.median(distance) + 1e-12)
    graph = sp.csr_matrix((length, (rows[near], index[near])), shape=(len(xy), len(xy)))
    return graph.maximum(graph.T)


def edge_spots(xy: np.ndarray) -> np.ndarray:
    """Which spots lie at the edge of the tissue or of a hole in it: boolean, (n,)."""
    k = min(EDGE_NEIGHBOURS, len(xy) - 1)
    _, index = cKDTree(xy).query(xy, k=k + 1)
    x, y = np.moveaxis(xy[index[:, 1:]] - xy[:, None], -1, 0)
    angle = np.sort(np.arctan2(y, x), axis=1)
    gap = np.diff(angle, axis=1, append=angle[:, :1] + 2 * np.pi)
    return gap.max(axis=1) > np.radians(EDGE_ANGLE)
