"""The genes that vary most over a slide, measured a block of genes at a time."""

from __future__ import annotations

import numpy as np

from data_prep.facts.normalisation import log_normalised
from data_prep.gene_columns import gene_blocks
from data_prep.slide import Slide

DIGITS = 9
"""Decimals of a variance: far more than counts tell, and fewer than rounding of sums changes."""


def variable_genes(slide: Slide, n: int | None = None) -> list[str]:
    """The ``n`` genes with the largest variance of log1p(counts per median depth), in falling order; None gives all."""
    return [str(gene) for gene in slide.genes[np.argsort(-gene_variances(slide), kind="stable")[:n]]]


def gene_variances(slide: Slide) -> np.ndarray:
    """Variance of log1p(counts per median depth) of each gene, float64 of shape (n_genes,).

    Sums depend on the order of the spots in their last digits, so the variances are rounded: the ranks do not.
    """
    variance = np.zeros(slide.n_genes)
    for first, block in gene_blocks(slide.counts):
        value = log_normalised(block, slide.depth).astype(np.float64)
        total, squares = (np.asarray(part.sum(axis=0)).ravel() for part in (value, value.power(2)))
        variance[first : first + len(total)] = squares / slide.n_spots - (total / slide.n_spots) ** 2
    return np.round(variance, DIGITS)
