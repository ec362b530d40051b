"""The two standard marker detectors on counts: Wilcoxon's z and the log2 fold change."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from data_prep.facts.normalisation import depth_scale
from data_prep.slide import Slide


def score_counts(slide: Slide, genes: list[str], niches: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Scores pairs of gene and niche against all other labelled spots.

    Counts are divided by depth, multiplied by the median depth and log1p-transformed, as is usual before
    ``scanpy.tl.rank_genes_groups``.

    Args:
        slide: with niches.
        genes: (n,) symbols.
        niches: (n,) names.

    Returns:
        (n,) z of the Wilcoxon rank-sum test with tie correction, positive where the niche is higher, and (n,) log2 fold
        change of the means. A tenth of the gene's mean is added to both sides, so that zero counts give finite values.
    """
    from scipy.stats import rankdata, tiecorrect

    labelled = slide.niche >= 0
    depth, niche = slide.depth[labelled], slide.niche[labelled]
    scale = depth_scale(depth)
    z, fold = np.zeros(len(genes)), np.zeros(len(genes))
    for gene in dict.fromkeys(genes):
        counts = sp.csc_matrix(slide.counts[:, [slide.gene_index(gene)]]).toarray().ravel()[labelled]
        rate = counts * scale
        rank = rankdata(np.log1p(rate))
        ties = tiecorrect(rank)
        for pair in (i for i, name in enumerate(genes) if name == gene):
            inside = niche == slide.niche_index(niches[pair])
            z[pair] = _z(rank, inside, ties)
            small = 0.1 * rate.mean() + 1e-9
            fold[pair] = np.log2((rate[inside].mean() + small) / (rate[~inside].mean() + small))
    return z, fold


def _z(rank: np.ndarray, inside: np.ndarray, ties: float) -> float:
    n, n_in = len(rank), int(inside.sum())
    spread = np.sqrt(ties * n_in * (n - n_in) * (n + 1) / 12)
    return float((rank[inside].sum() - n_in * (n + 1) / 2) / spread) if spread > 0 else 0.0
