"""How well niches that were found in one half of the counts predict the other half.

The spots are clustered by one half as the niche finder does (pooled, normalised, principal components, mixture). The
rates of each cluster, from the same half, then predict the other half's counts of each spot. The score has the same
scale for every way to prepare counts, and a partition that follows depth gains nothing: depth is the exposure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from data_prep.facts.choices.count_halves import CountHalves
from data_prep.facts.choices.heldout_deviance import (
    HeldOut,
    indicator,
    label_gain,
    mean_rates,
    null_deviance,
    shrunken,
)
from data_prep.facts.niche_mixture import fit_mixture
from data_prep.facts.niche_views import Rate, Tissue, mean_over, pools_of
from data_prep.niche_options import Preparation

SPOTS = 2000
"""Spots that are clustered, evenly spread."""
PARTS = 12
"""Clusters in which preparations are compared; fewer on a small slide."""
SPOTS_PER_PART = 30
MOST_COMPONENTS = 40
SEED = 0


@dataclass(eq=False)
class LabelScores:
    """Scores partitions of one tissue.

    Args:
        halves: its counts in two halves.
        by_variance: (n_genes,) columns of the tissue, the most variable first.
        pool: spots that are pooled.
    """

    halves: CountHalves
    by_variance: np.ndarray
    pool: int

    def __post_init__(self) -> None:
        tissue = self.halves.whole
        n = min(len(tissue), SPOTS)
        self.spots = np.arange(n) * len(tissue) // n
        self.block = self.halves.block[self.spots]
        self.mean_matrix = mean_over(tissue.nearest(self.pool))[self.spots]
        self.n_parts = int(np.clip(n // SPOTS_PER_PART, 4, PARTS))
        self._components: dict[tuple[int, str, int], np.ndarray] = {}
        self._null: dict[int, np.ndarray] = {}

    def of_preparation(self, preparation: Preparation) -> HeldOut:
        """Both ways together: fitted on either half and scored on the other."""
        first, second = (self.of_labels(way, self.partition(way, preparation, self.n_parts)) for way in range(2))
        return first + second

    def most_components(self, preparation: Preparation) -> int:
        """Components that this many spots and genes have, up to `MOST_COMPONENTS`."""
        return min(MOST_COMPONENTS, self.components(0, replace(preparation, n_components=MOST_COMPONENTS)).shape[1])

    def partition(self, way: int, preparation: Preparation, n_parts: int) -> np.ndarray:
        """(n_spots,) clusters of the spots by one half."""
        values = self.components(way, preparation)
        mixture = fit_mixture(values, n_parts, SEED)
        return mixture.labels(values.astype(np.float64))

    def components(self, way: int, preparation: Preparation) -> np.ndarray:
        """(n_spots, n_components) principal components of the prepared counts of one half."""
        from sklearn.utils.extmath import randomized_svd

        key = (way, preparation.normalisation, preparation.n_genes)
        if key not in self._components:
            tissue = self.halves.halves[way]
            genes = np.sort(self.by_variance[: preparation.n_genes])
            counts = tissue.counts[:, genes]
            rate = Rate(replace(tissue, counts=counts), preparation.normalisation)
            values = rate.of(self.mean_matrix @ counts, self.mean_matrix @ tissue.depth)
            slide_of = tissue.slide_of[self.spots]
            for slide in np.unique(slide_of):
                values[slide_of == slide] -= values[slide_of == slide].mean(axis=0)
            n = min(MOST_COMPONENTS, min(values.shape) - 1)
            left, size, _ = randomized_svd(values, n, n_iter=4, random_state=SEED)
            self._components[key] = (left * size).astype(np.float32)
        return self._components[key][:, : preparation.n_components]

    def neighbours(self, k: int) -> np.ndarray:
        """(n_spots, k) the k nearest clustered spots of the same slide; its farthest one again where it has fewer."""
        tissue = self.halves.whole
        xy = np.concatenate([slide.xy[places] for slide, places in zip(tissue.slides, tissue.order, strict=True)])
        near = np.empty((len(self.spots), k), np.int64)
        slide_of = tissue.slide_of[self.spots]
        for slide in np.unique(slide_of):
            own = np.flatnonzero(slide_of == slide)
            size = min(k, len(own) - 1)
            found = cKDTree(xy[self.spots[own]]).query(xy[self.spots[own]], k=size + 1)[1].reshape(len(own), -1)
            near[own] = own[found[:, np.minimum(np.arange(k) + 1, size)]]
        return near

    def fitted(self, way: int) -> tuple[sp.csr_matrix, np.ndarray]:
        """Counts and depth of the clustered spots in one half."""
        tissue = self.halves.halves[way]
        return tissue.counts[self.spots], tissue.depth[self.spots]

    def of_labels(self, way: int, label: np.ndarray) -> HeldOut:
        """Score a partition that was found by one half."""
        scored = self.halves.directions[way][1]
        counts, depth = self.fitted(way)
        mean = mean_rates(counts, depth)
        n_labels = int(label.max()) + 1
        sums = np.asarray((indicator(label, n_labels) @ counts).todense(), dtype=np.float64)
        rates = shrunken(sums, np.bincount(label, depth, n_labels), mean)
        held, exposure = scored.counts[self.spots], scored.depth[self.spots]
        if way not in self._null:
            self._null[way] = null_deviance(held, exposure, mean, self.block)
        return HeldOut(label_gain(rates, held, exposure, mean, label, self.block), self._null[way])


def middle_pool(tissue: Tissue) -> int:
    """The pool in the middle of those that the niche finder uses."""
    sizes = pools_of(tissue)
    return sizes[len(sizes) // 2]
