"""How a synthetic slide is annotated beyond its niches: tissue without a label, and cell types."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from data_prep.slide import MIN_NICHE_SPOTS, Slide
from data_prep.synth.layout import smooth_fields

UNLABELLED_SHARE = (0.05, 0.97)
"""Share of the spots without a label on a partly labelled slide: from a torn edge to a few annotated patches."""
_MAX_CELL_TYPES = 9
_MIXTURES = (0.2, 0.5, 1.5)
"""Dirichlet parameters of the cell types of a niche: from mostly one type to an even mixture."""


def leave_unlabelled(slide: Slide, rng: np.random.Generator) -> Slide:
    """The slide with part of its labels removed: outside a window or a region, along a side, or at random.

    Each niche keeps at least `MIN_NICHE_SPOTS` labels.

    Args:
        slide: with niches.
        rng: draws the pattern.
    """
    xy = (slide.xy - slide.xy.mean(axis=0)) / np.ptp(slide.xy, axis=0).max()
    angle = rng.uniform(0.0, 2.0 * np.pi)
    match int(rng.integers(4)):
        case 0:
            score = -np.abs(xy - xy[rng.integers(slide.n_spots)]).max(axis=1)
        case 1:
            score = smooth_fields(rng, xy, 1, rng.uniform(0.1, 0.5))[:, 0].astype(float)
        case 2:
            score = xy @ np.array([np.cos(angle), np.sin(angle)])
        case _:
            score = rng.random(slide.n_spots)
    rank = score.argsort().argsort()
    labelled = rank >= rng.uniform(*UNLABELLED_SHARE) * slide.n_spots
    niche = np.where(labelled, slide.niche, -1).astype(np.int32)
    for code in range(len(slide.niches)):
        own = np.flatnonzero(slide.niche == code)
        best = own[np.argsort(-rank[own], kind="stable")[:MIN_NICHE_SPOTS]]
        niche[best] = code
    return replace(slide, niche=niche)


def add_cell_types(slide: Slide, rng: np.random.Generator) -> Slide:
    """The slide with made-up cell types, mixed differently in each niche.

    Args:
        slide: with niches.
        rng: draws the mixtures.
    """
    n_types = int(rng.integers(2, _MAX_CELL_TYPES + 1))
    mixture = rng.dirichlet(np.full(n_types, rng.choice(_MIXTURES)), len(slide.niches) + 1)
    # Cumulative shares turn one uniform number for each spot into its type. The last mixture is that of no niche (-1).
    drawn = (rng.random(slide.n_spots)[:, None] > np.cumsum(mixture, axis=1)[slide.niche]).sum(axis=1)
    codes = np.minimum(drawn, n_types - 1).astype(np.int32)
    return replace(slide, cell_type=codes, cell_types=tuple(f"type {number}" for number in range(1, n_types + 1)))
