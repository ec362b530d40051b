"""Facts: everything that is measured on one slide. Claims are made from facts and checked against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data_prep.facts import marker_rule, niche_shapes
from data_prep.facts.gene_maps import GeneMaps
from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import NATIVE_SIZE
from data_prep.slide import Slide


@dataclass(frozen=True, eq=False)
class Facts:
    """Marker statistics, niche shapes and gene maps of a slide.

    Attributes:
        canvas: draws the slide; the centroids of genes are measured on the pooled expression that it draws.
        markers: statistics of every gene and niche.
        shapes: place, extent, form and contacts of every niche.
    """

    canvas: Canvas
    markers: marker_rule.MarkerTable
    shapes: dict[str, niche_shapes.NicheShape]

    @classmethod
    def measure(cls, slide: Slide, size: int = NATIVE_SIZE) -> Facts:
        """Measure a slide.

        Args:
            slide: with at least two niches.
            size: edge length of the canvas in pixels.

        Raises:
            NicheLensError: the slide has fewer than two niches.
        """
        return cls.of_canvas(Canvas(slide, size))

    @classmethod
    def of_canvas(cls, canvas: Canvas, marker_blocks: Sequence[marker_rule.MarkerBlock] | None = None) -> Facts:
        """Measure the slide of a canvas.

        Args:
            canvas: draws the slide.
            marker_blocks: marker statistics of all genes in order, if they are measured already.
        """
        slide = canvas.slide
        if marker_blocks is None:
            markers = marker_rule.measure_markers(slide)
        else:
            markers = marker_rule.marker_table(slide, marker_blocks)
        return cls(canvas, markers, niche_shapes.measure_niches(slide))

    @property
    def slide(self) -> Slide:
        """The slide that was measured."""
        return self.canvas.slide

    def gene_centroids(self, genes: list[str]) -> np.ndarray:
        """Where each gene is highest: (n_genes, 2) in 0..1 of the tissue's extent, y pointing down.

        It is the mean position of the spots. The weight of a spot is the square of the difference between its pooled
        expression and the mean of the tissue, and 0 below the mean: peaks count, weak expression everywhere does not.
        """
        level = self.canvas.levels(genes, within_niche=True)
        excess = np.maximum(level - level.mean(axis=0), 0.0) ** 2 + 1e-12
        return (excess.T @ self._relative_positions) / excess.sum(axis=0)[:, None]

    @cached_property
    def gene_maps(self) -> GeneMaps:
        """Statistics of the genes' maps."""
        return GeneMaps(self.canvas)

    @cached_property
    def composition(self) -> dict[str, dict[str, float]]:
        """Niche → cell type → share of the niche's cells that have a type; empty if the slide has no cell types."""
        slide = self.slide
        if not slide.cell_types:
            return {}
        shares = {}
        for niche in self.shapes:
            codes = slide.cell_type[slide.spots_of(niche)]
            count = np.bincount(codes[codes >= 0], minlength=len(slide.cell_types))
            shares[niche] = dict(zip(slide.cell_types, (count / max(count.sum(), 1)).tolist(), strict=True))
        return shares

    @cached_property
    def _relative_positions(self) -> np.ndarray:
        return niche_shapes.relative_positions(self.canvas.drawn_spots(within_niche=True).xy)
