"""Depth of the niches, and what a marker rule would find that took the deeper niche's counts for expression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import MARKER, MarkerTable, depth_ratios, label_genes
from data_prep.slide import Slide


@dataclass(frozen=True)
class NicheDepth:
    """Depth of one niche.

    Attributes:
        niche: its name.
        n_spots: number of its spots.
        median: their median counts.
        ratio: this median over that of the other labelled spots.
    """

    niche: str
    n_spots: int
    median: float
    ratio: float


def niche_depths(slide: Slide) -> tuple[NicheDepth, ...]:
    """Depth of each niche that has spots, in the slide's order; none on a slide with fewer than two niches."""
    if len(slide.niches) < 2:
        return ()
    tissue = LabelledTissue.of(slide)
    found = zip(slide.niches, tissue.niche_sizes, tissue.niche_depths, depth_ratios(tissue), strict=True)
    return tuple(NicheDepth(name, int(n), float(median), float(ratio)) for name, n, median, ratio in found if n)


def count_markers_without_depth(tissue: LabelledTissue, markers: MarkerTable, niche: str) -> int:
    """Genes that the marker rule would call markers of a niche if it compared counts per spot, not per depth.

    Args:
        tissue: labelled spots.
        markers: their marker statistics.
        niche: name.
    """
    from scipy.special import ndtr
    from scipy.stats import false_discovery_control

    code = tissue.slide.niche_index(niche)
    inside = tissue.niche == code
    shift = (
        np.log2(tissue.depth[inside].mean() / tissue.depth[~inside].mean()) if 0 < inside.sum() < len(tissue) else 0.0
    )
    error = markers.error[:, code].astype(float)
    log2fc = np.where(np.isfinite(error), markers.log2fc[:, code] + shift, 0.0)
    q_value = false_discovery_control(np.minimum(2 * ndtr(-np.abs(log2fc) / error), 1.0))
    return int((label_genes(log2fc, error, q_value, markers.frac_in[:, code]) == MARKER).sum())
