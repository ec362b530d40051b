"""Pictures of a quality page: maps of what each spot has, as PNG, and histograms, as SVG in the colours of the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from data_prep.figures import painter, palette
from data_prep.figures.png import data_url, encode_png
from data_prep.figures.projection import DrawableSpots, Projection
from data_prep.slide import Slide

MAP_SIZE = 384
"""Edge length of a map in pixels."""
_CLIP = (0.02, 0.98)
"""Quantiles of the spots that are darkest and brightest, so that a few spots do not decide the colours."""
_BINS = 30
_WIDTH, _HEIGHT, _BASE = 300, 120, 96
"""Size of a histogram, and where its bars stand, in units of the SVG."""
MARK_COLOURS = tuple(list(palette.NICHE_COLOURS).index(name) for name in ("blue", "orange", "purple", "red"))
"""Colours of the kinds of marks, by their place among the colours of niches."""


@dataclass(frozen=True)
class ScaledMap:
    """A map with the values of its darkest and brightest colours.

    Attributes:
        picture: PNG as a data URL.
        low: value of the darkest colour.
        high: value of the brightest.
    """

    picture: str
    low: float
    high: float


class SpotMaps:
    """Draws values of all spots of a slide, labelled or not.

    Args:
        slide: the slide.
    """

    def __init__(self, slide: Slide) -> None:
        self._slide = slide
        projection = Projection(DrawableSpots(slide, labelled=False), MAP_SIZE, by_niche=False)
        self._drawn = projection.drawn
        self._shown = projection.shown(projection.frame)

    def of_values(self, values: np.ndarray, *, log: bool = False) -> ScaledMap:
        """A map of a number of each spot, from dark violet to pale yellow; cells of one pixel are averaged.

        Args:
            values: (n_spots,) numbers.
            log: colours follow the logarithm.
        """
        drawn = np.bincount(self._drawn.of_spot, values, len(self._drawn)) / self._drawn.cells
        low, high = np.quantile(drawn, _CLIP)
        scaled, bottom, top = (np.log(np.maximum(part, 1e-9)) if log else part for part in (drawn, low, high))
        brightness = np.clip((scaled - bottom) / max(float(top - bottom), 1e-9), 0, 1)
        index = (brightness * (palette.LEVELS - 1) + 0.5).astype(np.uint8)
        return ScaledMap(self._paint(index), float(low), float(high))

    def of_marks(self, marked: Mapping[str, np.ndarray]) -> tuple[str, dict[str, tuple[int, int, int]]]:
        """A map with some spots in colour and all others pale, as a data URL, and the colour of each kind.

        Args:
            marked: kind → (n_spots,) which spots; a later kind is drawn over an earlier one. One without spots has no
                colour.
        """
        index = np.full(len(self._drawn), painter.TISSUE, np.uint8)
        colours = {}
        for kind, colour in zip(marked, MARK_COLOURS, strict=True):
            if not marked[kind].any():
                continue
            index[np.bincount(self._drawn.of_spot, marked[kind], len(self._drawn)) > 0] = painter.NICHES + colour
            colours[kind] = list(palette.NICHE_COLOURS.values())[colour]
        return self._paint(index), colours

    def _paint(self, index: np.ndarray) -> str:
        return data_url(encode_png(painter.paint(index[None], self._shown)[0]))


def colour_scale() -> str:
    """The colours of the maps as a CSS gradient, from none to most."""
    stops = (f"rgb({', '.join(map(str, colour))})" for colour in palette.expression_table(6).tolist())
    return f"linear-gradient(90deg, {', '.join(stops)})"


def histogram(values: np.ndarray, label: str, *, log: bool = False, percent: bool = False) -> Markup:
    """A histogram as SVG, with a line at the median.

    Args:
        values: (n,) numbers; with ``log``, those above 0 are shown.
        label: what is counted, for people who cannot see it.
        log: bins of equal ratio.
        percent: the values are shares.
    """
    shown = values[values > 0].astype(float) if log else values.astype(float)
    if not len(shown):
        shown = np.ones(1)
    scaled = np.log10(shown) if log else shown
    low, high = float(scaled.min()), float(np.quantile(scaled, 0.999))
    high = max(high, float(np.median(scaled)) + 1e-3, low + 1e-3)
    counts, _ = np.histogram(np.minimum(scaled, high), _BINS, (low, high))
    step, most = _WIDTH / _BINS, max(int(counts.max()), 1)
    bars = "".join(
        f'<rect x="{i * step:.1f}" y="{_BASE - count / most * (_BASE - 8):.1f}" width="{step - 1:.1f}" '
        f'height="{count / most * (_BASE - 8):.1f}"/>'
        for i, count in enumerate(counts)
        if count
    )
    median = float(np.median(scaled))
    at = (median - low) / (high - low) * _WIDTH
    ticks = "".join(
        f'<text x="{x}" y="{_BASE + 15}" text-anchor="{anchor}">{_tick(value, log=log, percent=percent)}</text>'
        for x, anchor, value in ((0, "start", low), (_WIDTH, "end", high))
    )
    anchor, beside = ("start", at + 4) if at < _WIDTH / 2 else ("end", at - 4)
    words = f"median {_tick(median, log=log, percent=percent)}"
    return Markup(
        f'<svg class="histogram" viewBox="-2 -2 {_WIDTH + 4} {_HEIGHT}" role="img" aria-label="{{}}">{bars}'
        f'<line x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="{_BASE}"/>'
        f'<text class="median" x="{beside:.1f}" y="10" text-anchor="{anchor}">{words}</text>'
        f"{ticks}</svg>"
    ).format(f"Histogram of {label}, {words}")


def _tick(scaled: float, *, log: bool, percent: bool) -> str:
    value = 10.0**scaled if log else scaled
    return f"{value:.1%}" if percent else f"{value:,.0f}"
