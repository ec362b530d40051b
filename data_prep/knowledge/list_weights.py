"""Weights with which the genes of a list are added up, as if they were one gene."""

from __future__ import annotations

import numpy as np


def list_weights(totals: np.ndarray) -> np.ndarray:
    """(n_genes,) weights of genes with these total counts; 0 for a gene without any.

    Each weighs one over the square root of its counts: a gene of 10,000 counts then speaks ten times as loudly as one
    of 100, not a hundred times. The weights are scaled so that the sum of the weighed counts has the variance of a
    count (its mean, where the counts are Poisson). So what holds for the counts of a gene holds for the sum.
    """
    weights = np.where(totals > 0, 1 / np.sqrt(np.maximum(totals, 1e-9)), 0.0)
    squares = float((weights**2 * totals).sum())
    return weights * float((weights * totals).sum()) / squares if squares > 0 else weights
