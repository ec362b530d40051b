"""Signatures: is a list of genes, taken together, raised in a niche?

The genes of a list are added up as one gene (`list_weights`). The log2 ratio of its rate in the niche to that elsewhere
is that of `spot_set_contrasts`, with its error from the block jackknife. The genes of a list are a sample, too: a
jackknife over them says how much the ratio hangs on single genes. Both errors are added as squares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from data_prep.facts.block_jackknife import jackknife_error
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.measurement import Measurement
from data_prep.facts.spot_set_contrasts import SetSums, SpotSets, log_ratios
from data_prep.knowledge.list_weights import list_weights

FEWEST_GENES = 3
"""A list with fewer genes that have counts is no signature: single genes are markers."""


@dataclass(frozen=True, eq=False)
class Signature:
    """One list on one slide.

    Attributes:
        log2_ratio: (n_niches,) rate in each niche over that elsewhere; NaN with too few genes.
        error: (n_niches,) its standard error.
        noise: (n_niches,) how much of the squared error is counting noise.
        n_genes: genes with counts in the labelled tissue.
    """

    log2_ratio: np.ndarray
    error: np.ndarray
    noise: np.ndarray
    n_genes: int

    def of(self, niche: int) -> Measurement:
        """The ratio in one niche, by its code."""
        return Measurement(float(self.log2_ratio[niche]), float(self.error[niche]), float(self.noise[niche]))


def measure_signature(tissue: LabelledTissue, codes: np.ndarray) -> Signature:
    """Measures one list.

    Args:
        tissue: the labelled spots.
        codes: columns of the list's genes on the slide.
    """
    counts = tissue.counts(np.asarray(codes, dtype=np.int64))
    totals = np.asarray(counts.sum(axis=0), dtype=float).ravel()
    n_genes = int((totals > 0).sum())
    if n_genes < FEWEST_GENES:
        nothing = np.full(tissue.n_niches, np.nan)
        return Signature(nothing, nothing, np.zeros(tissue.n_niches), n_genes)
    weights = list_weights(totals)
    column = sp.csc_matrix(counts @ weights[:, None])
    sums = SetSums.of(tissue, column, SpotSets(tissue.niche, tissue.n_niches))
    k, d = sums.counts, sums.depth
    value, error, noise = (part[:, 0] for part in log_ratios(k, d, k.sum(axis=0) - k, d.sum(axis=0) - d, sums))
    by_gene = _error_over_genes(tissue, counts, weights)
    total = np.sqrt(error**2 + by_gene**2)
    return Signature(value, total, noise * (error / total) ** 2, n_genes)


def _error_over_genes(tissue: LabelledTissue, counts: sp.csc_matrix, weights: np.ndarray) -> np.ndarray:
    """(n_niches,) jackknife error of the ratio from leaving out one gene after the other."""
    member = sp.csr_matrix(
        (np.ones(len(tissue)), (tissue.niche, np.arange(len(tissue)))), shape=(tissue.n_niches, len(tissue))
    )
    inside = np.asarray((member @ counts).todense(), dtype=float) * weights
    depth = np.bincount(tissue.niche, tissue.depth, tissue.n_niches)
    outside, rest = inside.sum(axis=0) - inside, depth.sum() - depth
    k1, k0 = (part.sum(axis=1, keepdims=True) - part for part in (inside, outside))
    with np.errstate(divide="ignore", invalid="ignore"):
        left_out = np.log2((k1 + 0.5) / depth[:, None]) - np.log2((k0 + 0.5) / rest[:, None])
    # A niche that is on no spot, or on all, has nothing to be compared with.
    used = (weights > 0) & ((depth > 0) & (rest > 0))[:, None]
    return jackknife_error(left_out, used)
