"""Marker detectors on counts: Wilcoxon's z, the log2 fold change, and the fold change with its error."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import measure_markers
from data_prep.facts.normalisation import depth_scale
from data_prep.slide import Slide

PRIOR_SD = 1.5
"""Standard deviation of the log2 fold changes of a slide before they are measured. Half or twice as much changes the
AUROC by less than 0.01 at 2 % of the counts of DLPFC 151674."""
RAISED = 0.5
"""Log2 fold change from which a gene counts as raised: half-way from none to that of a marker."""


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


def score_fold_with_error(slide: Slide, genes: list[str], niches: list[str]) -> np.ndarray:
    """(n,) how surely each gene is raised in its niche, in standard deviations.

    The log2 fold change has depth as exposure and its error from a spatial block jackknife (`marker_rule`). With a
    normal prior around 0, the mean and the spread of what it may really be follow in closed form.

    Args:
        slide: with niches.
        genes: (n,) symbols.
        niches: (n,) names.
    """
    table = measure_markers(LabelledTissue.of(slide))
    at = [slide.gene_index(gene) for gene in genes], [slide.niche_index(niche) for niche in niches]
    fold, error = table.log2fc[at].astype(float), table.error[at].astype(float)
    precision = 1 / PRIOR_SD**2 + 1 / error**2
    return (fold / error**2 / precision - RAISED) * np.sqrt(precision)


def _z(rank: np.ndarray, inside: np.ndarray, ties: float) -> float:
    n, n_in = len(rank), int(inside.sum())
    spread = np.sqrt(ties * n_in * (n - n_in) * (n + 1) / 12)
    return float((rank[inside].sum() - n_in * (n + 1) / 2) / spread) if spread > 0 else 0.0
