"""Bench: the slides that one visitor of the page looks at, with what has been measured of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.shared_options import SlideOptions
from app.slide_input import niche_columns, read_all, slide_label
from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.variable_genes import variable_genes
from data_prep.figures.canvas import Canvas
from data_prep.slide import Slide
from inference.answers.report import SCREENED_GENES
from inference.answers.screen import screen_markers

if TYPE_CHECKING:
    import pandas as pd

    from inference.engine.engine import Engine

VIEW_SIZE = 448
"""Edge length of the pictures shown to people; the model sees the same picture at its own size."""
MAX_VALUES = 400_000_000
"""Largest spots × genes that the page measures: about a 20,000-spot slide of the whole transcriptome."""


class Bench:
    """Slides of one file that share a niche column. Nothing in it changes except that measurements are kept.

    Args:
        slides: at least one, all with niches.
        niche_key: column that the niches were read from.
        columns: columns that could hold niches.
        path: the file, to be read again with another column; None for slides that were made here.
    """

    def __init__(
        self,
        slides: Sequence[Slide],
        *,
        niche_key: str = "",
        columns: Sequence[str] = (),
        path: Path | None = None,
    ) -> None:
        self.slides = {slide_label(slide): slide for slide in slides}
        self.niche_key = niche_key
        self.columns = tuple(columns)
        self.path = path
        self._lock = threading.Lock()
        self._screens: dict[str, pd.DataFrame] = {}
        self._facts = lru_cache(maxsize=None)(lambda name, size: Facts.measure(self.slides[name], size))
        self._canvas = lru_cache(maxsize=None)(lambda name, size: Canvas(self.slides[name], size))

    def __deepcopy__(self, memo: dict) -> Bench:
        """Itself: a page keeps one bench for each visitor, and a slide is too large to copy for the sake of it."""
        return self

    @property
    def names(self) -> list[str]:
        """Names of the slices."""
        return list(self.slides)

    def slide(self, name: str | None = None) -> Slide:
        """The slide of a slice, the first where none is named."""
        return self.slides[name] if name else next(iter(self.slides.values()))

    def facts(self, name: str, size: int) -> Facts:
        """Facts of a slice, with a canvas of ``size`` pixels; takes seconds at the first call."""
        with self._lock:
            return self._facts(name, size)

    def screened(self, name: str, engine: Engine, progress: Callable[[int, int], None]) -> pd.DataFrame:
        """What the model says of the most variable genes in every niche of a slice; asked at the first call."""
        if name not in self._screens:
            facts = self.facts(name, engine.image_size)
            genes = variable_genes(facts.slide, SCREENED_GENES)
            self._screens[name] = screen_markers(engine, facts, genes, progress=progress)
        return self._screens[name]

    def canvas(self, name: str, size: int = VIEW_SIZE) -> Canvas:
        """Draws a slice; at the standing size for people."""
        return self._canvas(name, size)

    def summary(self, name: str | None = None) -> str:
        """One line about a slice for people: plain text."""
        slide = self.slide(name)
        about = [part for part in (slide.meta.organism, slide.meta.tissue, slide.meta.technology) if part]
        title = ", ".join([self.path.name, *about]) if self.path else "Synthetic tissue with planted niches"
        of_all = f"{slide_label(slide)}, one of {len(self.slides)} slices, " if len(self.slides) > 1 else ""
        return f"{title}: {of_all}{slide.n_spots:,} spots × {slide.n_genes:,} genes"


@dataclass
class Visit:
    """One open page: its bench, and what each tab shows now. The page keeps a copy of its own for every visitor.

    Attributes:
        bench: replaced when the visitor opens another slide.
        shown: tab, or "slide" → what was chosen when it was drawn or asked last.
    """

    bench: Bench
    shown: dict[str, tuple] = field(default_factory=dict)

    def show(self, tab: str, *chosen: str) -> bool:
        """Notes that a tab shows this choice from now on; False where it did already."""
        before = self.shown.get(tab)
        self.shown[tab] = (self.bench, *chosen)
        return before != self.shown[tab]

    def still_shows(self, tab: str, bench: Bench, *chosen: str) -> bool:
        """Whether an answer about this choice is still wanted."""
        return self.shown.get(tab) == (bench, *chosen)


def open_bench(path: Path, niche_key: str | None = None) -> Bench:
    """Reads a file for the page; niches that are too small stay unlabelled.

    Args:
        path: an `.h5ad` file.
        niche_key: column with the niches; None tries the likeliest column.

    Raises:
        NicheLensError: the file is no slide, has no column with niches, or is too large for the page.
    """
    columns = niche_columns(path)
    if niche_key is None:
        if not columns:
            message = (
                f"{path.name}: no obs column could hold niches (2 to 100 names with enough spots each); "
                "cluster or annotate the spots first and save the result as a column of obs"
            )
            raise NicheLensError(message)
        niche_key = columns[0]
    elif niche_key not in columns:
        columns = (niche_key, *columns)
    slides = read_all([path], SlideOptions([niche_key], drop_small_niches=True))
    largest = max(slides, key=lambda slide: slide.n_spots * slide.n_genes)
    if largest.n_spots * largest.n_genes > MAX_VALUES:
        message = (
            f"{path.name}: {largest.n_spots:,} spots x {largest.n_genes:,} genes are too many for the page; "
            "use `nichelens markers` on the command line, or keep fewer genes"
        )
        raise NicheLensError(message)
    return Bench(slides, niche_key=niche_key, columns=columns, path=path)
