"""Statistics of a gene's map that a fold change does not contain: pattern, trend, depth, and contrasts in a niche.

All are measured on the labelled spots, with an error (``Measurement``). Genes that are announced by ``prefetch`` are
measured together when a statistic of one of them is first asked for: one sparse product serves all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache, partial

import numpy as np
import scipy.sparse as sp

from data_prep.facts import spot_sets
from data_prep.facts.block_jackknife import correlation_with_error
from data_prep.facts.gene_batch import GeneBatch
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.measurement import Measurement
from data_prep.facts.morans_index import morans_i, null_spread
from data_prep.facts.normalisation import depth_scale
from data_prep.facts.pooled_maps import CLEAR_PATTERN, PooledMaps, noise_share
from data_prep.facts.spot_set_contrasts import SpotSets, log_ratios

LEAST_SPOTS = 15
"""Fewest spots on each side of a contrast."""
_BATCH_ENTRIES = 2**22
"""Spots × genes that are measured at once: 32 MB for each map."""
_REMEMBERED = 2**15
"""Answers that are kept: a claim is asked for every half and every place."""

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Values, errors and noise (``Measurement``), each (n_genes, n_statistics) of a batch or (n_statistics,) of a gene."""


class GeneMaps:
    """Measures the maps of genes on one slide.

    Args:
        tissue: the labelled spots of the slide.
    """

    def __init__(self, tissue: LabelledTissue) -> None:
        self.tissue = tissue
        self.slide = tissue.slide
        self._announced: dict[str, None] = {}
        self._rows: dict[str, dict[str, Rows]] = {}
        self._over_tissue = PooledMaps(tissue, within_niche=False)
        self._in_niche = PooledMaps(tissue, within_niche=True)
        self._genes_at_once = max(1, _BATCH_ENTRIES // max(len(tissue), 1))
        self._batch = lru_cache(maxsize=1)(self._make_batch)
        self._pairs: dict[tuple[str, str], Measurement] = {}
        self._spot_pairs: dict[tuple[str, str], Measurement] = {}
        self._places = lru_cache(maxsize=_REMEMBERED)(self._make_places)
        self._parts = lru_cache(maxsize=_REMEMBERED)(self._make_parts)
        self._depth_rank = lru_cache(maxsize=None)(self._make_depth_rank)
        self._beside_and_far = lru_cache(maxsize=None)(partial(spot_sets.beside_and_far, tissue))

    def prefetch(self, genes: Iterable[str]) -> None:
        """Announce genes that will be asked for. Each statistic of all of them is measured at once, on first use."""
        self._announced.update(dict.fromkeys(genes))

    def prefetch_pairs(self, genes: Sequence[str]) -> None:
        """Measure the correlations of all pairs of different genes together; a few dozen genes at most."""
        counts = self.tissue.counts([self.slide.gene_index(gene) for gene in genes])
        pooled = self._over_tissue.rates(counts)
        noise = noise_share(self._over_tissue.counting_variance(counts, pooled), pooled.var(axis=0))
        left = np.sqrt(CLEAR_PATTERN / (CLEAR_PATTERN + self._over_tissue.relative_noise(counts, pooled)))
        for i, j, value, error in self._all_pairs(pooled):
            of_pair = Measurement(value, error, float(max(noise[i], noise[j])), float(left[i] * left[j]))
            self._pairs[_pair(genes[i], genes[j])] = of_pair
        for i, j, value, error in self._all_pairs(counts.toarray() / self.tissue.depth[:, None]):
            self._spot_pairs[_pair(genes[i], genes[j])] = Measurement(value, error)

    def _all_pairs(self, rate: np.ndarray) -> Iterator[tuple[int, int, float, float]]:
        """Numbers of two columns of (n, n_genes) rates, their correlation and its error, for all pairs."""
        rate = (rate - rate.mean(axis=0)) / np.maximum(rate.std(axis=0), 1e-300)
        blocks = self.tissue.block_matrix
        total, squares = (blocks @ rate).T, (blocks @ (rate * rate)).T
        pairs = np.stack(np.triu_indices(rate.shape[1], 1), axis=1)
        for start in range(0, len(pairs), self._genes_at_once):
            i, j = pairs[start : start + self._genes_at_once].T
            products = (blocks @ (rate[:, i] * rate[:, j])).T
            found = correlation_with_error(self._block_size, total[i], total[j], squares[i], squares[j], products)
            yield from zip(i.tolist(), j.tolist(), *(part.tolist() for part in found), strict=True)

    def detected(self, gene: str) -> float:
        """Share of the labelled spots with at least one count."""
        return _at(self._measured("detected", self._detected, gene)).value

    def moran(self, gene: str) -> Measurement:
        """Moran's I of log1p(normalised counts) on the spot graph."""
        return _with_reach(self._measured("moran", self._moran, gene))

    def moran_z(self, gene: str) -> float:
        """Z score of Moran's I against no pattern."""
        expected = -1 / (len(self.tissue) - 1)
        return (self.moran(gene).value - expected) / self._null_spread

    def trend(self, gene: str) -> tuple[Measurement, Measurement]:
        """Rank correlation of the pooled map with x and with y (pointing down)."""
        rows = self._measured("trend", self._trend, gene)
        return _at(rows, 0), _at(rows, 1)

    def depth_correlation(self, gene: str) -> Measurement:
        """Rank correlation of the pooled map with the depth of the same pools; niche means are subtracted first."""
        return _with_reach(self._measured("depth", self._depth, gene))

    def map_correlation(self, a: str, b: str) -> Measurement:
        """Pearson correlation of the pooled maps of two genes."""
        return self._of_pair(self._pairs, a, b)

    def spot_correlation(self, a: str, b: str) -> Measurement:
        """Pearson correlation of the rates of two genes over single spots.

        Noise lowers it much, but does not change its sign. Pooled maps blur niches that are scattered or thin.
        """
        return self._of_pair(self._spot_pairs, a, b)

    def _of_pair(self, known: dict[tuple[str, str], Measurement], a: str, b: str) -> Measurement:
        pair = _pair(a, b)
        if pair not in known:
            self.prefetch_pairs(pair)
        return known[pair]

    def halves(self, gene: str, niche: str) -> dict[str, Measurement]:
        """log2 ratio of each half of a niche to the other: "left", "right", "upper", "lower"."""
        return self._parts(gene, niche)

    def rim(self, gene: str, niche: str) -> Measurement:
        """log2 ratio of the spots at the niche's border with other niches to its core."""
        measure = partial(self._pairs_of_sets, lambda: self._rim_and_core)
        return _at(self._measured("rim", measure, gene), self.slide.niche_index(niche))

    def spill(self, gene: str, niche: str, other: str) -> Measurement:
        """log2 ratio, inside another niche, of its spots beside this niche to its spots far from it."""
        code = self.slide.niche_index(niche)
        measure = partial(self._pairs_of_sets, partial(self._beside_and_far, code))
        return _at(self._measured(f"spill {code}", measure, gene), self.slide.niche_index(other))

    def ninths(self, gene: str) -> dict[str, Measurement]:
        """log2 ratio of the gene's rate in each ninth of the tissue to the highest rate of the other eight.

        So at most one place has a positive ratio. Places with fewer than ``LEAST_SPOTS`` spots are NaN.
        """
        return self._places(gene)

    def pool_size(self, gene: str, *, within_niche: bool = False) -> int:
        """Number of spots that are pooled at each position of the gene's map."""
        maps = self._in_niche if within_niche else self._over_tissue
        return int(maps.sizes(self.tissue.counts([self.slide.gene_index(gene)]))[0])

    def sides(self, contrast: str, niche: str, other: str = "") -> np.ndarray:
        """(n,) which of the labelled spots are compared in a niche.

        Args:
            contrast: "rim" for the rim and the core of a niche, "spill" for the spots of another niche beside it and
                far from it.
            niche: name.
            other: name of the other niche.
        """
        code = self.slide.niche_index(niche)
        sets = self._rim_and_core if contrast == "rim" else self._beside_and_far(code)
        return sets.code // 2 == (code if contrast == "rim" else self.slide.niche_index(other))

    def place(self, name: str) -> np.ndarray:
        """(n,) which of the labelled spots are in a ninth of the tissue."""
        return self._nine_places.code == spot_sets.PLACES.index(name)

    def _measured(self, name: str, measure: Callable[[GeneBatch], Rows], gene: str) -> Rows:
        """Values and errors of one statistic of a gene; measures the announced genes with it."""
        rows = self._rows.setdefault(name, {})
        if gene not in rows:
            genes = [other for other in self._announced if other not in rows] if gene in self._announced else [gene]
            for start in range(0, len(genes), self._genes_at_once):
                together = tuple(genes[start : start + self._genes_at_once])
                measured = measure(self._batch(together))
                rows.update(zip(together, zip(*measured, strict=True), strict=True))
        return rows[gene]

    def _make_parts(self, gene: str, niche: str) -> dict[str, Measurement]:
        code = self.slide.niche_index(niche)
        left, upper = (_at(self._measured(f"halves {axis}", self._halves(axis), gene), code) for axis in (0, 1))
        return {"left": left, "right": -left, "upper": upper, "lower": -upper}

    def _make_places(self, gene: str) -> dict[str, Measurement]:
        rows = self._measured("ninths", self._ninths, gene)
        return {place: _at(rows, i) for i, place in enumerate(spot_sets.PLACES)}

    def _make_batch(self, genes: tuple[str, ...]) -> GeneBatch:
        counts = self.tissue.counts([self.slide.gene_index(gene) for gene in genes])
        return GeneBatch(counts, self._over_tissue, self._in_niche)

    def _detected(self, batch: GeneBatch) -> Rows:
        share = np.diff(batch.counts.indptr)[:, None] / max(len(self.tissue), 1)
        return share, np.zeros_like(share), np.zeros_like(share)

    def _moran(self, batch: GeneBatch) -> Rows:
        scale = depth_scale(self.tissue.depth)[:, None]
        scaled = batch.counts.toarray() * scale
        spread, mean = scaled.var(axis=0), scaled.mean(axis=0)
        noise = noise_share((scaled * scale).mean(axis=0), spread)
        # A pattern has about its share of the relative variance as Moran's I.
        reach = CLEAR_PATTERN / np.maximum(spread / np.where(mean > 0, mean, 1.0) ** 2, CLEAR_PATTERN)
        index, error = morans_i(self.tissue, np.log1p(scaled))
        zero = np.zeros_like(reach)
        return np.stack([index, reach], axis=1), np.stack([error, zero], axis=1), np.stack([noise, zero], axis=1)

    def _trend(self, batch: GeneBatch) -> Rows:
        rank = _centred_ranks(batch.rate_over_tissue)
        x, y = (self._correlation(rank, _centred_ranks(axis[:, None])) for axis in self.tissue.xy.T)
        rate = batch.rate_over_tissue
        noise = noise_share(self._over_tissue.counting_variance(batch.counts, rate), rate.var(axis=0))
        value, error = (np.stack(parts, axis=1) for parts in zip(x, y, strict=True))
        return value, error, np.stack([noise, noise], axis=1)

    def _depth(self, batch: GeneBatch) -> Rows:
        rank = self._less_niche_mean(_centred_ranks(batch.rate_in_niche))
        sizes = self._in_niche.sizes(batch.counts)
        value, error, noise = np.zeros((3, len(sizes), 2))
        rate = batch.rate_in_niche
        of_noise = self._in_niche.relative_noise(batch.counts, rate)
        for size in np.unique(sizes):
            some = sizes == size
            depth_rank, of_depth = self._depth_rank(int(size))
            value[some, 0], error[some, 0] = self._correlation(rank[:, some], depth_rank)
            value[some, 1] = np.sqrt(of_depth / np.maximum(of_depth + of_noise[some], 1e-300))
        counting = self._in_niche.counting_variance(batch.counts, rate)
        noise[:, 0] = noise_share(counting, self._less_niche_mean(rate).var(axis=0))
        return value, error, noise

    def _halves(self, axis: int) -> Callable[[GeneBatch], Rows]:
        return partial(self._pairs_of_sets, lambda: self._half_sets[axis])

    def _ninths(self, batch: GeneBatch) -> Rows:
        sums, usable = batch.sums(self._nine_places), self._nine_places.size >= LEAST_SPOTS
        rate = (sums.counts.sum(axis=1) + 0.5) / np.maximum(sums.depth.sum(axis=1), 1e-9)
        rate[~usable] = -1.0
        order = np.argsort(-rate, axis=0, kind="stable")
        # The highest of the other places is the second one for the first place, and the first one for all others.
        other = np.where(np.arange(len(rate))[:, None] == order[0], order[1], order[0])
        other_counts = sums.counts[other, :, np.arange(rate.shape[1])].swapaxes(1, 2)
        other_depth = sums.depth[other, :, 0].swapaxes(1, 2)
        known = (usable & (np.count_nonzero(usable) > 1))[:, None]
        value, error, noise = (
            np.where(known, part, np.nan).T
            for part in log_ratios(sums.counts, sums.depth, other_counts, other_depth, sums)
        )
        return value, error, noise

    def _pairs_of_sets(self, make_sets: Callable[[], SpotSets], batch: GeneBatch) -> Rows:
        """Contrast sets 0 and 1, 2 and 3, ...: (n_genes, n_sets / 2); NaN where a set has too few spots."""
        sets = make_sets()
        enough = np.minimum(sets.size[::2], sets.size[1::2]) >= LEAST_SPOTS
        value, error, noise = np.full((3, len(enough), batch.counts.shape[1]), np.nan)
        if enough.any():
            sums = batch.sums(sets)
            sides = ((part[::2][enough], part[1::2][enough]) for part in (sums.counts, sums.depth))
            (k1, k0), (d1, d0) = sides
            value[enough], error[enough], noise[enough] = log_ratios(k1, d1, k0, d0, sums)
        return value.T, error.T, noise.T

    def _correlation(self, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Correlations of the columns of a, (n, n_genes), with one column b, (n, 1), and their errors."""
        moments = (self.tissue.block_matrix @ part for part in (a, b, a * a, b * b, a * b))
        return correlation_with_error(self._block_size, *(moment.T for moment in moments))

    def _less_niche_mean(self, values: np.ndarray) -> np.ndarray:
        """Columns less their mean in each niche."""
        n = len(self.tissue)
        niches = sp.csr_matrix((np.ones(n), (self.tissue.niche, np.arange(n))), shape=(self.tissue.n_niches, n))
        mean = (niches @ values) / np.maximum(niches.sum(axis=1), 1)
        return values - np.asarray(mean)[self.tissue.niche]

    def _make_depth_rank(self, size: int) -> tuple[np.ndarray, float]:
        """(n, 1) rank of the mean depth of each pool less the mean of the niche; that depth's relative variance."""
        pool, depth = self._in_niche.pool(size)
        depth = depth[:, None] / pool.sum(axis=1).reshape(-1, 1)
        relative = float(self._less_niche_mean(np.asarray(depth)).var() / depth.mean() ** 2)
        return self._less_niche_mean(_centred_ranks(np.asarray(depth))), relative

    @cached_property
    def _block_size(self) -> np.ndarray:
        return np.bincount(self.tissue.block, minlength=self.tissue.n_blocks).astype(float)

    @cached_property
    def _null_spread(self) -> float:
        return null_spread(self.tissue)

    @cached_property
    def _half_sets(self) -> tuple[SpotSets, SpotSets]:
        return spot_sets.halves(self.tissue, axis=0), spot_sets.halves(self.tissue, axis=1)

    @cached_property
    def _rim_and_core(self) -> SpotSets:
        return spot_sets.rim_and_core(self.tissue)

    @cached_property
    def _nine_places(self) -> SpotSets:
        return spot_sets.ninths(self.tissue)


def _at(rows: Rows, column: int = 0) -> Measurement:
    return Measurement(*(float(part[column]) for part in rows))


def _with_reach(rows: Rows) -> Measurement:
    """The first statistic of a gene; the second is its reach."""
    return replace(_at(rows), reach=_at(rows, 1).value)


def _pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)


def _centred_ranks(values: np.ndarray) -> np.ndarray:
    """Average ranks of each column, less their mean."""
    from scipy.stats import rankdata

    return rankdata(values, axis=0) - (len(values) + 1) / 2
