"""The graph of neighbouring spots.

It joins each spot to its nearest six (the neighbours on a hexagonal Visium grid), without edges that bridge a gap in
the tissue. So it is valid for spots and for single cells.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

NEIGHBOURS = 6
GAP = 3.0
"""An edge longer than this many times the median edge bridges a gap in the tissue and is cut."""


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
