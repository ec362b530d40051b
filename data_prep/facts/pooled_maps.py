"""Pooled maps: a gene's rate over the neighbourhood of every labelled spot, as pictures show it.

Pools have the sizes of ``data_prep.pooling``. Maps are made on the slide's own spots, so no statistic depends on the
size of a picture.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.sparse as sp

from data_prep import pooling
from data_prep.facts.labelled_tissue import LabelledTissue

HOT_SPOTS = 0.99
"""A map is cut off at this quantile, so that a few hot spots do not decide a correlation."""

CLEAR_PATTERN = 0.1
"""Relative variance of a clear pattern: that of a gene that is doubled in a fifth of the tissue is 0.11."""


def noise_share(variance: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """The share of variances that a part of them has, 0..1; 1 for constant maps, which have no signal."""
    return np.minimum(variance / np.maximum(spread, 1e-300), 1.0)


class PooledMaps:
    """Makes pooled maps of the genes of one slide.

    Args:
        tissue: the labelled spots.
        within_niche: pool over spots of the same niche only.
    """

    def __init__(self, tissue: LabelledTissue, *, within_niche: bool) -> None:
        self.tissue = tissue
        self.within_niche = within_niche
        self.pool = lru_cache(maxsize=None)(self._make_pool)

    def sizes(self, counts: sp.csc_matrix) -> np.ndarray:
        """(n_genes,) pool size of each gene."""
        n = len(self.tissue)
        mean = np.asarray(counts.sum(axis=0, dtype=np.float64)).ravel() / max(n, 1)
        return pooling.pool_sizes(mean, n)

    def rates(self, counts: sp.csc_matrix) -> np.ndarray:
        """(n, n_genes) float64 pooled counts per pooled depth, cut off at ``HOT_SPOTS``.

        Args:
            counts: (n, n_genes) of the labelled spots.
        """
        sizes = self.sizes(counts)
        dense = counts.toarray().astype(np.float64)
        rate = np.empty_like(dense)
        for size in np.unique(sizes):
            matrix, depth = self.pool(int(size))
            rate[:, sizes == size] = (matrix @ dense[:, sizes == size]) / depth[:, None]
        top = np.quantile(rate, HOT_SPOTS, axis=0, method="higher")
        return np.minimum(rate, np.where(top > 0, top, np.inf))

    def counting_variance(self, counts: sp.csc_matrix, rate: np.ndarray) -> np.ndarray:
        """(n_genes,) the part of the variance of the maps that is counting noise.

        A pool with k counts and depth d has the rate k / d, and a Poisson variance of k / d².

        Args:
            counts: (n, n_genes) of the labelled spots.
            rate: (n, n_genes) their maps.
        """
        sizes = self.sizes(counts)
        variance = np.empty(len(sizes))
        for size in np.unique(sizes):
            _, depth = self.pool(int(size))
            variance[sizes == size] = (rate[:, sizes == size] / depth[:, None]).mean(axis=0)
        return variance

    def relative_noise(self, counts: sp.csc_matrix, rate: np.ndarray) -> np.ndarray:
        """(n_genes,) ``counting_variance`` over the squared mean of the maps; infinite for a gene without counts."""
        mean = rate.mean(axis=0)
        return np.where(mean > 0, self.counting_variance(counts, rate) / np.where(mean > 0, mean, 1.0) ** 2, np.inf)

    def _make_pool(self, size: int) -> tuple[sp.csr_matrix, np.ndarray]:
        """Pooling matrix and pooled depth of the spots."""
        niche = self.tissue.niche if self.within_niche else None
        matrix = pooling.pooling_matrix(self.tissue.xy, size, niche).astype(np.float64)
        return matrix, matrix @ self.tissue.depth
