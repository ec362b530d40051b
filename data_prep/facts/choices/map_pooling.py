"""Which pooling of maps predicts held-out counts, and which genes have a map that predicts at all.

A map of a gene is its rate over the k nearest spots. It is made of one half of the counts and scored on the other half
of the spot's own counts. Few counts and broad patterns want large pools; many counts and fine patterns want none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from data_prep import pooling
from data_prep.facts.choices.count_halves import CountHalves
from data_prep.facts.choices.heldout_deviance import HeldOut, indicator, mean_rates, shrunken
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
        held_out: pool (or `FIGURE_RULE`) → `HeldOut` of each gene, (n_genes, n_blocks).
    """

    genes: np.ndarray
    held_out: dict[int | str, HeldOut]

    @cached_property
    def overall(self) -> dict[int | str, HeldOut]:
        """The same, summed over the genes."""
        return {k: HeldOut(h.gain.sum(axis=0), h.deviance.sum(axis=0)) for k, h in self.held_out.items()}

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
    total: dict[int | str, HeldOut] = {}
    for fitted, scored in halves.directions:
        held = _held(fitted, scored, genes, spots, halves.block)
        gains = {k: held.gain(pool) for k, pool in means.items()}
        ruled = np.stack([gains[k][place] for place, k in enumerate(by_rule.tolist())])
        tried: dict[int | str, np.ndarray] = {k: gains[k] for k in sizes}
        tried[FIGURE_RULE] = ruled
        for name, gain in tried.items():
            part = HeldOut(gain, held.deviance)
            total[name] = total[name] + part if name in total else part
    return MapScores(genes, total)


@dataclass(frozen=True, eq=False)
class _Held:
    """One half that maps are made of, and the other that they are scored on."""

    counts: sp.csr_matrix
    depth: np.ndarray
    mean: np.ndarray
    scored: np.ndarray
    exposure: np.ndarray
    blocks: sp.csr_matrix
    deviance: np.ndarray

    def gain(self, pool: sp.csr_matrix) -> np.ndarray:
        """(n_genes, n_blocks) deviance that pooled rates save over the mean."""
        rate = shrunken((pool @ self.counts).toarray().astype(np.float64), pool @ self.depth, self.mean)
        saved = self.scored * np.log(rate / self.mean) - self.exposure[:, None] * (rate - self.mean)
        return 2 * np.asarray(self.blocks @ saved).T


def _held(fitted: Tissue, scored: Tissue, genes: np.ndarray, spots: np.ndarray, block: np.ndarray) -> _Held:
    counts = fitted.counts[:, genes]
    mean = mean_rates(counts, fitted.depth)
    kept, exposure = scored.counts[spots][:, genes].toarray().astype(np.float64), scored.depth[spots]
    blocks = indicator(block[spots], int(block.max()) + 1)
    expected = exposure[:, None] * mean
    deviance = 2 * (kept * np.log(np.maximum(kept, 1e-9) / expected) - (kept - expected))
    return _Held(counts, fitted.depth, mean, kept, exposure, blocks, np.asarray(blocks @ deviance).T)


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
