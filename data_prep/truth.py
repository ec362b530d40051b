"""Which genes mark which niche: the one documented rule behind every label and every verdict.

One-vs-rest Wilcoxon rank-sum test on log1p(counts per median depth), as ``scanpy.tl.rank_genes_groups`` does it,
Benjamini-Hochberg over the genes of a slide. Depth is not biology: a niche whose spots are deeper or shallower than the
rest of the tissue by more than ``DEPTH_RATIO_LIMIT`` is first compared at equal depth, the deeper side's counts thinned
binomially, because log1p of many small counts and log1p of few large ones differ even where the expression is the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from data_prep.errors import NicheLensError
from data_prep.slide import Slide

LOG2FC_MARKER = 1.0
"""A marker's mean expression in the niche is at least twice that of the rest; the usual cut of the field."""
LOG2FC_NOT = 0.5
"""Below this a gene is called "not a marker"; between the two lies the ambiguous zone."""
Q_MARKER = 0.01
Q_NOT = 0.05
DETECTED_MIN = 0.10
"""A marker is detected in at least this fraction of the niche's spots."""
LOG2FC_STRONG = 2.0
"""From here on (four-fold) an enrichment is called strong."""
DEPTH_RATIO_LIMIT = 1.25
"""Median depth in the niche over the rest, or its inverse, beyond which both are compared at equal depth."""
THINNING_SEED = 20260


@dataclass(frozen=True, eq=False)
class MarkerTable:
    """Marker statistics of one slide; every array is n_genes × n_niches unless said otherwise.

    Attributes:
        log2fc: log2 fold change of niche over rest, from the means of the log-normalised counts (scanpy's definition).
        q_value: Benjamini-Hochberg adjusted p of the Wilcoxon test, over the slide's genes, in 0..1.
        frac_in: fraction of the niche's spots in which the gene is detected.
        frac_out: the same for the labelled spots outside the niche.
        label: int8; 1 marker, 0 not a marker, -1 ambiguous.
        depth_ratio: (n_niches,) median depth of the niche's spots over that of the rest, before any thinning.
    """

    log2fc: np.ndarray
    q_value: np.ndarray
    frac_in: np.ndarray
    frac_out: np.ndarray
    label: np.ndarray
    depth_ratio: np.ndarray


def measure_markers(slide: Slide) -> MarkerTable:
    """Measures marker statistics for every gene and niche of a slide.

    Spots without a niche take no part: they are neither in a niche nor in its rest.

    Args:
        slide: A slide with at least two niches.

    Raises:
        NicheLensError: The slide has fewer than two niches.
    """
    if len(slide.niches) < 2:
        msg = f"{slide.name}: {len(slide.niches)} niche(s); a marker needs a niche and a rest, so give at least two"
        raise NicheLensError(msg)
    labelled = slide.niche >= 0
    counts = slide.counts[labelled]
    niche = slide.niche[labelled]
    depth = np.asarray(counts.sum(axis=1), dtype=np.float64).ravel()
    shape = (slide.n_genes, len(slide.niches))
    log2fc, q_value = np.zeros(shape, np.float32), np.ones(shape, np.float32)
    frac_in, frac_out = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    ratio = np.ones(len(slide.niches))
    detected = counts.astype(bool)
    for code in np.unique(niche):
        inside = niche == code
        frac_in[:, code] = np.asarray(detected[inside].mean(axis=0)).ravel()
        frac_out[:, code] = np.asarray(detected[~inside].mean(axis=0)).ravel()
        ratio[code] = np.median(depth[inside]) / max(np.median(depth[~inside]), 1e-9)
    skewed = [c for c in np.unique(niche) if max(ratio[c], 1 / max(ratio[c], 1e-9)) > DEPTH_RATIO_LIMIT]
    level = [c for c in np.unique(niche) if c not in skewed]
    if level:
        log2fc[:, level], q_value[:, level] = _wilcoxon(counts, niche, level)
    for code in skewed:
        inside = niche == code
        target = min(np.median(depth[inside]), np.median(depth[~inside]))
        thinned = thin(counts, np.minimum(1.0, target / np.maximum(depth, 1e-9)), THINNING_SEED + int(code))
        log2fc[:, [code]], q_value[:, [code]] = _wilcoxon(thinned, inside.astype(np.int32), [1])
    return MarkerTable(log2fc, q_value, frac_in, frac_out, label_genes(log2fc, q_value, frac_in), ratio)


