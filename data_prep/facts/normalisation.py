"""Normalisation: counts divided by the depth of their spot, times the median depth."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp


def depth_scale(depth: np.ndarray) -> np.ndarray:
    """Factor that brings each spot to the median depth, float64 of shape (n_spots,).

    Args:
        depth: (n_spots,) total counts. Spots without counts do not enter the median and get the factor 0.
    """
    counted = depth > 0
    if not counted.any():
        return np.zeros(len(depth))
    return np.where(counted, np.median(depth[counted]) / np.maximum(depth, 1e-9), 0.0)


def log_normalised(counts: sp.csc_matrix, depth: np.ndarray) -> sp.csc_matrix:
    """log1p of the counts per median depth, float32 of the same shape.

    Args:
        counts: some genes of all spots, float32 CSC.
        depth: (n_spots,) total counts over all genes.
    """
    scale = depth_scale(depth).astype(np.float32)
    value = np.log1p(counts.data * scale[counts.indices])
    return sp.csc_matrix((value, counts.indices, counts.indptr), shape=counts.shape)
