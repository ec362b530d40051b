"""Shuffling: a slide whose spots are permuted over the tissue. What a model still sees in it does not hang on place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from data_prep.slide import Slide


def shuffle_counts(slide: Slide, rng: np.random.Generator) -> Slide:
    """The slide with the counts of its spots permuted over the tissue.

    A spot's counts move together, so its depth moves with them. The niches stay.
    """
    target = rng.permutation(slide.n_spots).astype(np.int32)
    counts = slide.counts
    moved = sp.csc_matrix((np.array(counts.data), target[counts.indices], counts.indptr), shape=counts.shape)
    moved.sort_indices()
    return slide.with_counts(moved)


def shuffle_labels(slide: Slide, rng: np.random.Generator) -> Slide:
    """The slide with the niches of its spots permuted over the tissue, and the cell types on their own."""
    return replace(slide, niche=rng.permutation(slide.niche), cell_type=rng.permutation(slide.cell_type))
