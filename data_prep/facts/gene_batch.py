"""Some genes of a slide that are measured together: their counts and what several statistics need of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.pooled_maps import PooledMaps
from data_prep.facts.spot_set_contrasts import SetSums, SpotSets


@dataclass(frozen=True, eq=False)
class GeneBatch:
    """Genes of one slide.

    Attributes:
        counts: (n, n_genes) counts of the labelled spots.
        over_tissue: makes maps that are pooled over the whole tissue.
        in_niche: makes maps that are pooled within niches.
    """

    counts: sp.csc_matrix
    over_tissue: PooledMaps
    in_niche: PooledMaps

    @property
    def tissue(self) -> LabelledTissue:
        """The labelled spots."""
        return self.over_tissue.tissue

    @cached_property
    def rate_over_tissue(self) -> np.ndarray:
        """(n, n_genes) maps pooled over the whole tissue."""
        return self.over_tissue.rates(self.counts)

    @cached_property
    def rate_in_niche(self) -> np.ndarray:
        """(n, n_genes) maps pooled within niches."""
        return self.in_niche.rates(self.counts)

    def sums(self, sets: SpotSets) -> SetSums:
        """Sums of the counts and depths over sets of spots."""
        return SetSums.of(self.tissue, self.counts, sets)
