"""Changes of a slide that have nothing to do with its tissue, so that no fact and no verdict may change."""

import dataclasses

import numpy as np
import scipy.sparse as sp

from data_prep.slide import Slide

SIZE, OTHER_SIZE = 64, 224
"""Sizes of the canvas of a slide, and of the changed slide."""


def bigger_picture(slide: Slide) -> Slide:
    """The slide itself: tests measure the changed slide on a canvas of ``OTHER_SIZE``."""
    return slide


def with_unlabelled_tissue(slide: Slide) -> Slide:
    """As many spots again around and between the labelled ones, some with very high counts."""
    rng = np.random.default_rng(5)
    low, high = slide.xy.min(axis=0), slide.xy.max(axis=0)
    xy = low + (rng.random((slide.n_spots, 2)) * 1.6 - 0.3) * (high - low)
    counts = sp.csc_matrix(rng.poisson(20.0, (slide.n_spots, slide.n_genes)), dtype=np.float32)
    order = rng.permutation(2 * slide.n_spots)
    return dataclasses.replace(
        slide,
        xy=np.concatenate([slide.xy, xy])[order],
        counts=sp.vstack([slide.counts, counts]).tocsr()[order].tocsc(),
        niche=np.r_[slide.niche, np.full(slide.n_spots, -1)].astype(np.int32)[order],
    )


def in_another_order(slide: Slide) -> Slide:
    """The same spots in a random order."""
    order = np.random.default_rng(6).permutation(slide.n_spots)
    return dataclasses.replace(slide, xy=slide.xy[order], counts=slide.counts[order].tocsc(), niche=slide.niche[order])


def with_other_names(slide: Slide) -> Slide:
    """Other names of genes and niches, in another alphabetical order."""
    genes = np.array([f"Z{i * 7 % 97}x" for i in range(slide.n_genes)])
    return dataclasses.replace(
        slide, genes=genes, niches=tuple(f"region {i * 3 % 11}" for i in range(len(slide.niches)))
    )


CHANGES = (bigger_picture, with_unlabelled_tissue, in_another_order, with_other_names)
