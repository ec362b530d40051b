"""The field's usual test, for comparison: Wilcoxon's rank sums of each niche against the rest.

It decides nothing here. It takes spots for independent samples and log-normalised counts for comparable at any depth,
see the head of ``marker_rule`` for what is used instead.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.normalisation import log_normalised
from data_prep.facts.spot_set_contrasts import sum_by_cell
from data_prep.gene_columns import GENE_BLOCK, release


def wilcoxon_q(tissue: LabelledTissue) -> np.ndarray:
    """Benjamini-Hochberg adjusted p of every gene and niche, over the genes of each niche: (n_genes, n_niches)."""
    from scipy.stats import false_discovery_control

    slide = tissue.slide
    p_value = []
    for start in range(0, slide.n_genes, GENE_BLOCK):
        counts = tissue.counts(slice(start, start + GENE_BLOCK))
        p_value.append(rank_genes(counts, tissue.depth, tissue.niche, tissue.n_niches)[1])
        release(slide.counts.data, slide.counts.indices)
    return false_discovery_control(np.concatenate(p_value), axis=0)


def rank_genes(
    counts: sp.csc_matrix, depth: np.ndarray, niche: np.ndarray, n_niches: int
) -> tuple[np.ndarray, np.ndarray]:
    """log2 fold change and two-sided p, (n_genes, n_niches) each, of each niche against the rest.

    The numbers are those of ``scanpy.tl.rank_genes_groups(method="wilcoxon")`` on log1p(counts per median depth); a
    test compares them. Only non-zero counts are ranked: zeros are one tie at the bottom with a known rank. This is much
    faster on sparse counts.

    Args:
        counts: (n, n_genes) counts.
        depth: (n,) total counts over all genes.
        niche: (n,) niche of each spot.
        n_niches: number of niches. One without spots has fold change 0 and p 1.
    """
    from scipy.special import ndtr

    value = log_normalised(counts, depth).data
    n_spots = counts.shape[0]
    size = np.bincount(niche, minlength=n_niches)
    n_out = n_spots - size
    n_zero = n_spots - np.diff(counts.indptr)
    rank = _average_ranks(value, counts.indptr, n_zero)
    detected, rank_sum, sum_in = (
        part.T for part in sum_by_cell(counts, (None, rank, value), niche.astype(np.int64), n_niches)
    )
    rank_sum = rank_sum + (size - detected) * ((n_zero + 1) / 2)[:, None]
    spread = np.sqrt(np.maximum(size * n_out * (n_spots + 1) / 12, 1e-9))
    p_value = np.minimum(2 * ndtr(-np.abs((rank_sum - size * (n_spots + 1) / 2) / spread)), 1.0)
    mean_in = np.expm1(sum_in / np.maximum(size, 1))
    mean_out = np.expm1(np.maximum(sum_in.sum(axis=1, keepdims=True) - sum_in, 0) / np.maximum(n_out, 1))
    log2fc = np.log2((mean_in + 1e-9) / (mean_out + 1e-9))
    log2fc[:, size == 0], p_value[:, size == 0] = 0.0, 1.0
    return log2fc, p_value


def _average_ranks(value: np.ndarray, indptr: np.ndarray, n_zero: np.ndarray) -> np.ndarray:
    """Rank (from 1, ties averaged, zeros counted below) of every stored value among its gene's n_spots values."""
    if not value.size:
        return np.zeros(0)
    gene = np.repeat(np.arange(len(indptr) - 1, dtype=np.uint64), np.diff(indptr))
    # Positive floats have the order of their bits, so gene and value form one integer, and one sort is enough.
    key = (gene << np.uint64(32)) | value.astype(np.float32).view(np.uint32)
    order = np.argsort(key)
    ranked = key[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    ends = np.r_[starts[1:], value.size]
    owner = gene[order].astype(np.int64)
    within = np.repeat((starts + ends + 1) / 2, ends - starts) - indptr[owner]
    rank = np.empty(value.size)
    rank[order] = within + n_zero[owner]
    return rank
