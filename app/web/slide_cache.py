"""SlideCache: the slides of one opened file, and what the page has measured and drawn of them so far."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from app.niche_column import FOUND
from app.web.map_data import MapData
from data_prep.facts.facts import Facts
from data_prep.facts.niche_finding import FoundNiches
from data_prep.facts.variable_genes import variable_genes
from data_prep.figures.canvas import Canvas
from data_prep.read.histology import read_histology
from data_prep.slide import Slide
from data_prep.slide_loading import slide_label
from inference.answers.quality.quality_report import QualityReport

_LOOK_SECONDS = 0.2
"""Whoever waits until another visitor has measured a slide looks so often whether the answer is still wanted."""


class SlideCache:
    """The slides of one file, read with one niche column. All visitors who look at them may share it.

    Args:
        slides: at least one, all with niches.
        niche_key: column that the niches were read from.
        columns: columns that could hold niches.
        path: the file, to read it again with another column. None for slides that were made in this process.
        found: how the niches were found; None for niches that were read.
    """

    def __init__(
        self,
        slides: Sequence[Slide],
        *,
        niche_key: str = "",
        columns: Sequence[str] = (),
        path: Path | None = None,
        found: FoundNiches | None = None,
    ) -> None:
        self.slides = {slide_label(slide): slide for slide in slides}
        self.niche_key = niche_key
        self.columns = tuple(columns)
        self.path = path
        self.found = found
        self._lock = threading.Lock()
        self._facts: dict[tuple[str, int], Facts] = {}
        self._quality: dict[tuple[str, bool], QualityReport] = {}
        self._canvas = lru_cache(maxsize=None)(lambda name, size: Canvas(self.slides[name], size))
        self._genes = lru_cache(maxsize=None)(lambda name: tuple(variable_genes(self.slides[name])))
        self._map_data = lru_cache(maxsize=None)(self._make_map_data)

    def __deepcopy__(self, memo: dict) -> SlideCache:
        """Itself: Gradio copies the state of a page for each visitor, and slides are too large to copy."""
        return self

    @property
    def slice_names(self) -> list[str]:
        """Names of the slices."""
        return list(self.slides)

    @property
    def column(self) -> str:
        """The one of ``columns`` that is chosen."""
        return FOUND if self.found else self.niche_key

    def slide(self, name: str | None = None) -> Slide:
        """The slide of a slice; the first slide if no slice is named."""
        return self.slides[name] if name else next(iter(self.slides.values()))

    def facts(self, name: str, size: int, progress: Callable[[int, int], None] = lambda done, total: None) -> Facts:
        """Facts of a slice, with a canvas of ``size`` pixels. The first call takes seconds.

        Args:
            name: of the slice.
            size: edge length in pixels.
            progress: called with (genes measured so far, all genes), also while another visitor measures the slide. Its
                error ends the wait, and the work if it is this visitor's.
        """
        genes = self.slides[name].n_genes
        while not self._lock.acquire(timeout=_LOOK_SECONDS):
            progress(0, genes)
        try:
            if (name, size) not in self._facts:
                self._facts[name, size] = Facts.measure(self.slides[name], size, progress)
            return self._facts[name, size]
        finally:
            self._lock.release()

    def quality(
        self,
        name: str,
        facts: Facts,
        progress: Callable[[str, int, int], None] | None = None,
        *,
        preprocessing: bool = False,
    ) -> QualityReport:
        """Quality of a slice. The first call takes seconds.

        Args:
            name: of the slice.
            facts: its facts.
            progress: called with (what is done, how much of it, of how much). Its error ends the work.
            preprocessing: also compare ways to prepare the counts before niches are found.
        """
        wanted = (name, preprocessing)
        if wanted not in self._quality:
            self._quality[wanted] = (
                self.quality(name, facts, progress).with_choices(progress)
                if preprocessing
                else QualityReport.of(self.slides[name], facts, progress)
            )
        return self._quality[wanted]

    def canvas(self, name: str, size: int) -> Canvas:
        """Canvas that draws a slice in pictures of ``size`` pixels."""
        return self._canvas(name, size)

    def genes(self, name: str) -> tuple[str, ...]:
        """All genes of a slice, the most variable first."""
        return self._genes(name)

    def map_data(self, name: str) -> MapData:
        """What the map draws of a slice."""
        return self._map_data(name)

    def title(self) -> str:
        """What people call the opened file."""
        return self.path.name if self.path else "Synthetic tissue with known niches"

    def about(self, name: str | None = None) -> str:
        """What a slice is and how large, for people, as plain text."""
        slide = self.slide(name)
        part_of = [f"{slide_label(slide)}, one of {len(self.slides)} slices"] if len(self.slides) > 1 else []
        size = f"{slide.n_spots:,} spots × {slide.n_genes:,} genes, {len(slide.niches)} niches"
        notes = (note[:1].upper() + note[1:].removesuffix(".") for note in slide.meta.notes)
        return ". ".join([", ".join([*slide.meta.origin, *part_of, size]), *notes])

    def _make_map_data(self, name: str) -> MapData:
        slide = self.slides[name]
        confidence = self.found.confidence[self.slice_names.index(name)] if self.found else None
        return MapData(slide, read_histology(self.path, slide.meta.slice) if self.path else None, confidence)
