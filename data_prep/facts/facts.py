"""Facts: everything that is measured on one slide. Claims are made from facts and checked against them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from data_prep.facts import marker_rule, niche_shapes
from data_prep.facts.artefacts import Artefacts, measure_artefacts
from data_prep.facts.gene_maps import GeneMaps
from data_prep.facts.known.known_facts import KnownFacts
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.measurement import Measurement
from data_prep.facts.niche_composition import measure_composition
from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import NATIVE_SIZE
from data_prep.knowledge.on_slide import SlideKnowledge
from data_prep.slide import Slide


@dataclass(frozen=True, eq=False)
class Facts:
    """Marker statistics, niche shapes and gene maps of a slide.

    They are measured on the labelled spots, never on a picture: a canvas of another size gives the same facts.

    Attributes:
        canvas: draws the slide.
        tissue: the labelled spots of the slide.
        markers: statistics of every gene and niche.
        shapes: place, extent, form and contacts of every niche.
    """

    canvas: Canvas
    tissue: LabelledTissue
    markers: marker_rule.MarkerTable
    shapes: dict[str, niche_shapes.NicheShape]

    @classmethod
    def measure(
        cls, slide: Slide, size: int = NATIVE_SIZE, progress: Callable[[int, int], None] | None = None
    ) -> Facts:
        """Measure a slide.

        Args:
            slide: with at least two niches.
            size: edge length of the canvas in pixels.
            progress: called with (genes measured so far, all genes). Its error ends the work.

        Raises:
            NicheLensError: the slide has fewer than two niches.
        """
        return cls.of_canvas(Canvas(slide, size), progress=progress)

    @classmethod
    def of_canvas(
        cls,
        canvas: Canvas,
        marker_blocks: Sequence[marker_rule.MarkerBlock] | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Facts:
        """Measure the slide of a canvas.

        Args:
            canvas: draws the slide.
            marker_blocks: marker statistics of all genes in order, if they are measured already.
            progress: as for `measure`.
        """
        tissue = LabelledTissue.of(canvas.slide)
        if marker_blocks is None:
            markers = marker_rule.measure_markers(tissue, progress)
        else:
            markers = marker_rule.marker_table(tissue, marker_blocks)
        return cls(canvas, tissue, markers, niche_shapes.measure_niches(tissue))

    def with_knowledge(self, knowledge: SlideKnowledge) -> Facts:
        """The same facts of the slide with what files say of its genes. Nothing is measured again."""
        return replace(self, canvas=Canvas(replace(self.slide, knowledge=knowledge), self.canvas.size))

    @property
    def slide(self) -> Slide:
        """The slide that was measured."""
        return self.canvas.slide

    @cached_property
    def gene_maps(self) -> GeneMaps:
        """Statistics of the genes' maps."""
        return GeneMaps(self.tissue)

    @cached_property
    def artefacts(self) -> Artefacts:
        """Artefacts of the slide, measured on all its spots."""
        return measure_artefacts(self.slide)

    @cached_property
    def composition(self) -> dict[str, dict[str, Measurement]]:
        """Niche → cell type → share of the niche's cells that have a type; no niches if none of their cells has one."""
        return measure_composition(self.tissue)

    @cached_property
    def known(self) -> KnownFacts | None:
        """What the counts say of the lists and pairs that the slide's `knowledge` names; None without knowledge."""
        if self.slide.knowledge is None:
            return None
        return KnownFacts(self.slide.knowledge, self.tissue, self.markers, self.shapes)
