"""The labelled tissue of a slide: the spots that have a niche, on which every fact is measured.

Spots without a niche belong neither to a niche nor to its rest, so they take no part in any fact. The labelled spots
stand in the order of their positions. So facts depend neither on unlabelled tissue nor on the order of the spots.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from data_prep.facts.spatial_blocks import spatial_blocks
from data_prep.facts.spot_graph import spot_graph
from data_prep.slide import Slide

MARGIN_QUANTILE = 0.005
"""This share of the spots on each side does not count for the extent of the tissue: a few may lie astray."""


@dataclass(frozen=True, eq=False)
class LabelledTissue:
    """The labelled spots of a slide; n is their number.

    Attributes:
        slide: the slide.
        spots: (n,) their indices in the slide, sorted by position (y, then x).
        xy: (n, 2) positions.
        niche: (n,) niche codes.
        depth: (n,) total counts, at least a tiny number.
    """

    slide: Slide
    spots: np.ndarray
    xy: np.ndarray
    niche: np.ndarray
    depth: np.ndarray

    @classmethod
    def of(cls, slide: Slide) -> LabelledTissue:
        """The labelled spots of a slide in the order of their positions."""
        spots = np.flatnonzero(slide.niche >= 0)
        x, y = slide.xy[spots].T
        spots = spots[np.lexsort((slide.name_rank[spots], slide.depth[spots], slide.niche[spots], x, y))]
        return cls(slide, spots, slide.xy[spots], slide.niche[spots], np.maximum(slide.depth[spots], 1e-9))

    def __len__(self) -> int:
        return len(self.spots)

    @property
    def n_niches(self) -> int:
        """Number of niche names, with or without spots."""
        return len(self.slide.niches)

    @cached_property
    def niche_sizes(self) -> np.ndarray:
        """(n_niches,) number of spots of each niche."""
        return np.bincount(self.niche, minlength=self.n_niches)

    @cached_property
    def niche_depths(self) -> np.ndarray:
        """(n_niches,) median depth of each niche's spots; NaN for a niche without spots."""
        own = (self.depth[self.niche == code] for code in range(self.n_niches))
        return np.array([np.median(depth) if len(depth) else np.nan for depth in own])

    @cached_property
    def median_depth(self) -> float:
        """Median depth of the spots."""
        return float(np.median(self.depth))

    @cached_property
    def block(self) -> np.ndarray:
        """(n,) spatial block of each spot, for the jackknife."""
        return spatial_blocks(self.xy)

    @cached_property
    def n_blocks(self) -> int:
        """Number of spatial blocks."""
        return int(self.block.max(initial=-1)) + 1

    @cached_property
    def block_matrix(self) -> sp.csr_matrix:
        """(n_blocks, n) zeros and ones: sums values of the spots over each block."""
        entries = (np.ones(len(self)), (self.block, np.arange(len(self))))
        return sp.csr_matrix(entries, shape=(self.n_blocks, len(self)))

    @cached_property
    def graph(self) -> sp.csr_matrix:
        """(n, n) graph of neighbouring spots; entries are distances."""
        return spot_graph(self.xy)

    @cached_property
    def adjacency(self) -> sp.csr_matrix:
        """(n, n) graph of neighbouring spots with ones as entries."""
        return sp.csr_matrix((np.ones(self.graph.nnz), self.graph.indices, self.graph.indptr), shape=self.graph.shape)

    @cached_property
    def position(self) -> np.ndarray:
        """(n, 2) positions in 0..1 of the tissue's own extent, y pointing down; 0.5 on an axis without extent."""
        low, high = np.quantile(self.xy, [MARGIN_QUANTILE, 1 - MARGIN_QUANTILE], axis=0)
        return np.where(high > low, np.clip((self.xy - low) / np.maximum(high - low, 1e-9), 0.0, 1.0), 0.5)

    def counts(self, columns: slice | Sequence[int] | np.ndarray) -> sp.csc_matrix:
        """Counts of some genes, (n, n_columns) CSC with sorted rows, so that sums do not depend on the order of spots.

        Args:
            columns: codes of the genes, or a slice of them.
        """
        counts = self.slide.counts[:, columns]
        row, value, indptr = self._row_of_spot[counts.indices], counts.data, counts.indptr
        if len(self) < self.slide.n_spots:
            kept = row >= 0
            row, value, indptr = row[kept], value[kept], np.r_[0, np.cumsum(kept)][indptr]
        labelled = sp.csc_matrix((value, row, indptr), shape=(len(self), counts.shape[1]))
        labelled.sort_indices()
        return labelled

    @cached_property
    def _row_of_spot(self) -> np.ndarray:
        row = np.full(self.slide.n_spots, -1, np.int32)
        row[self.spots] = np.arange(len(self), dtype=np.int32)
        return row
