"""Held-out Poisson deviance: how much better rates predict the other half of the counts than the mean does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from data_prep.facts.block_jackknife import ratio_error

PRIOR_COUNTS = 1.0
"""Rates are shrunken to the mean of the slide with the weight of so many counts, so that none is zero."""


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What the counts that were held back say of one candidate.

    Attributes:
        gain: (..., n_blocks) deviance less than that of the mean, in each spatial block.
        deviance: (..., n_blocks) deviance of the mean.
        ways: the same of each half that was held back, where they differ by more than their counts: partitions of two
            halves do. Empty for one way.
    """

    gain: np.ndarray
    deviance: np.ndarray
    ways: tuple[HeldOut, ...] = ()

    @property
    def score(self) -> np.ndarray:
        """Share of the deviance that is explained, up to 1; negative if the mean predicts better."""
        return self.gain.sum(axis=-1) / np.maximum(self.deviance.sum(axis=-1), 1e-12)

    @property
    def error(self) -> np.ndarray:
        """Block-jackknife error of the score."""
        return ratio_error(self.gain, self.deviance)

    def behind(self, best: HeldOut) -> tuple[float, float]:
        """How far the score lies below that of another candidate, and the error of this difference.

        Both are scored on the same counts, so the difference is surer than either. The error is that of the block
        jackknife, and that of the two halves as two repeats, whichever is larger.
        """
        lost = best.gain - self.gain
        error = float(ratio_error(lost, self.deviance))
        if self.ways and best.ways:
            apart = [float(b.score - a.score) for a, b in zip(self.ways, best.ways, strict=True)]
            error = max(error, float(np.std(apart, ddof=1)) / np.sqrt(len(apart)))
        return float(lost.sum() / max(self.deviance.sum(), 1e-12)), error

    def __add__(self, other: HeldOut) -> HeldOut:
        """Both ways together: the halves swapped."""
        ways = (*(self.ways or (self,)), *(other.ways or (other,)))
        return HeldOut(self.gain + other.gain, self.deviance + other.deviance, ways)


def mean_rates(counts: sp.csr_matrix, depth: np.ndarray) -> np.ndarray:
    """(n_genes,) counts per depth of the whole tissue; half a count for a gene without any."""
    total = np.asarray(counts.sum(axis=0), dtype=np.float64).ravel()
    return np.maximum(total, 0.5) / depth.sum()


def shrunken(counts: np.ndarray, depth: np.ndarray, mean: np.ndarray, prior: float = PRIOR_COUNTS) -> np.ndarray:
    """Rates of groups of spots, shrunken to the mean: (n_groups, n_genes).

    Args:
        counts: (n_groups, n_genes) sums of counts.
        depth: (n_groups,) sums of depth.
        mean: (n_genes,) rates of the tissue.
        prior: counts at the mean rate that each group is thought to have besides its own.
    """
    return (counts + prior) / (depth[:, None] + prior / mean)


def null_deviance(counts: sp.csr_matrix, depth: np.ndarray, mean: np.ndarray, block: np.ndarray) -> np.ndarray:
    """(n_blocks,) Poisson deviance of the mean rates with depth as exposure."""
    entries = counts.tocoo()
    expected = depth[entries.row] * mean[entries.col]
    part = entries.data * np.log(entries.data / expected) - entries.data
    n_blocks = int(block.max()) + 1
    of_counts = np.bincount(block[entries.row], part, n_blocks)
    return 2 * (of_counts + np.bincount(block, depth, n_blocks) * mean.sum())


def indicator(codes: np.ndarray, n_codes: int) -> sp.csr_matrix:
    """(n_codes, n) zeros and ones that sum rows by their code."""
    entries = (np.ones(len(codes), np.float32), (codes, np.arange(len(codes))))
    return sp.csr_matrix(entries, shape=(n_codes, len(codes)))


def label_gain(
    fitted: np.ndarray, counts: sp.csr_matrix, depth: np.ndarray, mean: np.ndarray, label: np.ndarray, block: np.ndarray
) -> np.ndarray:
    """(n_blocks,) deviance that the rates of the labels save over the mean.

    Args:
        fitted: (n_labels, n_genes) rates.
        counts: (n, n_genes) counts that were held back.
        depth: (n,) their depth.
        mean: (n_genes,) rates of the tissue.
        label: (n,) label of each spot.
        block: (n,) spatial block of each spot.
    """
    n_labels, n_blocks = len(fitted), int(block.max()) + 1
    code = block * n_labels + label
    sums = np.asarray((indicator(code, n_blocks * n_labels) @ counts).todense(), dtype=np.float64)
    exposure = np.bincount(code, depth, n_blocks * n_labels).reshape(n_blocks, n_labels)
    sums = sums.reshape(n_blocks, n_labels, -1)
    log = np.log(fitted / mean)
    return 2 * (np.einsum("blg,lg->b", sums, log) - exposure @ (fitted.sum(axis=1) - mean.sum()))
