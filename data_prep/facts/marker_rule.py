"""The marker rule: which genes mark which niche. It decides every label and every verdict.

The test is the one-vs-rest Wilcoxon rank-sum test on log1p(counts per median depth), as in
``scanpy.tl.rank_genes_groups``, adjusted by Benjamini-Hochberg over the genes of a slide. log1p of many small counts
and log1p of few large counts differ even if the expression is the same. So if the spots of a niche are deeper or
shallower than the rest of the tissue by more than ``DEPTH_RATIO_LIMIT``, the counts of the deeper side are first
thinned binomially to equal depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import scipy.sparse as sp

from data_prep.errors import NicheLensError
from data_prep.facts.normalisation import log_normalised
from data_prep.gene_columns import GENE_BLOCK, release
from data_prep.slide import Slide

LOG2FC_MARKER = 1.0
"""A marker's mean expression in the niche is at least twice that of the rest; the usual cut of the field."""
LOG2FC_NOT = 0.5
"""Below this a gene is "not a marker". Between the two thresholds a gene is ambiguous."""
Q_MARKER = 0.01
Q_NOT = 0.05
DETECTED_MIN = 0.10
"""A marker is detected in at least this fraction of the niche's spots."""
LOG2FC_STRONG = 2.0
"""An enrichment from this fold change on (four-fold) is called strong."""
DEPTH_RATIO_LIMIT = 1.25
"""Ratio of median depths, niche over rest or its inverse, above which both are compared at equal depth."""
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


@dataclass(frozen=True, eq=False)
class MarkerBlock:
    """The statistics of some genes, with raw p values; q values need all genes. Arrays as in ``MarkerTable``."""

    log2fc: np.ndarray
    p_value: np.ndarray
    frac_in: np.ndarray
    frac_out: np.ndarray


def measure_markers(slide: Slide) -> MarkerTable:
    """Measure marker statistics for every gene and niche of a slide.

    Spots without a niche are left out: they belong neither to a niche nor to its rest.

    Args:
        slide: a slide with at least two niches.

    Raises:
        NicheLensError: the slide has fewer than two niches.
    """
    if len(slide.niches) < 2:
        message = f"{slide.name}: {len(slide.niches)} niche(s); a marker needs a niche and a rest, so give at least two"
        raise NicheLensError(message)
    return marker_table(slide, [measure_block(slide, start) for start in range(0, slide.n_genes, GENE_BLOCK)])


def measure_block(slide: Slide, first_gene: int) -> MarkerBlock:
    """Measure ``GENE_BLOCK`` genes from ``first_gene`` on, which must be a multiple of it: it seeds the thinning."""
    labelled = slide.niche >= 0
    niche = slide.niche[labelled]
    depth = slide.depth[labelled]
    counts = slide.counts[:, first_gene : first_gene + GENE_BLOCK]
    if not labelled.all():
        counts = counts[labelled]
    ratio = depth_ratios(slide)
    size = np.bincount(niche, minlength=len(slide.niches))
    detected = _sum_by_niche(counts, np.ones(counts.nnz), niche, len(size))
    frac_in = detected / np.maximum(size, 1)
    frac_out = (detected.sum(axis=1, keepdims=True) - detected) / np.maximum(size.sum() - size, 1)
    log2fc, p_value = _wilcoxon(counts, depth, niche, size)
    for code in np.flatnonzero((size > 0) & (np.maximum(ratio, 1 / ratio) > DEPTH_RATIO_LIMIT)):
        inside = niche == code
        target = min(np.median(depth[inside]), np.median(depth[~inside]))
        keep = np.minimum(1.0, target / np.maximum(depth, 1e-9))
        thinned = thin(counts, keep, (THINNING_SEED, int(code), first_gene))
        fold, p = _wilcoxon(thinned, depth * keep, inside.astype(np.int32), np.bincount(inside, minlength=2))
        log2fc[:, code], p_value[:, code] = fold[:, 1], p[:, 1]
    release(slide.counts.data, slide.counts.indices)
    return MarkerBlock(log2fc.astype(np.float32), p_value, frac_in.astype(np.float32), frac_out.astype(np.float32))


def marker_table(slide: Slide, blocks: Sequence[MarkerBlock]) -> MarkerTable:
    """Join the blocks of all genes, in order, and adjust their p values."""
    from scipy.stats import false_discovery_control

    log2fc, p_value, frac_in, frac_out = (
        np.concatenate([getattr(block, field.name) for block in blocks]) for field in fields(MarkerBlock)
    )
    q_value = false_discovery_control(p_value, axis=0).astype(np.float32)
    return MarkerTable(log2fc, q_value, frac_in, frac_out, label_genes(log2fc, q_value, frac_in), depth_ratios(slide))


