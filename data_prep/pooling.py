"""Pooling: counts are summed over neighbouring spots before they are drawn, by one rule for every slide.

A map of a gene with 0.2 counts per spot looks like noise. Summed over each spot's nearest spots it becomes a picture.
The number of pooled spots depends only on the gene's mean count and on the number of spots of the slide, so the figure
contract can state the rule.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

LADDER = (1, 7, 19, 37, 61, 127)
"""Pool sizes: one spot, or a spot with its first one, two, three, four or six hexagonal rings."""
TARGET_COUNTS = 6.0
"""Mean counts of a gene in a pool: a Poisson error of 40 %, well below a two-fold change."""
SPOTS_PER_POOL = 60
"""A pool is at most 1/60 of the spots, so a slide of a few hundred spots is not pooled at all."""


def pool_sizes(mean_counts: np.ndarray, n_spots: int) -> np.ndarray:
    """Number of spots to pool for each gene.

    Args:
        mean_counts: (n_genes,) mean counts per spot of the slide.
        n_spots: number of spots of the slide.

    Returns:
        (n_genes,) values of ``LADDER``: the smallest that reaches ``TARGET_COUNTS``, else the largest that the slide
        has enough spots for.
    """
    affordable = [k for k in LADDER if k == 1 or k * SPOTS_PER_POOL <= n_spots]
    enough = np.asarray(affordable)[None, :] * np.asarray(mean_counts)[:, None] >= TARGET_COUNTS
    first = np.where(enough.any(axis=1), enough.argmax(axis=1), len(affordable) - 1)
    return np.asarray(affordable)[first]


def largest_pool(n_spots: int, most: int) -> int:
    """The largest pool size of ``LADDER`` that a slide has enough spots for, and that is not above ``most``."""
    return max(k for k in LADDER if k == 1 or (k <= most and k * SPOTS_PER_POOL <= n_spots))


def pooling_matrix(xy: np.ndarray, k: int, group: np.ndarray | None = None) -> sp.csr_matrix:
    """Matrix of zeros and ones, (n, n): row i has ones at the k spots nearest to spot i, itself included.

    Args:
        xy: (n, 2) positions.
        k: pool size; a group smaller than k is pooled whole.
        group: (n,) integer labels; pools stay within a label. None pools over the whole tissue.
    """
    if k == 1:
        return sp.identity(len(xy), dtype=np.float32, format="csr")
    labels = np.zeros(len(xy), np.int64) if group is None else group
    rows, columns = [], []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        size = min(k, members.size)
        _, index = cKDTree(xy[members]).query(xy[members], k=size)
        rows.append(np.repeat(members, size))
        columns.append(members[np.asarray(index).ravel()])
    row, column = np.concatenate(rows), np.concatenate(columns)
    return sp.csr_matrix((np.ones(row.size, np.float32), (row, column)), shape=(len(xy), len(xy)))
