"""The measured facts of one slide: what every claim is made from and checked against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data_prep import shape, truth
from data_prep.figure import Canvas
from data_prep.slide import Slide


@dataclass(frozen=True, eq=False)
class Facts:
    """Marker statistics, niche shapes and gene places of a slide.

    Attributes:
        canvas: draws the slide; places of genes are measured on the same pooled expression that it draws.
        markers: statistics of every gene × niche.
        shapes: place, extent, form and contacts of every niche.
    """

    canvas: Canvas
    markers: truth.MarkerTable
    shapes: dict[str, shape.NicheShape]

    @classmethod
    def measure(cls, slide: Slide, size: int | None = None) -> Facts:
        """Measures a slide with at least two niches; ``size`` is that of the canvas (default: the native size)."""
        canvas = Canvas(slide, size) if size else Canvas(slide)
        return cls(canvas, truth.measure_markers(slide), shape.measure_niches(slide))

    @property
    def slide(self) -> Slide:
        """The slide that was measured."""
        return self.canvas.slide

    def gene_centroids(self, genes: list[str]) -> np.ndarray:
        """Where each gene is highest: (n_genes, 2) in 0..1 of the tissue's extent, y pointing down.

        The mean position of the spots, weighted by the square of how far their pooled expression exceeds the tissue's
        mean: peaks count, a haze over the whole tissue does not.
        """
        level = self.canvas.levels(genes, within_niche=True)
        excess = np.maximum(level - level.mean(axis=0), 0.0) ** 2 + 1e-12
        return (excess.T @ self._place) / excess.sum(axis=0)[:, None]

    @cached_property
    def _place(self) -> np.ndarray:
        return shape.relative_positions(self.canvas.marks(within_niche=True).xy)
