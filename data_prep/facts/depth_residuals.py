"""Depth that biology does not explain: log2 counts of each spot, less what its niche, cell type and genes predict.

Some niches and cell types have more RNA than others. That is no artefact. A spot's genes tell which tissue it is:
the shares of the genes, pooled over neighbours, are reduced to a few principal components, and log depth is regressed
on them and on the labels that the slide has. An artefact that takes counts from all genes alike leaves the shares as
they are, so it stays in the residual.
"""

from __future__ import annotations

import numpy as np

from data_prep import pooling
from data_prep.gene_columns import gene_blocks
from data_prep.slide import Slide

GENES = 200
"""Genes with the most counts that describe the tissue. The rest have too few counts to say more."""
COMPONENTS = 10
POOLED_COUNTS = 1000.0
"""Counts in a pool of neighbours: shares of the main genes then have errors of about 10 %."""
LARGEST_POOL = 37
"""A larger pool would blur the border of a deep niche into a stripe."""
HUBER = 1.345
"""Residuals beyond so many standard deviations get less weight; 95 % efficient for normal errors (Huber 1981)."""
ROUNDS = 5
RIDGE = 1e-3
FEWEST_SPOTS_PER_COLUMN = 20
"""A regression with more columns fits the artefacts too."""


def depth_residuals(slide: Slide) -> np.ndarray:
    """log2 depth of each spot that its tissue does not explain, float64 of shape (n_spots,), with median 0.

    Args:
        slide: with its spots in an order of its own, by position: sums in another order differ by rounding.
    """
    depth = np.log2(slide.depth + 0.5)
    n_components = min(COMPONENTS, slide.n_spots // FEWEST_SPOTS_PER_COLUMN)
    columns = [np.ones((slide.n_spots, 1)), _components(slide, n_components)]
    for code, names in ((slide.niche, slide.niches), (slide.cell_type, slide.cell_types)):
        if names:
            columns.append((code[:, None] == np.arange(len(names))).astype(float))
    residual = depth - robust_fit(np.hstack(columns), depth)
    return residual - np.median(residual)


def _components(slide: Slide, n: int) -> np.ndarray:
    """(n_spots, n) principal components of the pooled shares of the main genes."""
    total = np.concatenate([np.asarray(block.sum(axis=0)).ravel() for _, block in gene_blocks(slide.counts)])
    genes = np.sort(np.argsort(-total, kind="stable")[:GENES])
    n = min(n, len(genes) - 1)
    if n < 1:
        return np.zeros((slide.n_spots, 0))
    sizes = [k for k in pooling.LADDER if k == 1 or (k * pooling.SPOTS_PER_POOL <= slide.n_spots and k <= LARGEST_POOL)]
    k = next((k for k in sizes if k * slide.depth.mean() >= POOLED_COUNTS), sizes[-1])
    pool = pooling.pooling_matrix(slide.xy, k)
    share = (pool @ slide.counts[:, genes]).toarray()
    share /= np.maximum(pool @ slide.depth, 1e-9)[:, None]
    # As in correspondence analysis: the noise of a share is in proportion to the root of its mean.
    share /= np.sqrt(np.maximum(share.mean(axis=0), 1e-12))
    share -= share.mean(axis=0)
    _, axes = np.linalg.eigh(share.T @ share)
    component = share @ axes[:, ::-1][:, :n]
    low, high = np.quantile(component, (0.01, 0.99), axis=0)
    return np.clip(component, low, high) / np.maximum(component.std(axis=0), 1e-12)


def robust_fit(columns: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Fitted values of a ridge regression with Huber weights: (n,).

    Args:
        columns: (n, k) predictors; the first is constant and is not shrunk.
        value: (n,) what is predicted.
    """
    weight = np.ones(len(value))
    fitted = np.zeros(len(value))
    penalty = RIDGE * len(value) * np.eye(columns.shape[1])
    penalty[0, 0] = 0.0
    for _ in range(ROUNDS):
        weighted = columns * weight[:, None]
        fitted = columns @ np.linalg.solve(weighted.T @ columns + penalty, weighted.T @ value)
        residual = value - fitted
        spread = 1.4826 * np.median(np.abs(residual - np.median(residual))) + 1e-9
        weight = np.minimum(1.0, HUBER * spread / np.maximum(np.abs(residual), 1e-12))
    return fitted
