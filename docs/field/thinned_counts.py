"""Task 2b of docs/field_tasks.md: half of the counts are left out, and the other half tells what they looked like.

Binomial thinning cuts the counts of a section into two independent halves. Every way sees the first half only, and its
maps are compared with the maps of the second. What a way learns, it learns by cutting the first half again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from field.features import (
    AROUND,
    MOST_GENES,
    VARIABLE,
    components,
    neighbourhoods,
    pooled,
    standardised,
    variable_codes,
)
from field.maps import compare_maps
from field.ridge import fit_ridge
from field.sections import Section
from field.task_metrics import Result

from data_prep.facts.normalisation import depth_scale
from data_prep.facts.spatial_blocks import spatial_blocks
from data_prep.facts.thinning import thin
from data_prep.pooling import LADDER, pool_sizes, pooling_matrix

BASELINE = "pooled, one k by count splitting"
TARGETS = 200
"""Genes that are scored on a slide with more than a panel: those that vary most."""
RANK = 20
"""Components of the low-rank way; a usual number for panels."""
NEAREST = 30
"""Spots that are averaged in expression space, the number that scanpy's and Seurat's users take."""
SPOTS_PER_POOL = 10
"""A pool is at most a tenth of the spots."""


@dataclass(frozen=True, eq=False)
class Half:
    """One half of the counts of a section.

    Attributes:
        counts: (n_spots, n_genes) counts.
        xy: (n_spots, 2) positions.
        target: codes of the genes that are scored.
        shared: codes of the genes that are features.
    """

    counts: sp.csc_matrix
    xy: np.ndarray
    target: np.ndarray
    shared: np.ndarray

    @cached_property
    def depth(self) -> np.ndarray:
        """(n_spots,) counts over all genes."""
        return np.asarray(self.counts.sum(axis=1), dtype=np.float64).ravel()

    @cached_property
    def target_counts(self) -> np.ndarray:
        """(n_spots, n_targets) counts of the scored genes."""
        return self.counts[:, self.target].toarray().astype(np.float64)

    @cached_property
    def map(self) -> np.ndarray:
        """(n_spots, n_targets) log1p of the counts per median depth."""
        return np.log1p(self.target_counts * depth_scale(self.depth)[:, None])

    @cached_property
    def values(self) -> np.ndarray:
        """(n_spots, n_shared) standardised genes."""
        return standardised(np.log1p(self.counts[:, self.shared].toarray() * depth_scale(self.depth)[:, None]))

    @cached_property
    def features(self) -> np.ndarray:
        """(n_spots, n_features) standardised genes, or components of them."""
        return components([self.values])[0] if len(self.shared) > MOST_GENES else self.values

    def split(self, seed: int) -> tuple[Half, Half]:
        """Two halves of this half."""
        first = thin(self.counts, np.full(len(self.xy), 0.5), seed)
        return self._with(first), self._with(sp.csc_matrix(self.counts - first))

    def _with(self, counts: sp.csc_matrix) -> Half:
        return Half(counts, self.xy, self.target, self.shared)


def nothing(half: Half) -> np.ndarray:
    """The noisy half itself."""
    return half.map


def pooled_by_rule(half: Half) -> np.ndarray:
    """What NicheLens draws: pools by the mean count of the gene (`data_prep.pooling`)."""
    sizes = pool_sizes(half.target_counts.mean(axis=0), len(half.xy))
    return pooled_maps(half, sizes)


def pooled_by_splitting(half: Half) -> np.ndarray:
    """One pool size for all genes, chosen by count splitting."""
    deviance = pool_deviance(half)
    return pooled_maps(half, np.full(len(half.target), _ladder(half)[deviance.sum(axis=1).argmin()]))


def pooled_gene_by_gene(half: Half) -> np.ndarray:
    """A pool size for each gene, chosen by count splitting."""
    return pooled_maps(half, np.asarray(_ladder(half))[pool_deviance(half).argmin(axis=0)])


def nearest_in_expression(half: Half) -> np.ndarray:
    """The mean of the spots with the most similar expression, the spot itself included."""
    place = components([half.features], min(RANK, half.features.shape[1] - 1))[0]
    return pooled(place, half.map, NEAREST)


def low_rank(half: Half) -> np.ndarray:
    """The maps rebuilt from the first components of all features."""
    from sklearn.decomposition import TruncatedSVD

    value = standardised(half.map)
    basis = TruncatedSVD(min(RANK, value.shape[1] - 1), algorithm="arpack", random_state=0).fit_transform(
        np.hstack([half.features, value])
    )
    basis = np.linalg.qr(basis)[0]
    return half.map.mean(axis=0) + half.map.std(axis=0) * (basis @ (basis.T @ value))


def own_regression(half: Half) -> np.ndarray:
    """Ridge regression on the spot's own genes."""
    return _regress(half, around=False)


