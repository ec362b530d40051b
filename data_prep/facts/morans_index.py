"""Moran's I: how much neighbouring spots resemble each other, with its jackknife error and its z score."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from data_prep.facts.block_jackknife import jackknife_error
from data_prep.facts.labelled_tissue import LabelledTissue


def morans_i(tissue: LabelledTissue, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Moran's I of each gene on the graph of neighbouring spots, and its jackknife error.

    ``scanpy.metrics.morans_i`` gives the same index (a test compares them), without an error.

    Args:
        tissue: the labelled spots.
        values: (n, n_genes) values of the spots.

    Returns:
        (n_genes,) indices, 0 for constant values; and their errors.
    """
    graph, blocks = tissue.adjacency, tissue.block_matrix
    x = values - values.mean(axis=0)
    beside, degree = graph @ x, _row_sums(graph)
    inside = _within_blocks(tissue)
    # A block takes along every edge with an end in it. Edges have two directions; those within it must not count twice.
    products = blocks @ (x * (2 * beside - inside @ x))
    ends = blocks @ (2 * (degree * x + beside) - (_row_sums(inside) * x + inside @ x))
    edges = blocks @ (2 * degree - _row_sums(inside))
    squares = x * x
    index = _index(len(x), graph.nnz, (x * beside).sum(axis=0), squares.sum(axis=0))
    # Moments of the other blocks about the old mean, then about their own.
    n = len(x) - _row_sums(blocks)
    mean = -(blocks @ x) / np.maximum(n, 1)
    n_edges = graph.nnz - edges
    shared = (x * beside).sum(axis=0) - products
    shared += mean**2 * n_edges - mean * (2 * (degree * x).sum(axis=0) - ends)
    spread = squares.sum(axis=0) - blocks @ squares - n * mean**2
    left_out = _index(n, n_edges, shared, spread).T
    return index, jackknife_error(left_out, np.ones(left_out.shape, bool))


def null_spread(tissue: LabelledTissue) -> float:
    """Standard deviation of Moran's I without a pattern, under normality (Cliff and Ord, Spatial Processes, 1981)."""
    n, degree = len(tissue), _row_sums(tissue.adjacency)
    weight = degree.sum()
    variance = (n**2 * 2 * weight - n * 4 * (degree**2).sum() + 3 * weight**2) / (weight**2 * (n**2 - 1))
    variance -= 1 / (n - 1) ** 2
    return float(np.sqrt(max(variance, 1e-12)))


def _index(n: np.ndarray | int, n_edges: np.ndarray | int, shared: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Moran's I from the sum of products over directed edges and the sum of squares."""
    varies = spread > 1e-9
    return np.where(varies, n / np.maximum(n_edges, 1) * shared / np.where(varies, spread, 1.0), 0.0)


def _within_blocks(tissue: LabelledTissue) -> sp.csr_matrix:
    """The edges between spots of one block."""
    graph = tissue.adjacency
    same = np.repeat(tissue.block, np.diff(graph.indptr)) == tissue.block[graph.indices]
    return sp.csr_matrix((same.astype(float), graph.indices, graph.indptr), shape=graph.shape)


def _row_sums(matrix: sp.csr_matrix) -> np.ndarray:
    """(n, 1) sums."""
    return np.asarray(matrix.sum(axis=1)).reshape(-1, 1)
