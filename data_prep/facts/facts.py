"""The measured facts of one slide: what every claim is made from and checked against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data_prep.facts import marker_rule, niche_shapes
from data_prep.facts.gene_maps import Expression
from data_prep.figures.canvas import Canvas
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
    markers: marker_rule.MarkerTable
    shapes: dict[str, niche_shapes.NicheShape]

    @classmethod
    def measure(cls, slide: Slide, size: int | None = None) -> Facts:
        """Measures a slide with at least two niches; ``size`` is that of the canvas (default: the native size)."""
        canvas = Canvas(slide, size) if size else Canvas(slide)
        return cls(canvas, marker_rule.measure_markers(slide), niche_shapes.measure_niches(slide))

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
    def expression(self) -> Expression:
        """What a fold change does not see of a gene's map."""
        return Expression(self.canvas)

    @cached_property
    def composition(self) -> dict[str, dict[str, float]]:
        """Niche → cell type → share of the niche's typed cells; empty where the slide has no cell types."""
        slide = self.slide
        if not slide.cell_types:
            return {}
        found = {}
        for niche in self.shapes:
            codes = slide.cell_type[slide.spots_of(niche)]
            count = np.bincount(codes[codes >= 0], minlength=len(slide.cell_types))
            found[niche] = dict(zip(slide.cell_types, (count / max(count.sum(), 1)).tolist(), strict=True))
        return found

    def programmes(self, niche: str, gene_sets: Mapping[str, Sequence[str]]) -> dict[str, tuple[float, int]]:
        """Over-representation of gene sets among the markers of a niche: set → (q, genes shared); gseapy's test."""
        self._tested[niche] = self._tested.get(niche, {}) | over_represented(self, niche, gene_sets)
        return {name: found for name, found in self._tested[niche].items() if name in gene_sets}

    def tested_programmes(self, niche: str) -> dict[str, tuple[float, int]]:
        """What ``programmes`` found so far."""
        return self._tested.get(niche, {})

    @cached_property
    def _tested(self) -> dict[str, dict[str, tuple[float, int]]]:
        return {}

    @cached_property
    def _place(self) -> np.ndarray:
        return niche_shapes.relative_positions(self.canvas.marks(within_niche=True).xy)


def over_represented(facts: Facts, niche: str, gene_sets: Mapping[str, Sequence[str]]) -> dict[str, tuple[float, int]]:
    """Hypergeometric test of each gene set among a niche's markers, against all genes of the slide: set → (q, shared).

    Symbols are compared in capitals, since gene sets of one species are often used for another.
    """
    markers = facts.slide.genes[facts.markers.label[:, facts.slide.niche_index(niche)] == 1]
    known = {str(gene).upper() for gene in facts.slide.genes}
    sets = {name: sorted({gene.upper() for gene in genes} & known) for name, genes in gene_sets.items()}
    sets = {name: genes for name, genes in sets.items() if genes}
    if not len(markers) or not sets:
        return {}
    import gseapy

    listed = [str(gene).upper() for gene in markers]
    table = gseapy.enrich(gene_list=listed, gene_sets=sets, background=sorted(known), outdir=None, no_plot=True).results
    if table is None or not len(table):
        return {}
    shared = table["Overlap"].str.split("/").str[0].astype(int)
    return dict(zip(table["Term"], zip(table["Adjusted P-value"].astype(float), shared, strict=True), strict=True))
