"""Count splitting: two independent halves of the counts of a tissue, by binomial thinning.

If counts are Poisson given the rate of a spot, the halves are independent given the rates (Neufeld et al. 2024; Batson
et al. 2019 call the idea molecular cross-validation). What is fitted on one half can then be scored on the other like
on a replicate of the slide with half of the depth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from data_prep.facts.niche_views import Tissue
from data_prep.facts.spatial_blocks import spatial_blocks
from data_prep.facts.thinning import thin

SEED = 13


@dataclass(frozen=True, eq=False)
class CountHalves:
    """Two independent halves of the counts of a tissue.

    Attributes:
        whole: all counts.
        halves: the tissue with the counts and the depth of either half.
    """

    whole: Tissue
    halves: tuple[Tissue, Tissue]

    @classmethod
    def of(cls, tissue: Tissue, seed: int = SEED) -> CountHalves:
        """Split the counts of a tissue.

        The spots of a tissue stand in the order of their positions and its genes in alphabetical order, so the halves
        do not depend on the order in the file. Fractional counts are first rounded at random (`thinning.thin`): their
        halves are then independent only if the values behave like counts.

        Args:
            tissue: the spots.
            seed: equal seeds give equal halves.
        """
        columns = tissue.counts.tocsc()
        columns.sort_indices()
        ones = sp.csc_matrix((_rounded(columns.data, seed), columns.indices, columns.indptr), shape=columns.shape)
        first = thin(ones, np.full(len(tissue), 0.5), (seed, 1))
        second = (ones - first).tocsc()
        second.eliminate_zeros()
        other = np.rint(np.maximum(tissue.depth - np.asarray(tissue.counts.sum(axis=1)).ravel(), 0)).astype(np.int64)
        taken = np.random.default_rng((seed, 2)).binomial(other, 0.5)
        parts = []
        for counts, rest in ((first, taken), (second, other - taken)):
            depth = np.asarray(counts.sum(axis=1), dtype=np.float64).ravel() + rest
            parts.append(replace(tissue, counts=counts.tocsr().astype(np.float32), depth=np.maximum(depth, 1e-9)))
        return cls(tissue, (parts[0], parts[1]))

    @property
    def directions(self) -> tuple[tuple[Tissue, Tissue], tuple[Tissue, Tissue]]:
        """(fitted on, scored on), both ways."""
        return self.halves, (self.halves[1], self.halves[0])

    @cached_property
    def block(self) -> np.ndarray:
        """(n,) spatial block of each spot, for the jackknife; no block holds spots of two slides."""
        blocks, first = [], 0
        for slide, places in zip(self.whole.slides, self.whole.order, strict=True):
            block = spatial_blocks(slide.xy[places])
            blocks.append(block + first)
            first += int(block.max(initial=-1)) + 1
        return np.concatenate(blocks)


def _rounded(values: np.ndarray, seed: int) -> np.ndarray:
    """Counts as whole numbers; a fraction is rounded up with its own probability."""
    whole = np.floor(values)
    draw = np.random.default_rng((seed, 0)).random(len(values))
    return (whole + (draw < values - whole)).astype(np.float32)