def label_genes(log2fc: np.ndarray, q_value: np.ndarray, frac_in: np.ndarray) -> np.ndarray:
    """Applies the thresholds of this module: 1 marker, 0 not a marker, -1 ambiguous (same shape as the inputs)."""
    label = np.full(log2fc.shape, -1, np.int8)
    label[(log2fc < LOG2FC_NOT) | (q_value > Q_NOT)] = 0
    label[(q_value < Q_MARKER) & (log2fc >= LOG2FC_MARKER) & (frac_in >= DETECTED_MIN)] = 1
    return label


def thin(counts: sp.csr_matrix, keep: np.ndarray, seed: int) -> sp.csr_matrix:
    """Keeps each count of spot i with probability ``keep[i]`` (binomial thinning), as if it were sequenced less.

    Fractional counts (volume-normalised imaging data) are first rounded at random to one of their two neighbours.

    Args:
        counts: n_spots × n_genes.
        keep: (n_spots,) probabilities in 0..1.
        seed: Seed of the generator; same seed, same counts.
    """
    rng = np.random.default_rng(seed)
    thinned = counts.tocsr(copy=True).astype(np.float32)
    per_entry = np.repeat(keep, np.diff(thinned.indptr))
    whole = np.floor(thinned.data)
    whole += rng.random(whole.size) < thinned.data - whole
    thinned.data = rng.binomial(whole.astype(np.int64), per_entry).astype(np.float32)
    thinned.eliminate_zeros()
    return thinned


def _wilcoxon(counts: sp.csr_matrix, niche: np.ndarray, codes: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """log2 fold change and q (n_genes × len(codes)) of each niche code against the rest.

    The numbers are those of ``scanpy.tl.rank_genes_groups(method="wilcoxon")`` (a test compares them), from the
    non-zero counts alone: zeros are one tie at the bottom whose rank is known, which is far faster on sparse counts.
    """
    from scipy.stats import false_discovery_control, norm

    depth = np.asarray(counts.sum(axis=1)).ravel()
    scale = np.where(depth > 0, np.median(depth[depth > 0]) / np.maximum(depth, 1e-9), 0.0)
    logged = (sp.diags(scale) @ counts).astype(np.float32).log1p().tocsc()
    n_spots, n_genes = logged.shape
    gene = np.repeat(np.arange(n_genes), np.diff(logged.indptr))
    n_zero = n_spots - np.diff(logged.indptr)
    rank = _average_ranks(logged, gene, n_zero)
    log2fc = np.zeros((n_genes, len(codes)), np.float32)
    q_value = np.ones_like(log2fc)
    total = np.bincount(gene, logged.data, n_genes)
    for column, code in enumerate(codes):
        inside = niche[logged.indices] == code
        n_in = int(np.count_nonzero(niche == code))
        n_out = n_spots - n_in
        zeros_in = n_in - np.bincount(gene[inside], minlength=n_genes)
        rank_sum = np.bincount(gene[inside], rank[inside], n_genes) + zeros_in * (n_zero + 1) / 2
        spread = np.sqrt(n_in * n_out * (n_spots + 1) / 12)
        z = (rank_sum - n_in * (n_spots + 1) / 2) / spread
        q_value[:, column] = false_discovery_control(np.minimum(2 * norm.sf(np.abs(z)), 1.0))
        sum_in = np.bincount(gene[inside], logged.data[inside], n_genes)
        mean_in, mean_out = np.expm1(sum_in / n_in), np.expm1((total - sum_in) / n_out)
        log2fc[:, column] = np.log2((mean_in + 1e-9) / (np.maximum(mean_out, 0) + 1e-9))
    return log2fc, q_value


def _average_ranks(logged: sp.csc_matrix, gene: np.ndarray, n_zero: np.ndarray) -> np.ndarray:
    """Rank (from 1, ties averaged, zeros counted below) of every stored value among its gene's n_spots values."""
    order = np.lexsort((logged.data, gene))
    value, owner = logged.data[order], gene[order]
    starts = np.flatnonzero(np.r_[True, (value[1:] != value[:-1]) | (owner[1:] != owner[:-1])])
    ends = np.r_[starts[1:], value.size]
    within = np.repeat((starts + ends + 1) / 2, ends - starts) - logged.indptr[owner]
    rank = np.empty(value.size)
    rank[order] = within + n_zero[owner]
    return rank
