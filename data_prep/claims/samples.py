"""Samples: the spots on which the number behind a claim was measured. Each kind of claim names its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from data_prep.claims.claim import Claim

if TYPE_CHECKING:
    from data_prep.facts.facts import Facts


@dataclass(frozen=True)
class Sample:
    """The spots of one number.

    Attributes:
        n_spots: how many there are; 0 for none.
        depth: median of their total counts; NaN for none.
        pooled: spots that are summed at each position of the map; 1 where the map is not pooled.
    """

    n_spots: int = 0
    depth: float = nan
    pooled: int = 1


TakeSample = Callable[[Claim, "Facts"], Sample]
"""(claim with real names, facts) → the spots of its number."""


def of_niche(claim: Claim, facts: Facts) -> Sample:
    """The spots of the claim's niche."""
    code = facts.slide.niche_index(claim.niche)
    return Sample(int(facts.tissue.niche_sizes[code]), float(facts.tissue.niche_depths[code]))


def of_tissue(claim: Claim, facts: Facts) -> Sample:
    """All labelled spots."""
    return Sample(len(facts.tissue), facts.tissue.median_depth)


def of_map(claim: Claim, facts: Facts) -> Sample:
    """All labelled spots, pooled over the tissue as the maps of the claim's genes are."""
    genes = [gene for gene in (claim.gene, claim.other) if gene]
    return Sample(len(facts.tissue), facts.tissue.median_depth, max(map(facts.gene_maps.pool_size, genes)))


def of_map_in_niches(claim: Claim, facts: Facts) -> Sample:
    """All labelled spots, pooled within niches."""
    pooled = facts.gene_maps.pool_size(claim.gene, within_niche=True)
    return Sample(len(facts.tissue), facts.tissue.median_depth, pooled)


def of_rim(claim: Claim, facts: Facts) -> Sample:
    """The spots of the rim and of the core of the claim's niche."""
    return _of_spots(facts.gene_maps.sides("rim", claim.niche), facts)


def of_border(claim: Claim, facts: Facts) -> Sample:
    """The spots of the other niche that lie beside the claim's niche, and those far from it."""
    return _of_spots(facts.gene_maps.sides("spill", claim.niche, claim.other), facts)


def of_place(claim: Claim, facts: Facts) -> Sample:
    """The spots in the claim's ninth of the tissue."""
    return _of_spots(facts.gene_maps.place(claim.value), facts)


def _of_spots(chosen: np.ndarray, facts: Facts) -> Sample:
    """The chosen of the labelled spots."""
    depth = facts.tissue.depth[chosen]
    return Sample(len(depth), float(np.median(depth))) if len(depth) else Sample()
