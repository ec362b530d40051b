"""Statistics of a gene's map that a fold change does not contain: pattern, trend, depth, and contrasts in a niche.

All are measured on the labelled spots, with an error (``Measurement``). Genes that are announced by ``prefetch`` are
measured together when one of them is first asked for: one sparse product serves all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache, partial

import numpy as np
import scipy.sparse as sp

from data_prep.facts import spot_sets
from data_prep.facts.block_jackknife import correlation_with_error, jackknife_error
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.measurement import Measurement
from data_prep.facts.normalisation import depth_scale
from data_prep.facts.pooled_maps import PooledMaps
from data_prep.facts.spot_set_contrasts import SpotSets, dispersions, log_ratios, set_sums

LEAST_SPOTS = 15
"""Fewest spots on each side of a contrast."""
_BATCH_ENTRIES = 2**23
"""Spots × genes that are measured at once."""

Contrast = Measurement  # until its importers have moved
Rows = tuple[np.ndarray, np.ndarray]
"""Values and errors, each (n_genes, n_statistics)."""


class GeneMaps:
    """Measures the maps of genes on one slide.

    Args:
        tissue: the labelled spots of the slide.
    """

    def __init__(self, tissue: LabelledTissue) -> None:
        self.tissue = tissue
        self.slide = tissue.slide
        self._together: dict[str, None] = {}
        self._rows: dict[str, dict[str, Rows]] = {}
        self._beside_and_far = lru_cache(maxsize=None)(partial(spot_sets.beside_and_far, tissue))
        self._depth_rank = lru_cache(maxsize=None)(self._make_depth_rank)
        self._map = lru_cache(maxsize=max(16, 4 * _BATCH_ENTRIES // max(len(tissue), 1)))(self._make_map)

    def prefetch(self, genes: Iterable[str]) -> None:
        """Announce genes that will be asked for. Each statistic of them is measured at once, on first use."""
        self._together.update(dict.fromkeys(genes))

    def detected(self, gene: str) -> float:
        """Share of the labelled spots with at least one count."""
        return float(self._measured("detected", self._detected, gene)[0][0])

    def moran(self, gene: str) -> Measurement:
        """Moran's I of log1p(normalised counts) on the spot graph."""
        return _first(self._measured("moran", self._moran, gene))

    def moran_z(self, gene: str) -> float:
        """Z score of Moran's I against no pattern, under the normal approximation (Cliff and Ord 1981)."""
        n = len(self.tissue)
        degree = np.diff(self.tissue.graph.indptr)
        weight = degree.sum()
        variance = (n**2 * 2 * weight - n * 4 * (degree**2).sum() + 3 * weight**2) / (weight**2 * (n**2 - 1))
        variance -= 1 / (n - 1) ** 2
        return float((self.moran(gene).value + 1 / (n - 1)) / np.sqrt(max(variance, 1e-12)))

    def trend(self, gene: str) -> tuple[Measurement, Measurement]:
        """Rank correlation of the pooled map with x and with y (pointing down)."""
        values, errors = self._measured("trend", self._trend, gene)
        return Measurement(float(values[0]), float(errors[0])), Measurement(float(values[1]), float(errors[1]))

    def depth_correlation(self, gene: str) -> Measurement:
        """Rank correlation of the pooled map with the depth of the same pools; niche means are subtracted first."""
        return _first(self._measured("depth", self._depth, gene))

    def map_correlation(self, a: str, b: str) -> Measurement:
        """Pearson correlation of the pooled maps of two genes."""
        (one, n, sum_one, squares_one), (two, _, sum_two, squares_two) = self._map(a), self._map(b)
        product = np.bincount(self.tissue.block, one * two, self.tissue.n_blocks)
        value, error = correlation_with_error(n, sum_one, sum_two, squares_one, squares_two, product)
        return Measurement(float(value), float(error))

    def halves(self, gene: str, niche: str) -> dict[str, Measurement]:
        """log2 ratio of each half of a niche to the other: "left", "right", "upper", "lower"."""
        code = self.slide.niche_index(niche)
        left = _at(self._measured("halves x", self._halves_x, gene), code)
        upper = _at(self._measured("halves y", self._halves_y, gene), code)
        return {"left": left, "right": -left, "upper": upper, "lower": -upper}

    def rim(self, gene: str, niche: str) -> Measurement:
        """log2 ratio of the spots at the niche's border with other niches to its core."""
        return _at(self._measured("rim", self._rim, gene), self.slide.niche_index(niche))

    def spill(self, gene: str, niche: str, other: str) -> Measurement:
        """log2 ratio, inside another niche, of its spots beside this niche to its spots far from it."""
        code = self.slide.niche_index(niche)

        def measure(counts: sp.csc_matrix) -> Rows:
            return self._pairs_of_sets(counts, self._beside_and_far(code))

        return _at(self._measured(f"spill {code}", measure, gene), self.slide.niche_index(other))

    def ninths(self, gene: str) -> dict[str, Measurement]:
        """log2 ratio of the gene's rate in each ninth of the tissue to the highest rate of the other eight.

        So at most one place has a positive ratio. Places with fewer than ``LEAST_SPOTS`` spots are NaN.
        """
        values, errors = self._measured("ninths", self._ninths, gene)
        places = zip(spot_sets.PLACES, values, errors, strict=True)
        return {place: Measurement(float(value), float(error)) for place, value, error in places}

    def centroid(self, gene: str) -> tuple[float, float]:
        """Where a gene is highest: (x, y) in 0..1 of the tissue's extent, y pointing down.

        It is the mean position of the spots. The weight of a spot is the square of the difference between its pooled
        rate and the mean of the tissue, and 0 below the mean: peaks count, weak expression everywhere does not.
        """
        x, y = self._measured("centroid", self._centroid, gene)[0]
        return float(x), float(y)

    def _measured(self, name: str, measure: Callable[[sp.csc_matrix], Rows], gene: str) -> Rows:
        """Values and errors of one statistic of a gene, (n_statistics,) each; measures announced genes with it."""
        rows = self._rows.setdefault(name, {})
        if gene not in rows:
            genes = [other for other in self._together if other not in rows] if gene in self._together else [gene]
            at_once = max(1, _BATCH_ENTRIES // max(len(self.tissue), 1))
            for start in range(0, len(genes), at_once):
                batch = genes[start : start + at_once]
                values, errors = measure(self._counts(batch))
                rows.update(zip(batch, zip(values, errors, strict=True), strict=True))
        return rows[gene]

    def _counts(self, genes: Sequence[str]) -> sp.csc_matrix:
        counts = self.tissue.counts([self.slide.gene_index(gene) for gene in genes])
        counts.sort_indices()
        return counts

    def _detected(self, counts: sp.csc_matrix) -> Rows:
        share = np.asarray((counts > 0).sum(axis=0)).reshape(-1, 1) / max(len(self.tissue), 1)
        return share, np.zeros_like(share)

    def _moran(self, counts: sp.csc_matrix) -> Rows:
        value = np.log1p(counts.toarray() * depth_scale(self.tissue.depth)[:, None])
        index, error = morans_i(self.tissue, value)
        return index[:, None], error[:, None]

    def _trend(self, counts: sp.csc_matrix) -> Rows:
        rank = _centred(_ranks(self._over_tissue.rates(counts)))
        found = [self._correlation(rank, _centred(_ranks(axis))[:, None]) for axis in self.tissue.xy.T]
        return np.stack([value for value, _ in found], axis=1), np.stack([error for _, error in found], axis=1)

    def _depth(self, counts: sp.csc_matrix) -> Rows:
        rank = self._less_niche_mean(_ranks(self._in_niche.rates(counts)))
        sizes = self._in_niche.sizes(counts)
        depth = np.empty_like(rank)
        for size in np.unique(sizes):
            depth[:, sizes == size] = self._depth_rank(int(size))
        value, error = self._correlation(rank, depth)
        return value[:, None], error[:, None]

    def _halves_x(self, counts: sp.csc_matrix) -> Rows:
        return self._pairs_of_sets(counts, self._left_and_right)

    def _halves_y(self, counts: sp.csc_matrix) -> Rows:
        return self._pairs_of_sets(counts, self._upper_and_lower)

    def _rim(self, counts: sp.csc_matrix) -> Rows:
        return self._pairs_of_sets(counts, self._rim_and_core)

    def _ninths(self, counts: sp.csc_matrix) -> Rows:
        sums, usable = set_sums(self.tissue, counts, self._nine_places), self._nine_places.size >= LEAST_SPOTS
        rate = (sums.counts.sum(axis=1) + 0.5) / np.maximum(sums.depth.sum(axis=1), 1e-9)
        rate[~usable] = -1.0
        order = np.argsort(-rate, axis=0, kind="stable")
        # The highest of the other places is the second one for the first place, and the first one for all others.
        other = np.where(np.arange(len(rate))[:, None] == order[0], order[1], order[0])
        other_counts = sums.counts[other, :, np.arange(counts.shape[1])].swapaxes(1, 2)
        other_depth = sums.depth[other, :, 0].swapaxes(1, 2)
        phi = dispersions(self.tissue, counts)
        value, error = log_ratios(sums.counts, sums.depth, other_counts, other_depth, phi)
        known = usable & (np.count_nonzero(usable) > 1)
        return np.where(known[:, None], value, np.nan).T, np.where(known[:, None], error, np.nan).T

    def _centroid(self, counts: sp.csc_matrix) -> Rows:
        rate = self._in_niche.rates(counts)
        excess = np.maximum(rate - rate.mean(axis=0), 0.0)
        weight = (excess / np.maximum(excess.max(axis=0), 1e-300)) ** 2 + 1e-12
        centre = (weight.T @ self.tissue.position) / weight.sum(axis=0)[:, None]
        return centre, np.zeros_like(centre)

    def _pairs_of_sets(self, counts: sp.csc_matrix, sets: SpotSets) -> Rows:
        """Contrast sets 0 and 1, 2 and 3, ...: (n_genes, n_sets / 2); NaN where a set has too few spots."""
        sums = set_sums(self.tissue, counts, sets)
        one, two = slice(0, None, 2), slice(1, None, 2)
        enough = np.minimum(sets.size[one], sets.size[two]) >= LEAST_SPOTS
        shape = (len(enough), counts.shape[1])
        value, error = np.full(shape, np.nan), np.full(shape, np.nan)
        value[enough], error[enough] = log_ratios(
            sums.counts[one][enough],
            sums.depth[one][enough],
            sums.counts[two][enough],
            sums.depth[two][enough],
            dispersions(self.tissue, counts),
        )
        return value.T, error.T

    def _correlation(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Correlations of columns (n, n_genes) with columns of the same shape or one column, with errors."""
        blocks = self.tissue.block_matrix
        moments = (blocks @ part for part in (a, b, a * a, b * b, a * b))
        return correlation_with_error(self._block_size, *(moment.T for moment in moments))

    def _less_niche_mean(self, values: np.ndarray) -> np.ndarray:
        """Columns less the mean of each niche."""
        size = np.bincount(self.tissue.niche, minlength=self.tissue.n_niches)
        mean = (self._niche_matrix @ values) / np.maximum(size, 1)[:, None]
        return values - mean[self.tissue.niche]

    def _make_map(self, gene: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Pooled map of a gene, standardised; and its moments in each block: spots, sum, sum of squares."""
        rate = _centred(self._over_tissue.rates(self._counts([gene]))[:, 0])
        rate /= max(float(np.sqrt((rate * rate).mean())), 1e-300)
        blocks = self.tissue.block_matrix
        return rate, self._block_size, blocks @ rate, blocks @ (rate * rate)

    def _make_depth_rank(self, size: int) -> np.ndarray:
        """(n, 1) rank of the depth of each pool less the mean of the niche."""
        matrix, depth = self._in_niche.pool(size)
        cells = np.asarray(matrix.sum(axis=1)).ravel()
        return self._less_niche_mean(_ranks((depth / cells)[:, None]))

    @cached_property
    def _block_size(self) -> np.ndarray:
        return np.bincount(self.tissue.block, minlength=self.tissue.n_blocks).astype(float)

    @cached_property
    def _niche_matrix(self) -> sp.csr_matrix:
        n = len(self.tissue)
        entries = (np.ones(n), (self.tissue.niche, np.arange(n)))
        return sp.csr_matrix(entries, shape=(self.tissue.n_niches, n))

    @cached_property
    def _over_tissue(self) -> PooledMaps:
        return PooledMaps(self.tissue, within_niche=False)

    @cached_property
    def _in_niche(self) -> PooledMaps:
        return PooledMaps(self.tissue, within_niche=True)

    @cached_property
    def _left_and_right(self) -> SpotSets:
        return spot_sets.halves(self.tissue, axis=0)

    @cached_property
    def _upper_and_lower(self) -> SpotSets:
        return spot_sets.halves(self.tissue, axis=1)

    @cached_property
    def _rim_and_core(self) -> SpotSets:
        return spot_sets.rim_and_core(self.tissue)

    @cached_property
    def _nine_places(self) -> SpotSets:
        return spot_sets.ninths(self.tissue)


def morans_i(tissue: LabelledTissue, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Moran's I of the columns of values (n, n_genes) on the spot graph and its jackknife error; 0 if constant.

    ``scanpy.metrics.morans_i`` gives the same number (a test compares them), without an error.
    """
    graph = tissue.graph
    row = np.repeat(np.arange(len(tissue)), np.diff(graph.indptr))
    same = tissue.block[row] == tissue.block[graph.indices]
    whole, within = (
        sp.csr_matrix((weight.astype(float), graph.indices, graph.indptr), shape=graph.shape)
        for weight in (np.ones(graph.nnz), same)
    )
    blocks = tissue.block_matrix
    x = values - values.mean(axis=0)
    beside, beside_within = whole @ x, within @ x
    degree, degree_within = (np.asarray(matrix.sum(axis=1)) for matrix in (whole, within))
    # Edges that a block takes along have one end in it or both; directed edges are counted from both of their ends.
    products = 2 * (blocks @ (x * beside)) - blocks @ (x * beside_within)
    ends = 2 * (blocks @ (degree * x + beside)) - blocks @ (degree_within * x + beside_within)
    edges = 2 * (blocks @ degree) - blocks @ degree_within
    size = np.asarray(blocks.sum(axis=1))
    total = blocks @ x
    squares = blocks @ (x * x)
    all_products, all_edges, all_squares = (x * beside).sum(axis=0), graph.nnz, squares.sum(axis=0)
    n = len(tissue) - size
    mean = -total / np.maximum(n, 1)
    rest_edges = all_edges - edges
    rest_ends = 2 * (degree * x).sum(axis=0) - ends
    shared = all_products - products - mean * rest_ends + mean**2 * rest_edges
    spread = all_squares - squares - n * mean**2
    with np.errstate(divide="ignore", invalid="ignore"):
        index = len(tissue) / max(all_edges, 1) * all_products / all_squares
        left_out = n / np.maximum(rest_edges, 1) * shared / spread
    constant = all_squares <= 1e-12 * np.maximum((values**2).sum(axis=0), 1e-300)
    index = np.where(constant, 0.0, index)
    left_out = np.where(constant | ~np.isfinite(left_out), 0.0, left_out).T
    return index, jackknife_error(left_out, np.ones(left_out.shape, bool))


def _first(rows: Rows) -> Measurement:
    return _at(rows, 0)


def _at(rows: Rows, column: int) -> Measurement:
    return Measurement(float(rows[0][column]), float(rows[1][column]))


def _ranks(values: np.ndarray) -> np.ndarray:
    """Average ranks of each column."""
    from scipy.stats import rankdata

    return rankdata(values, axis=0)


def _centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean(axis=0)
