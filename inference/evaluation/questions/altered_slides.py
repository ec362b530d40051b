"""The slides of a dataset, drawn again with thinned or permuted counts, with permuted labels, or mirrored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from data_prep.dataset.loading import find_dataset, slide_folders
from data_prep.dataset.saved_slides import open_slide
from data_prep.facts.facts import Facts
from data_prep.facts.shuffling import shuffle_counts, shuffle_labels
from data_prep.facts.thinning import thin
from data_prep.figures.canvas import Canvas
from data_prep.slide import Slide

SHUFFLED_COPIES = 2
"""Permutations of the spots of a slide. Each gene uses one of them, so that one unlucky permutation does not decide."""


@dataclass(frozen=True)
class Turn:
    """A reflection or rotation of the tissue.

    Attributes:
        name: for people.
        matrix: what it does to (x, y), with y pointing down.
    """

    name: str
    matrix: tuple[tuple[int, int], tuple[int, int]]

    def vector(self, x: int, y: int) -> tuple[int, int]:
        """Where a direction points afterwards."""
        turned = np.array(self.matrix) @ (x, y)
        return int(turned[0]), int(turned[1])


LEFT_RIGHT = Turn("mirrored left to right", ((-1, 0), (0, 1)))
UP_DOWN = Turn("mirrored top to bottom", ((1, 0), (0, -1)))
QUARTER = Turn("turned by 90° clockwise", ((0, -1), (1, 0)))


class AlterableSlide:
    """One slide of a dataset, which can be drawn with part of its content changed.

    Args:
        slide: with niches.
        size: edge length of the pictures in pixels.
    """

    def __init__(self, slide: Slide, size: int) -> None:
        self.slide = slide
        self.size = size
        self.shuffled_canvas = lru_cache(maxsize=SHUFFLED_COPIES)(self._shuffled_canvas)
        self.scattered_canvas = lru_cache(maxsize=SHUFFLED_COPIES)(self._scattered_canvas)

    @cached_property
    def canvas(self) -> Canvas:
        """Draws the unchanged slide."""
        return Canvas(self.slide, self.size)

    @cached_property
    def facts(self) -> Facts:
        """Measured on all counts."""
        return Facts.of_canvas(self.canvas)

    def thinned(self, share: float, seed: int) -> AlterableSlide:
        """The slide as if it had been sequenced to a share of its depth.

        Spots that lose all their counts stay as dark spots. Tissue and niches are those of the full slide.

        Args:
            share: of the counts that are kept, 0..1; 1 gives the unchanged slide.
            seed: same seed, same counts.
        """
        if share == 1:
            return self
        counts = thin(self.slide.counts, np.full(self.slide.n_spots, share), seed)
        return AlterableSlide(self.slide.with_counts(counts), self.size)

    def turned_canvas(self, turn: Turn) -> Canvas:
        """Draws the mirrored or rotated tissue."""
        return Canvas(replace(self.slide, xy=self.slide.xy @ np.array(turn.matrix).T), self.size)

    def _scattered_canvas(self, number: int, seed: int) -> Canvas:
        """Draws the slide with the niches of its spots permuted over the tissue, and the cell types on their own."""
        return Canvas(shuffle_labels(self.slide, np.random.default_rng([seed, number])), self.size)

    def _shuffled_canvas(self, number: int, seed: int) -> Canvas:
        """Draws the slide with the counts of its spots permuted over the tissue."""
        return Canvas(shuffle_counts(self.slide, np.random.default_rng([seed, number])), self.size)


def open_alterable_slides(dataset: str | Path, size: int) -> dict[str, AlterableSlide]:
    """Slide name → slide; {} for a dataset that holds only pictures. Counts are read when they are first used."""
    folders = slide_folders(find_dataset(dataset))
    return {name: AlterableSlide(open_slide(folder), size) for name, folder in folders.items()}
