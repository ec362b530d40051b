"""Which pooling of maps predicts held-out counts, and which genes have a map that predicts at all.

A map of a gene is its rate over the k nearest spots. It is made of one half of the counts and scored on the other half
of the spot's own counts. Few counts and broad patterns want large pools; many counts and fine patterns want none.

Half of the counts want more pooling than all of them. So the choice rests on what the score would be with all counts:
the maps of the two halves differ by noise alone, and with all counts half of that noise is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from data_prep import pooling
from data_prep.facts.choices.count_halves import CountHalves
from data_prep.facts.choices.heldout_deviance import PRIOR_COUNTS, HeldOut, indicator, mean_rates, shrunken
from data_prep.facts.niche_views import Tissue

POOLS = (1, 4, 7, 13, 19, 37, 61)
"""Pool sizes that are tried; a pool is at most a twelfth of the spots."""
SPOTS_PER_POOL = 12
FIGURE_RULE = "figures"
"""The rule of the figures (`data_prep.pooling`), which has a pool for each gene. It is scored beside the others."""
GENES = 300
"""Maps of so many genes are scored, evenly from the rarest to the most common."""
SPOTS = 3000
"""Maps are scored on at most so many spots, evenly spread."""
SURE_ERRORS = 2.0
"""A map predicts if it beats the mean by so many standard errors."""


@dataclass(frozen=True, eq=False)
class MapScores:
    """How maps of each pool do.

    Attributes:
        genes: (n_genes,) columns of the tissue that were scored, from the rarest to the most common.
        held_out: pool (or `FIGURE_RULE`) → `HeldOut` of each gene, (n_genes, n_blocks), for maps of half of the counts.
        noise: pool → (n_genes, n_blocks) deviance that the noise of these maps costs.
    """

    genes: np.ndarray
    held_out: dict[int | str, HeldOut]
    noise: dict[int | str, np.ndarray]

    @cached_property
    def overall(self) -> dict[int | str, HeldOut]:
        """Summed over the genes, as it would be for maps of all counts."""
        return {
            k: HeldOut((h.gain + self.noise[k] / 2).sum(axis=0), h.deviance.sum(axis=0))
            for k, h in self.held_out.items()
        }

    def predicting(self, pool: int | str) -> np.ndarray:
        """(n_genes,) whether the map of this pool surely predicts better than the mean."""
        held_out = self.held_out[pool]
        return held_out.score > SURE_ERRORS * held_out.error


def score_maps(halves: CountHalves) -> MapScores:
    """Score maps of every pool, both ways: fitted on either half and scored on the other."""
    tissue = halves.whole
    genes = _sampled_genes(tissue)
    spots = np.arange(min(len(tissue), SPOTS)) * len(tissue) // min(len(tissue), SPOTS)
    sizes = [k for k in POOLS if k == 1 or k * SPOTS_PER_POOL <= len(tissue)]
    mean_counts = np.asarray(tissue.counts[:, genes].sum(axis=0)).ravel() / len(tissue)
    by_rule = pooling.pool_sizes(mean_counts, len(tissue))
    means = {k: _sums_over(tissue, spots, k) for k in sorted({*sizes, *by_rule.tolist()})}
    one, other = (_Half.of(half, genes, spots, halves.block) for half in halves.halves)
    measured = {k: _compare(one, other, pool) for k, pool in means.items()}
    ruled = tuple(
        np.stack([parts[k][place] for place, k in enumerate(by_rule.tolist())])
        for parts in ({k: both[part] for k, both in measured.items()} for part in range(2))
    )
    tried: dict[int | str, tuple[np.ndarray, ...]] = {k: measured[k] for k in sizes}
    tried[FIGURE_RULE] = ruled
    held_out = {name: HeldOut(gain, one.deviance + other.deviance) for name, (gain, _) in tried.items()}
    return MapScores(genes, held_out, {name: noise for name, (_, noise) in tried.items()})


@dataclass(frozen=True, eq=False)
class _Half:
    """One half of the counts: maps are made of it, and those of the other half are scored on it."""

    counts: sp.csr_matrix
    depth: np.ndarray
    mean: np.ndarray
    scored: np.ndarray
    exposure: np.ndarray
    blocks: sp.csr_matrix
    deviance: np.ndarray

    @classmethod
    def of(cls, half: Tissue, genes: np.ndarray, spots: np.ndarray, block: np.ndarray) -> _Half:
        counts = half.counts[:, genes]
        mean = mean_rates(counts, half.depth)
        scored, exposure = half.counts[spots][:, genes].toarray().astype(np.float64), half.depth[spots]
        blocks = indicator(block[spots], int(block.max()) + 1)
        expected = exposure[:, None] * mean
        deviance = 2 * (scored * np.log(np.maximum(scored, 1e-9) / expected) - (scored - expected))
        return cls(counts, half.depth, mean, scored, exposure, blocks, np.asarray(blocks @ deviance).T)

    def rates(self, pool: sp.csr_matrix) -> np.ndarray:
        """(n_spots, n_genes) pooled rates, shrunken half as much as those of all counts: so their mean is the same."""
        counts = (pool @ self.counts).toarray().astype(np.float64)
        return shrunken(counts, pool @ self.depth, self.mean, PRIOR_COUNTS / 2)

    def gain(self, rates: np.ndarray) -> np.ndarray:
        """(n_spots, n_genes) deviance that the rates of the other half save over the mean."""
        return 2 * (self.scored * np.log(rates / self.mean) - self.exposure[:, None] * (rates - self.mean))


def _compare(one: _Half, other: _Half, pool: sp.csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    """Deviance that maps of either half save on the other, and deviance that their noise costs: (n_genes, n_blocks).

    For rates r and r' of two halves, (r - r') log(r / r') is twice the expected deviance of the noise of either.
    """
    rates = one.rates(pool), other.rates(pool)
    noise = (rates[0] - rates[1]) * np.log(rates[0] / rates[1]) / 2
    gain = one.blocks @ (one.gain(rates[1]) + other.gain(rates[0]))
    lost = one.blocks @ (noise * (one.exposure + other.exposure)[:, None])
    return np.asarray(gain).T, np.asarray(lost).T


def _sampled_genes(tissue: Tissue) -> np.ndarray:
    """Columns of genes with at least two counts, evenly from the rarest to the most common."""
    total = np.asarray(tissue.counts.sum(axis=0)).ravel()
    ranked = np.argsort(total, kind="stable")
    ranked = ranked[total[ranked] >= 2]
    n = min(len(ranked), GENES)
    return ranked[np.arange(n) * len(ranked) // max(n, 1)]


def _sums_over(tissue: Tissue, spots: np.ndarray, k: int) -> sp.csr_matrix:
    """(n_spots, n) zeros and ones: sums over the k spots of the same slide nearest to each scored spot."""
    rows, columns, first = [], [], 0
    for slide, places in zip(tissue.slides, tissue.order, strict=True):
        own = np.flatnonzero((spots >= first) & (spots < first + len(places)))
        xy, size = slide.xy[places], min(k, len(places))
        nearest = cKDTree(xy).query(xy[spots[own] - first], k=size)[1].reshape(len(own), size)
        rows.append(np.repeat(own, size))
        columns.append(nearest.ravel() + first)
        first += len(places)
    row, column = np.concatenate(rows), np.concatenate(columns)
    return sp.csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=(len(spots), len(tissue)))
