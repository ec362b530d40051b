"""The marker rule: which genes mark which niche. It decides every label and every verdict.

A gene's log2 fold change compares its rate in the niche with its rate in the rest of the labelled tissue, with depth as
exposure and a standard error that does not take neighbouring spots for independent samples (``spot_set_contrasts``). A
Wald test against no change gives p, adjusted by Benjamini-Hochberg over the genes of each niche. Three labels:

- marker: log2 fold change at least ``LOG2FC_MARKER``, q below ``Q_MARKER``, detected in at least ``DETECTED_MIN``;
- not a marker: log2 fold change + ``NOT_ERRORS`` standard errors below ``LOG2FC_MARKER``;
- unclear: everything else. Most genes of a sparse slide have too few counts to say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.spot_set_contrasts import SetSums, SpotSets, log_ratios, sum_by_cell
from data_prep.gene_columns import GENE_BLOCK, release

MARKER, NOT_MARKER, UNCLEAR = 1, 0, -1
"""Labels of a gene and niche."""
LOG2FC_MARKER = 1.0
"""A marker's rate in the niche is at least twice that of the rest; the usual cut of the field."""
NOT_ERRORS = 2.0
"""A gene is "not a marker" if ``LOG2FC_MARKER`` lies this many standard errors above its fold change."""
Q_MARKER = 0.01
SMALLEST_Q = 1e-300
"""A smaller q is given as this: a computer would round it to 0, which no q is."""
DETECTED_MIN = 0.10
"""A marker is detected in at least this fraction of the niche's spots."""
UNEVEN_DEPTH = 1.25
"""From this ratio on, people are told that a niche is deeper or shallower than the rest of the slide."""
LOG2FC_STRONG = 2.0
"""An enrichment from this fold change on (four-fold) is called strong."""


@dataclass(frozen=True, eq=False)
class MarkerTable:
    """Marker statistics of one slide; every array is n_genes × n_niches unless said otherwise.

    Attributes:
        log2fc: log2 fold change of the rate, niche over rest; 0 for a niche without spots.
        error: its standard error; infinite for a niche without spots.
        noise: how much of its squared error is counting noise, 0..1 (``Measurement``).
        q_value: Benjamini-Hochberg adjusted p of the Wald test against no change, over the slide's genes, in 0..1.
        frac_in: fraction of the niche's spots in which the gene is detected.
        frac_out: the same for the labelled spots outside the niche.
        label: int8; ``MARKER``, ``NOT_MARKER`` or ``UNCLEAR``.
        depth_ratio: (n_niches,) median depth of the niche's spots over that of the rest.
    """

    log2fc: np.ndarray
    error: np.ndarray
    noise: np.ndarray
    q_value: np.ndarray
    frac_in: np.ndarray
    frac_out: np.ndarray
    label: np.ndarray
    depth_ratio: np.ndarray


@dataclass(frozen=True, eq=False)
class MarkerBlock:
    """The statistics of some genes; q values and labels need all genes. Arrays as in ``MarkerTable``."""

    log2fc: np.ndarray
    error: np.ndarray
    noise: np.ndarray
    frac_in: np.ndarray
    frac_out: np.ndarray


def measure_markers(tissue: LabelledTissue, progress: Callable[[int, int], None] | None = None) -> MarkerTable:
    """Measure marker statistics for every gene and niche of a slide.

    Args:
        tissue: labelled spots.
        progress: called before each block of genes with (genes measured so far, all genes). Its error ends the work.

    Raises:
        NicheLensError: the slide has fewer than two niches.
    """
    slide = tissue.slide
    if len(slide.niches) < 2:
        message = f"{slide.name}: {len(slide.niches)} niche(s); a marker needs a niche and a rest, so give at least two"
        raise NicheLensError(message)
    blocks = []
    for start in range(0, slide.n_genes, GENE_BLOCK):
        if progress:
            progress(start, slide.n_genes)
        blocks.append(measure_block(tissue, start))
    return marker_table(tissue, blocks)


def measure_block(tissue: LabelledTissue, first_gene: int) -> MarkerBlock:
    """Measure ``GENE_BLOCK`` genes from ``first_gene`` on."""
    block = measure_columns(tissue, slice(first_gene, first_gene + GENE_BLOCK))
    release(tissue.slide.counts.data, tissue.slide.counts.indices)
    return block


def measure_columns(tissue: LabelledTissue, columns: slice | np.ndarray) -> MarkerBlock:
    """Measure some genes, given as a slice or as codes."""
    counts = tissue.counts(columns)
    sums = SetSums.of(tissue, counts, SpotSets(tissue.niche, tissue.n_niches))
    k, d = sums.counts, sums.depth
    log2fc, error, noise = log_ratios(k, d, k.sum(axis=0) - k, d.sum(axis=0) - d, sums)
    (detected,) = sum_by_cell(counts, [None], tissue.niche.astype(np.int64), tissue.n_niches)
    measured = np.isfinite(log2fc)
    size = np.bincount(tissue.niche, minlength=tissue.n_niches)[:, None]
    frac_in = detected / np.maximum(size, 1)
    frac_out = (detected.sum(axis=0) - detected) / np.maximum(size.sum() - size, 1)
    ratios = (np.where(measured, *part) for part in ((log2fc, 0.0), (error, np.inf), (noise, 0.0)))
    arrays = (*ratios, frac_in, frac_out)
    return MarkerBlock(*(array.T.astype(np.float32) for array in arrays))


def marker_table(tissue: LabelledTissue, blocks: Sequence[MarkerBlock]) -> MarkerTable:
    """Join the blocks of all genes, in order, adjust their p values and label them."""
    from scipy.special import ndtr
    from scipy.stats import false_discovery_control

    log2fc, error, noise, frac_in, frac_out = (
        np.concatenate([getattr(block, field.name) for block in blocks]) for field in fields(MarkerBlock)
    )
    p_value = np.minimum(2 * ndtr(-np.abs(log2fc.astype(float) / error)), 1.0)
    q_value = np.maximum(false_discovery_control(p_value, axis=0), SMALLEST_Q)
    label = label_genes(log2fc, error, q_value, frac_in)
    return MarkerTable(log2fc, error, noise, q_value, frac_in, frac_out, label, depth_ratios(tissue))


def depth_ratios(tissue: LabelledTissue) -> np.ndarray:
    """Median depth of each niche's spots over that of the other labelled spots; 1 for a niche without spots."""
    ratio = np.ones(tissue.n_niches)
    for code in np.unique(tissue.niche):
        inside = tissue.niche == code
        if not inside.all():
            ratio[code] = np.median(tissue.depth[inside]) / np.median(tissue.depth[~inside])
    return ratio


def label_genes(log2fc: np.ndarray, error: np.ndarray, q_value: np.ndarray, frac_in: np.ndarray) -> np.ndarray:
    """Apply the thresholds of this module: int8 labels of the same shape as the inputs."""
    label = np.full(log2fc.shape, UNCLEAR, np.int8)
    label[log2fc + NOT_ERRORS * error < LOG2FC_MARKER] = NOT_MARKER
    label[(log2fc >= LOG2FC_MARKER) & (q_value < Q_MARKER) & (frac_in >= DETECTED_MIN)] = MARKER
    return label
