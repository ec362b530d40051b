"""Brightness of genes at drawn spots: pooled counts per pooled depth, over a clip value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from data_prep import pooling
from data_prep.figures.drawn_spots import DrawnSpots
from data_prep.knowledge.list_weights import list_weights
from data_prep.slide import Slide

CLIP_QUANTILE = 0.99
"""A gene's brightness runs from 0 to this quantile of its spots, so that a few hot spots do not darken the rest."""
CLOSE_CLIP_QUANTILE = 0.98
"""The same where only the spots of one niche decide."""
DEPTH_POOL = 7
"""Spots that are pooled for a map of the depth: a spot and its first ring."""
LARGEST_SHARE_POOL = 19
"""Cells whose types are counted together, at most: a cell and its first two rings."""


@dataclass(frozen=True, eq=False)
class Levels:
    """Maps of some genes on the drawn spots.

    Attributes:
        brightness: (n_drawn, n_genes) float32 in 0..1.
        evidence: (n_genes,) counts that a sixteenth of the picture would hold at full brightness; see `evidence_bar`.
    """

    brightness: np.ndarray
    evidence: np.ndarray

    def columns(self, index: Sequence[int] | np.ndarray) -> Levels:
        """Some of the maps, by position."""
        return Levels(self.brightness[:, index], self.evidence[index])


class GeneLevels:
    """Pools the counts of genes over neighbouring drawn spots.

    Args:
        slide: the slide.
        drawn: its drawn spots.
    """

    def __init__(self, slide: Slide, drawn: DrawnSpots) -> None:
        self._slide = slide
        self._drawn = drawn
        self._pools: dict[tuple[int, bool], tuple[sp.csr_matrix, np.ndarray]] = {}

    def rates(self, genes: Sequence[str], *, within_niche: bool, largest_pool: int = pooling.LADDER[-1]) -> np.ndarray:
        """Pooled counts per pooled depth: (n_drawn, n_genes) float32.

        Args:
            genes: symbols.
            within_niche: pool over neighbours of the same niche only, so that borders stay sharp.
            largest_pool: most spots that are pooled.
        """
        columns = np.array([self._slide.gene_index(gene) for gene in genes], dtype=np.int64)
        counts = self._slide.counts[:, columns]
        return self._pooled_rates(counts, within_niche=within_niche, largest_pool=largest_pool)

    def summed_rates(self, codes: np.ndarray) -> np.ndarray:
        """Rates of the genes of a list, added up as one gene (`list_weights`), pooled within niches: (n_drawn, 1).

        Args:
            codes: columns of the genes.
        """
        counts = self._slide.counts[:, codes]
        labelled = (self._slide.niche >= 0).astype(np.float64)
        weights = list_weights(np.asarray(counts.T @ labelled).ravel())
        column = sp.csc_matrix(counts @ weights[:, None].astype(np.float32))
        return self._pooled_rates(column, within_niche=True, largest_pool=pooling.LADDER[-1])

    def _pooled_rates(self, counts: sp.csc_matrix, *, within_niche: bool, largest_pool: int) -> np.ndarray:
        counts = self._drawn.add_up(counts)
        sizes = np.minimum(pooling.pool_sizes(counts.mean(axis=0), len(counts)), largest_pool)
        rate = np.empty_like(counts)
        for k in np.unique(sizes):
            pool, depth = self._pool(int(k), within_niche)
            rate[:, sizes == k] = (pool @ counts[:, sizes == k]) / depth[:, None]
        return rate

    def depth(self) -> np.ndarray:
        """Pooled counts of all genes per cell, above those of the darkest spots: (n_drawn, 1) float32.

        Depth is nowhere near zero, so a scale from zero would hide how it varies.
        """
        drawn = self._drawn
        pool, depth = self._pool(DEPTH_POOL if len(drawn) >= DEPTH_POOL * 10 else 1, within=False)
        per_cell = depth / (pool @ drawn.cells)
        return np.maximum(per_cell - np.quantile(per_cell, 1 - CLIP_QUANTILE), 0.0).astype(np.float32)[:, None]

    def shares(self, cell_types: Sequence[int]) -> np.ndarray:
        """Share of each cell type (code) among the nearest cells of the same niche: (n_drawn, n_types) float32."""
        is_type = (self._slide.cell_type[:, None] == np.asarray(cell_types)).astype(np.float32)
        pool, _ = self._pool(pooling.largest_pool(len(self._drawn), LARGEST_SHARE_POOL), within=True)
        cells = pool @ self._drawn.cells.astype(np.float32)
        return ((pool @ self._drawn.add_up(sp.csc_matrix(is_type))) / cells[:, None]).astype(np.float32)

    def _pool(self, k: int, within: bool) -> tuple[sp.csr_matrix, np.ndarray]:
        """Pooling matrix and pooled depth (at least a tiny number) for a pool size."""
        if (k, within) not in self._pools:
            matrix = pooling.pooling_matrix(self._drawn.xy, k, self._drawn.niche if within else None)
            depth = np.maximum(matrix @ self._drawn.depth, 1e-9).astype(np.float32)
            self._pools[k, within] = matrix, depth
        return self._pools[k, within]


def clip(rate: np.ndarray, depth_in_area: float, spots: np.ndarray | None = None) -> Levels:
    """Brightness of maps, scaled to their clip values.

    Args:
        rate: (n_drawn, n_genes) pooled counts per depth.
        depth_in_area: depth of the drawn spots that fill a sixteenth of the picture.
        spots: the drawn spots that decide the clip values, because only they are compared; None for all.
    """
    quantile, deciding = (CLIP_QUANTILE, rate) if spots is None else (CLOSE_CLIP_QUANTILE, rate[spots])
    top = np.zeros(rate.shape[1], np.float32)
    if len(deciding):
        by_gene = np.ascontiguousarray(deciding.T)
        nth = int(quantile * (by_gene.shape[1] - 1))
        top = np.partition(by_gene, nth, axis=1)[:, nth]
        top = np.where(top > 0, top, by_gene.max(axis=1))
    brightness = np.ascontiguousarray(rate.T)
    brightness /= np.where(top > 0, top, np.float32(1.0))[:, None]
    return Levels(np.minimum(brightness, 1.0, out=brightness).T, top.astype(float) * depth_in_area)
