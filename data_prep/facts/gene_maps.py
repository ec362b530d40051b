"""Statistics of a gene's map that a fold change does not contain: pattern, trend, depth, and contrasts in a niche.

They are computed from normalised counts on the graph of spots; trends and correlations from the pooled expression that
pictures show. Where chance could explain a statistic, a test stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import scipy.sparse as sp
from scipy.sparse import csgraph

from data_prep.facts import niche_shapes
from data_prep.facts.normalisation import depth_scale
from data_prep.figures.canvas import Canvas

LEAST_SPOTS = 15
"""Fewest spots on each side of a contrast."""
FAR = 6
"""Distances to a border are measured up to this many steps."""


@dataclass(frozen=True)
class Contrast:
    """How much more a gene is expressed in some spots than in others.

    Attributes:
        log2_ratio: of the mean normalised counts, a tenth of the gene's mean added to both.
        p_value: two-sided Mann-Whitney test.
    """

    log2_ratio: float
    p_value: float


class GeneMaps:
    """Measures the maps of genes on one slide.

    Args:
        canvas: draws the slide.
    """

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.slide = canvas.slide
        self.rate = lru_cache(maxsize=256)(self._rate)
        self.steps_from = lru_cache(maxsize=64)(self._steps_from)
        self._level = lru_cache(maxsize=512)(self._make_level)

    @cached_property
    def graph(self) -> sp.csr_matrix:
        """Graph of neighbouring spots with weights 1."""
        graph = niche_shapes.spot_graph(self.slide.xy)
        graph.data[:] = 1.0
        return graph

    def detected(self, gene: str) -> float:
        """Share of the slide's spots with at least one count."""
        column = self.slide.gene_index(gene)
        return float(self.slide.counts[:, [column]].nnz / self.slide.n_spots)

    def moran(self, gene: str) -> tuple[float, float]:
        """Moran's I of log1p(normalised counts) on the spot graph, and its z score under the normal approximation."""
        index = morans_i(self.graph, np.log1p(self.rate(gene)))
        n, weight = self.slide.n_spots, self.graph.sum()
        # Moments under normality (Cliff and Ord 1981) of a symmetric graph with weights 0 and 1.
        degree = np.asarray(self.graph.sum(axis=1)).ravel()
        variance = (n**2 * 2 * weight - n * 4 * (degree**2).sum() + 3 * weight**2) / (weight**2 * (n**2 - 1))
        variance -= 1 / (n - 1) ** 2
        return index, float((index + 1 / (n - 1)) / np.sqrt(max(variance, 1e-12)))

    def trend(self, gene: str) -> tuple[float, float]:
        """Spearman correlation of the pooled expression with x and with y (pointing down)."""
        drawn = self.canvas.drawn_spots(within_niche=False)
        rank = _ranks(self._level(gene))
        x, y = (_correlation(rank, _ranks(axis)) for axis in drawn.xy.T)
        return x, y

    def depth_correlation(self, gene: str) -> float:
        """Rank correlation of the pooled expression with the depth of the spots; niche means are subtracted first."""
        level = self._level(gene, within_niche=True)
        drawn = self.canvas.drawn_spots(within_niche=True)
        depth = drawn.depth / drawn.cells
        return _correlation(_less_group_mean(_ranks(level), drawn.niche), _less_group_mean(_ranks(depth), drawn.niche))

    def map_correlation(self, a: str, b: str) -> float:
        """Pearson correlation of the pooled maps of two genes."""
        return _correlation(self._level(a), self._level(b))

    def halves(self, gene: str, niche: str) -> dict[str, Contrast]:
        """Each half of a niche against the other: "left", "right", "upper", "lower" part."""
        inside = np.flatnonzero(self.slide.spots_of(niche))
        x, y = self.slide.xy[inside].T
        left, upper = x < np.median(x), y < np.median(y)
        contrasts = {}
        for (one, other), first in ((("left", "right"), left), (("upper", "lower"), upper)):
            contrast = self._contrast(gene, inside[first], inside[~first])
            contrasts[one] = contrast
            contrasts[other] = Contrast(-contrast.log2_ratio, contrast.p_value)
        return contrasts

    def rim(self, gene: str, niche: str) -> Contrast:
        """The spots at the niche's border against those three or more steps inside."""
        steps = self.steps_from(niche, inwards=True)
        return self._contrast(gene, np.flatnonzero(steps == 1), np.flatnonzero((steps >= 3) & np.isfinite(steps)))

    def spill(self, gene: str, niche: str, other: str) -> Contrast:
        """Spots of another niche next to this one against its spots four or more steps away."""
        steps = self.steps_from(niche, inwards=False)
        there = self.slide.spots_of(other)
        return self._contrast(gene, np.flatnonzero(there & (steps <= 2)), np.flatnonzero(there & (steps >= 4)))

    @cached_property
    def _depth_scale(self) -> np.ndarray:
        return depth_scale(self.slide.depth)

    def _rate(self, gene: str) -> np.ndarray:
        """(n_spots,) counts per median depth."""
        counts = self.slide.counts[:, [self.slide.gene_index(gene)]].toarray().ravel()
        return counts * self._depth_scale

    def _make_level(self, gene: str, within_niche: bool = False) -> np.ndarray:
        return self.canvas.levels([gene], within_niche=within_niche)[:, 0]

    def _steps_from(self, niche: str, *, inwards: bool) -> np.ndarray:
        """(n_spots,) steps to the nearest spot of another niche (inwards) or of this one; infinite beyond ``FAR``."""
        inside = self.slide.spots_of(niche)
        sources = np.flatnonzero((self.slide.niche >= 0) & ~inside if inwards else inside)
        if not sources.size:
            return np.full(self.slide.n_spots, np.inf)
        steps = csgraph.dijkstra(self.graph, indices=sources, unweighted=True, min_only=True, limit=FAR)
        # Spots beyond the limit are far, not unknown, if the tissue connects them to the border.
        _, piece = csgraph.connected_components(self.graph, directed=False)
        reached = np.isin(piece, np.unique(piece[sources]))
        steps[~np.isfinite(steps) & reached] = FAR + 1
        return np.where(inside == inwards, steps, np.inf)

    def _contrast(self, gene: str, some: np.ndarray, others: np.ndarray) -> Contrast:
        if min(some.size, others.size) < LEAST_SPOTS:
            return Contrast(0.0, 1.0)
        from scipy.stats import mannwhitneyu

        rate = self.rate(gene)
        small = 0.1 * rate.mean() + 1e-9
        ratio = float(np.log2((rate[some].mean() + small) / (rate[others].mean() + small)))
        if rate[some].max() == 0 and rate[others].max() == 0:
            return Contrast(0.0, 1.0)
        return Contrast(ratio, float(mannwhitneyu(rate[some], rate[others], method="asymptotic").pvalue))


def morans_i(graph: sp.csr_matrix, values: np.ndarray) -> float:
    """Moran's I of values (n_spots,) on a graph of weights; 0 for constant values.

    ``scanpy.metrics.morans_i`` gives the same number (a test compares them), but takes four times as long, compiles for
    seconds at its first call, and divides by zero for constant values.
    """
    centred = values - values.mean()
    spread = float((centred**2).sum())
    shared = float((centred * (graph @ centred)).sum())
    return len(values) / float(graph.sum()) * shared / spread if spread > 0 else 0.0


def _ranks(values: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    return rankdata(values)


def _less_group_mean(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    _, code = np.unique(group, return_inverse=True)
    return values - (np.bincount(code, values) / np.bincount(code))[code]


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / scale) if scale > 0 else 0.0