def neighbourhood_regression(half: Half) -> np.ndarray:
    """Ridge regression on the spot's own genes and on those of two neighbourhoods."""
    return _regress(half, around=True)


WAYS: dict[str, Callable[[Half], np.ndarray]] = {
    "nothing: the noisy half": nothing,
    "pooled by NicheLens's rule": pooled_by_rule,
    BASELINE: pooled_by_splitting,
    "pooled, k of each gene by count splitting": pooled_gene_by_gene,
    f"{NEAREST} nearest in expression": nearest_in_expression,
    f"low rank ({RANK})": low_rank,
    "regression on own genes": own_regression,
    "neighbourhood regression": neighbourhood_regression,
}


def leave_counts_out(
    slides: str, sections: Sequence[Section], ways: dict[str, Callable[[Half], np.ndarray]] = WAYS
) -> Result:
    """Every way on every section; a gene's score is the mean over the sections that measure it."""
    parts, maps = [], {way: [] for way in ways}
    for section in sections:
        seen, left_out = halves(section)
        parts.append((section.slide.xy, section.slide.genes[seen.target], left_out.map))
        for way, predict in ways.items():
            maps[way].append(np.maximum(predict(seen), 0.0))
    scored, n_genes = compare_maps(parts, maps)
    unseen = f"half of the counts, {len(sections)} section{'s' * (len(sections) > 1)}, {n_genes} genes"
    return Result(slides, unseen, scored, BASELINE)


def halves(section: Section) -> tuple[Half, Half]:
    """Two halves of the counts of a section."""
    shared = variable_codes([section], VARIABLE)
    detected = np.diff(section.slide.counts.indptr) >= 0.01 * section.slide.n_spots
    target = np.sort(shared[:TARGETS] if len(shared) > MOST_GENES else shared)
    whole = sp.csc_matrix(section.slide.counts)
    whole = thin(whole, np.ones(section.slide.n_spots), 0)  # rounds fractional counts
    return Half(whole, section.slide.xy, target[detected[target]], np.sort(shared)).split(1)


def pool_deviance(half: Half) -> np.ndarray:
    """(n_sizes, n_targets) Poisson deviance of pools of one part of the counts on the other part.

    One average spot is added to every pool, so that a pool without a count does not rule out counts.
    """
    seen, left_out = half.split(2)
    total = max(float(seen.depth.sum()), 1.0)
    average = seen.target_counts.sum(axis=0) / total
    deviance = []
    for k in _ladder(half):
        pool = pooling_matrix(half.xy, k)
        spot = total / len(half.xy)
        rate = (pool @ seen.target_counts + spot * average) / (pool @ seen.depth + spot)[:, None]
        mean = rate * left_out.depth[:, None]
        count = left_out.target_counts
        inside = np.where(count > 0, count * np.log(np.where(count > 0, count, 1) / np.where(mean > 0, mean, 1)), 0)
        deviance.append(2 * (inside - count + mean).sum(axis=0))
    return np.array(deviance)


def pooled_maps(half: Half, sizes: np.ndarray) -> np.ndarray:
    """(n_spots, n_targets) log1p of the pooled counts per median depth; each gene has its pool size."""
    rate = np.empty_like(half.target_counts)
    for k in np.unique(sizes):
        pool = pooling_matrix(half.xy, int(k))
        rate[:, sizes == k] = (pool @ half.target_counts[:, sizes == k]) / np.maximum(pool @ half.depth, 1)[:, None]
    return np.log1p(rate * np.median(half.depth[half.depth > 0]))


def _ladder(half: Half) -> tuple[int, ...]:
    return tuple(k for k in LADDER if k == 1 or k * SPOTS_PER_POOL <= len(half.xy))


def _regress(half: Half, *, around: bool) -> np.ndarray:
    """Ridge regression that is learnt from one part of the counts to the other, applied to both together."""

    def own(part: Half) -> list[np.ndarray]:
        value = standardised(part.map)
        return [value, *(pooled(part.xy, value, k) for k in AROUND)] if around else [value]

    seen, left_out = half.split(3)
    shared = [seen.values, half.values]
    if len(half.shared) > MOST_GENES:
        shared = components(shared)  # of the part that is learnt from, for both
    if around:
        shared = [np.hstack([value, neighbourhoods(half.xy, value)]) for value in shared]
    model = fit_ridge(shared[0], left_out.map, spatial_blocks(half.xy), own(seen))
    return model.predict(shared[1], own(half))
