"""The one estimator for "how much more here than there": log2 ratios of a gene's rate in two sets of spots.

For counts k₁, k₀ and depths d₁, d₀ of the two sets:

    log2 ratio = log2((k₁ + ½) / d₁) - log2((k₀ + ½) / d₀)

Depth enters as exposure: nothing is thinned away, and zeros do not bias the ratio. The standard error is the larger of

- quasi-Poisson (McCullagh and Nelder, Generalized Linear Models, 1989): √φ · √(1/(k₁+½) + 1/(k₀+½)) / ln 2 with φ the
  Pearson dispersion of the spots around the rate of their set, at least 1;
- the block jackknife (Künsch 1989) over spatial blocks. Neighbouring spots are no independent samples. A test that
  treats them so finds too much (pseudo-replication, Squair et al., Nature Communications 2021).

A set that lies in fewer than ``FEWEST_SET_BLOCKS`` blocks is a patch, of which the tissue has one: a jackknife cannot
tell how such patches differ. Its error is quasi-Poisson with the dispersion of whole blocks around the rate of their
set, which patchy genes have large.

Few counts are skewed: two where 0.04 are expected happen more often than a normal distribution says. So a ratio of more
than ``FAR`` errors is tested on its counts, too: k₁/φ of (k₁ + k₀)/φ are binomial if the rates are equal (Przyborowski
and Wilenski, Biometrika 1940). If their p is larger than the one of the errors, the error grows until both agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from data_prep.facts.block_jackknife import jackknife_error
from data_prep.facts.labelled_tissue import LabelledTissue

FEWEST_SET_BLOCKS = 4
"""A set of spots in fewer blocks than this has no jackknife."""
FAR, SURE = 2.0, 6.0
"""Standard errors. A ratio closer to zero than ``FAR`` decides nothing. Counts from ``SURE`` on (p below 10⁻⁸) leave no
doubt. Neither needs a wider error."""
LARGEST_CHANCE = 0.25
"""Counts with a larger chance are as unsure as these, so that every error is finite."""


@dataclass(frozen=True, eq=False)
class SpotSets:
    """Sets of spots of a labelled tissue that do not overlap.

    Attributes:
        code: (n,) set of each spot; -1 for none.
        n_sets: number of sets.
    """

    code: np.ndarray
    n_sets: int

    @property
    def size(self) -> np.ndarray:
        """(n_sets,) number of spots."""
        return np.bincount(self.code[self.code >= 0], minlength=self.n_sets)


@dataclass(frozen=True, eq=False)
class SetSums:
    """Sums over the spots of each set and block, and how much the counts vary within sets.

    Attributes:
        counts: (n_sets, n_blocks, n_genes) counts.
        depth: (n_sets, n_blocks, 1) total counts over all genes.
        spot_dispersion: (n_genes,) Pearson dispersion of spots around the rate of their set, at least 1 (Poisson).
        block_dispersion: (n_genes,) the same of whole blocks, at least that of spots.
    """

    counts: np.ndarray
    depth: np.ndarray
    spot_dispersion: np.ndarray
    block_dispersion: np.ndarray

    @classmethod
    def of(cls, tissue: LabelledTissue, counts: sp.csc_matrix, sets: SpotSets) -> SetSums:
        """Sum the counts of some genes.

        Args:
            tissue: the labelled spots.
            counts: (n, n_genes) of the labelled spots.
            sets: sets of these spots.
        """
        n_cells = sets.n_sets * tissue.n_blocks
        shape = (sets.n_sets, tissue.n_blocks, -1)
        # Spots in no set go to a last cell, which is dropped.
        cell = np.where(sets.code >= 0, sets.code * tissue.n_blocks + tissue.block, n_cells).astype(np.int64)
        depth = np.bincount(cell, tissue.depth, n_cells + 1)[:-1].reshape(shape)
        weights = (counts.data, counts.data.astype(float) ** 2 / tissue.depth[counts.indices])
        count, by_spot = (part[:-1].reshape(shape) for part in sum_by_cell(counts, weights, cell, n_cells + 1))
        by_block = count**2 / np.where(depth > 0, depth, 1.0)
        spots = _dispersion(count, depth, by_spot, int(np.count_nonzero(sets.code >= 0)))
        blocks = _dispersion(count, depth, by_block, int(np.count_nonzero(depth)))
        return cls(count, depth, spots, np.maximum(spots, blocks))


def sum_by_cell(
    counts: sp.csc_matrix, weights: Sequence[np.ndarray | None], cell: np.ndarray, n_cells: int
) -> list[np.ndarray]:
    """For each of the weights of the stored counts, their (n_cells, n_genes) sums; None counts them.

    Args:
        counts: (n, n_genes); only where they are stored matters.
        weights: one number for each stored count.
        cell: (n,) number of each spot's cell.
        n_cells: number of cells.
    """
    n_genes = counts.shape[1]
    at = cell[counts.indices]
    at += np.repeat(np.arange(n_genes) * n_cells, np.diff(counts.indptr))
    sums = (np.bincount(at, weight, n_genes * n_cells) for weight in weights)
    return [part.reshape(n_genes, n_cells).T for part in sums]


def _dispersion(count: np.ndarray, depth: np.ndarray, squares: np.ndarray, n_units: int) -> np.ndarray:
    """(n_genes,) Pearson dispersion of units (spots, blocks) with counts k and depths d around the rate of their set.

    For a rate r, Σ (k - d r)² / (d r) over a set is Σ k² / (d r) - Σ k, because Σ d r = Σ k.

    Args:
        count: (n_sets, n_blocks, n_genes) sums of k.
        depth: (n_sets, n_blocks, 1) sums of d.
        squares: (n_sets, n_blocks, n_genes) sums of k² / d over the units.
        n_units: number of units in all sets.
    """
    count, depth, squares = (values.sum(axis=1) for values in (count, depth, squares))
    seen = count > 0
    chi2 = np.where(seen, squares * depth / np.where(seen, count, 1.0) - count, 0.0).sum(axis=0)
    return np.maximum(chi2 / max(n_units - np.count_nonzero(depth), 1), 1.0)


def log_ratios(
    k1: np.ndarray, d1: np.ndarray, k0: np.ndarray, d0: np.ndarray, sums: SetSums
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """log2 ratios of rates, their standard errors, and the share of counting noise; see the head of this module.

    Args:
        k1: (..., n_blocks, n_genes) counts in the first set.
        d1: (..., n_blocks, 1) depth of the first set, or one for each gene.
        k0: counts in the second set.
        d0: depth of the second set.
        sums: gives the dispersions of the genes.

    Returns:
        (..., n_genes) ratios, errors, and how much of the squared error Poisson counts alone would have, 0..1: deeper
        sequencing lowers this part only. All are NaN where a set has no spots.
    """
    rate1, variance1, left_out1 = log_rates(k1, d1)
    rate0, variance0, left_out0 = log_rates(k0, d0)
    value = rate1 - rate0
    used = np.broadcast_to((d1 > 0) | (d0 > 0), left_out1.shape)
    jackknife = jackknife_error(np.swapaxes(left_out1 - left_out0, -1, -2), np.swapaxes(used, -1, -2))
    in_blocks = np.minimum((d1 > 0).sum(axis=-2), (d0 > 0).sum(axis=-2)) >= FEWEST_SET_BLOCKS
    phi = np.where(in_blocks, sums.spot_dispersion, sums.block_dispersion)
    poisson = variance1 + variance0
    quasi_poisson = np.sqrt(phi * poisson) / np.log(2)
    error = np.where(in_blocks, np.maximum(quasi_poisson, jackknife), quasi_poisson)
    error = np.where(np.isnan(value), np.nan, error)
    noise = poisson / (np.log(2) * error) ** 2
    widened = _widen(value, error, phi, *(part.sum(axis=-2) for part in (k1, d1, k0, d0)))
    return value, widened, 1 - (1 - noise) * (error / widened) ** 2


def _widen(
    value: np.ndarray,
    error: np.ndarray,
    phi: np.ndarray,
    k1: np.ndarray,
    d1: np.ndarray,
    k0: np.ndarray,
    d0: np.ndarray,
) -> np.ndarray:
    """Errors with which a ratio is no surer than its counts; see the head of this module.

    Args:
        value: (..., n_genes) log2 ratios.
        error: their standard errors.
        phi: dispersions.
        k1: counts of the first set.
        d1: depths of the first set.
        k0: counts of the second set.
        d0: depths of the second set.
    """
    from scipy.special import betainc, ndtri

    far = np.abs(value) > FAR * error
    phi, k1, d1, k0, d0 = (np.broadcast_to(part, value.shape)[far] for part in (phi, k1, d1, k0, d0))
    up = value[far] > 0
    more, less = np.where(up, k1, k0) / phi, np.where(up, k0, k1) / phi
    share = np.where(up, d1, d0) / (d1 + d0)
    # The chance of at least `more` of `more + less` counts. With no count at all there is nothing to be sure of.
    chance = np.where(more > 0, betainc(np.where(more > 0, more, 1.0), less + 1, share), 1.0)
    errors = -ndtri(np.minimum(chance, LARGEST_CHANCE))
    widened = error.copy()
    widened[far] = np.maximum(error[far], np.where(errors < SURE, np.abs(value[far]) / errors, 0.0))
    return widened


def log_rates(k: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """log2 rate and relative Poisson variance, (..., n_genes), and log2 rate without each block, like ``k``.

    A set without spots has rate NaN. The rate without its only block is 0: such a set has no jackknife.
    """
    count, depth = k.sum(axis=-2, keepdims=True), d.sum(axis=-2, keepdims=True)
    rate = np.log2((count + 0.5) / np.where(depth > 0, depth, np.nan))
    rest = depth - d
    left_out = np.log2((np.maximum(count - k, 0.0) + 0.5) / np.where(rest > 0, rest, 1.0))
    return rate[..., 0, :], 1 / (count[..., 0, :] + 0.5), left_out