def depth_ratios(slide: Slide) -> np.ndarray:
    """Median depth of each niche's spots over that of the other labelled spots; 1 for a niche without spots."""
    labelled = slide.niche >= 0
    niche, depth = slide.niche[labelled], slide.depth[labelled]
    ratio = np.ones(len(slide.niches))
    for code in np.unique(niche):
        ratio[code] = np.median(depth[niche == code]) / max(np.median(depth[niche != code]), 1e-9)
    return np.maximum(ratio, 1e-9)


def label_genes(log2fc: np.ndarray, q_value: np.ndarray, frac_in: np.ndarray) -> np.ndarray:
    """Apply the thresholds of this module: 1 marker, 0 not a marker, -1 ambiguous (same shape as the inputs)."""
    label = np.full(log2fc.shape, -1, np.int8)
    label[(log2fc < LOG2FC_NOT) | (q_value > Q_NOT)] = 0
    label[(q_value < Q_MARKER) & (log2fc >= LOG2FC_MARKER) & (frac_in >= DETECTED_MIN)] = 1
    return label


def thin(counts: sp.csc_matrix, keep: np.ndarray, seed: int | Sequence[int]) -> sp.csc_matrix:
    """Keep each count of spot i with probability ``keep[i]`` (binomial thinning), as if it were sequenced less.

    Fractional counts (volume-normalised imaging data) are first rounded at random to one of their two neighbours.

    Args:
        counts: n_spots × n_genes.
        keep: (n_spots,) probabilities in 0..1.
        seed: seed of the generator; same seed, same counts.
    """
    rng = np.random.default_rng(seed)
    thinned = counts.tocsc(copy=True).astype(np.float32)
    whole = np.floor(thinned.data)
    whole += rng.random(whole.size) < thinned.data - whole
    thinned.data = rng.binomial(whole.astype(np.int64), keep[thinned.indices]).astype(np.float32)
    thinned.eliminate_zeros()
    return thinned


def _wilcoxon(
    counts: sp.csc_matrix, depth: np.ndarray, niche: np.ndarray, size: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """log2 fold change and two-sided p (n_genes × n_niches) of each niche against the rest.

    The numbers are those of ``scanpy.tl.rank_genes_groups(method="wilcoxon")`` (a test compares them). Only non-zero
    counts are ranked: zeros are one tie at the bottom with a known rank. This is much faster on sparse counts.

    Args:
        counts: of some genes; spots without a niche left out.
        depth: (n_spots,) total counts over all genes.
        niche: (n_spots,) code of each spot.
        size: spots of each niche.
    """
    from scipy.stats import norm

    value = log_normalised(counts, depth).data
    n_spots = counts.shape[0]
    n_zero = n_spots - np.diff(counts.indptr)
    rank = _average_ranks(value, counts.indptr, n_zero)
    n_niches = len(size)
    n_out = n_spots - size
    zeros_in = size - _sum_by_niche(counts, np.ones(counts.nnz), niche, n_niches)
    rank_sum = _sum_by_niche(counts, rank, niche, n_niches) + zeros_in * ((n_zero + 1) / 2)[:, None]
    spread = np.sqrt(np.maximum(size * n_out * (n_spots + 1) / 12, 1e-9))
    p_value = np.minimum(2 * norm.sf(np.abs((rank_sum - size * (n_spots + 1) / 2) / spread)), 1.0)
    sum_in = _sum_by_niche(counts, value, niche, n_niches)
    mean_in = np.expm1(sum_in / np.maximum(size, 1))
    mean_out = np.expm1(np.maximum(sum_in.sum(axis=1, keepdims=True) - sum_in, 0) / np.maximum(n_out, 1))
    log2fc = np.log2((mean_in + 1e-9) / (mean_out + 1e-9))
    absent = size == 0
    log2fc[:, absent], p_value[:, absent] = 0.0, 1.0
    return log2fc, p_value


def _sum_by_niche(counts: sp.csc_matrix, weight: np.ndarray, niche: np.ndarray, n_niches: int) -> np.ndarray:
    """Sum of the weights of each gene's stored counts in each niche, (n_genes, n_niches)."""
    n_genes = counts.shape[1]
    gene = np.repeat(np.arange(n_genes), np.diff(counts.indptr))
    cell = gene * n_niches + niche[counts.indices]
    return np.bincount(cell, weight, n_genes * n_niches).reshape(n_genes, n_niches)


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
