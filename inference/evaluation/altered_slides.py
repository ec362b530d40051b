"""The slides of a dataset of recipes, and what an evaluation does to them: thins, permutes and redraws their counts."""

from __future__ import annotations

from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from data_prep.dataset.loading import find_dataset, slide_folders
from data_prep.dataset.saved_slides import open_slide
from data_prep.facts.facts import Facts
from data_prep.facts.marker_rule import measure_markers, thin
from data_prep.facts.niche_shapes import measure_niches
from data_prep.figures.canvas import Canvas
from data_prep.slide import Slide

SHUFFLES = 8
"""Permutations of a slide's spots; genes take turns, so that one unlucky permutation does not decide."""


class Tissue:
    """One slide of a dataset.

    Args:
        slide: with niches.
        size: edge length of the pictures in pixels.
    """

    def __init__(self, slide: Slide, size: int) -> None:
        """See the class."""
        self.slide = slide
        self.size = size
        self.shuffled = lru_cache(maxsize=SHUFFLES)(self._shuffled)

    @cached_property
    def canvas(self) -> Canvas:
        """Draws the slide as it is."""
        return Canvas(self.slide, self.size)

    @cached_property
    def facts(self) -> Facts:
        """Measured at full depth."""
        return Facts(self.canvas, measure_markers(self.slide), measure_niches(self.slide))

    def thinned(self, share: float, seed: int) -> Canvas:
        """Draws the slide as if it had been sequenced to a share of its depth.

        Spots that lose all their counts stay, dark: the tissue and its niches are those of the full slide.

        Args:
            share: of the counts that are kept, 0..1; 1 is the slide itself.
            seed: same seed, same counts.
        """
        if share == 1:
            return self.canvas
        counts = thin(self.slide.counts, np.full(self.slide.n_spots, share), seed)
        return Canvas(self.slide.with_counts(counts), self.size)

    def _shuffled(self, number: int, seed: int) -> Canvas:
        """Draws the slide with the counts of its spots permuted over the tissue: depth travels, niches stay."""
        place = np.random.default_rng([seed, number]).permutation(self.slide.n_spots).astype(np.int32)
        counts = self.slide.counts
        moved = sp.csc_matrix((np.array(counts.data), place[counts.indices], counts.indptr), shape=counts.shape)
        moved.sort_indices()
        return Canvas(self.slide.with_counts(moved), self.size)


def open_tissues(dataset: str | Path, size: int) -> dict[str, Tissue]:
    """Slide name → tissue, opened when it is asked for its counts; {} for a dataset that holds pictures only."""
    folders = slide_folders(find_dataset(dataset))
    return {name: Tissue(open_slide(folder), size) for name, folder in folders.items()}
