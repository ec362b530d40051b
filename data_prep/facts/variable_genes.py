"""Which genes vary most over a slide, measured a block of genes at a time."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from data_prep.gene_columns import gene_blocks
from data_prep.slide import Slide


def variable_genes(slide: Slide, n: int | None = None) -> list[str]:
    """Symbols by falling variance of log1p(counts per median depth), the first ``n`` of them."""
    variance = np.zeros(slide.n_genes)
    for first, block in gene_blocks(slide.counts):
        value = log_normalised(slide, block)
        total, squares = (np.asarray(found.sum(axis=0, dtype=np.float64)).ravel() for found in (value, value.power(2)))
        variance[first : first + len(total)] = squares / slide.n_spots - (total / slide.n_spots) ** 2
    return [str(gene) for gene in slide.genes[np.argsort(-variance, kind="stable")[:n]]]


def log_normalised(slide: Slide, counts: sp.csc_matrix) -> sp.csc_matrix:
    """log1p(counts per median depth) of some genes of a slide, of the same shape, float32."""
    scale = (np.median(slide.depth) / np.maximum(slide.depth, 1e-9)).astype(np.float32)
    value = np.log1p(counts.data * scale[counts.indices])
    return sp.csc_matrix((value, counts.indices, counts.indptr), shape=counts.shape)
