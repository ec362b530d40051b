"""The views of a slide that its figures share: the whole tissue, and crops around niches. Each is made once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from data_prep.figures.crop import border_frame, niche_frame
from data_prep.figures.drawn_spots import DrawnSpots
from data_prep.figures.evidence_bar import AREA
from data_prep.figures.frame import Frame
from data_prep.figures.projection import DrawableSpots, Projection
from data_prep.slide import Slide


@dataclass(frozen=True, eq=False)
class View:
    """Which drawn spot each pixel of a picture shows.

    Attributes:
        drawn: the drawn spots.
        frame: the part of the tissue that is shown.
        shown: (size²,) drawn spot of each pixel; ``len(drawn)`` for none.
        spots: (n_drawn,) bool, the spots in the frame that are compared with each other.
    """

    drawn: DrawnSpots
    frame: Frame
    shown: np.ndarray
    spots: np.ndarray

    @cached_property
    def depth_in_area(self) -> float:
        """Depth of the compared spots that fill ``evidence_bar.AREA`` of the picture."""
        pixels = np.append(self.spots, False)[self.shown].sum()
        return float(self.drawn.depth[self.spots].sum() / max(pixels, 1) * len(self.shown) * AREA)


class Views:
    """Makes the views of one slide at one size.

    Args:
        slide: the slide.
        size: edge length of the pictures in pixels.
    """

    def __init__(self, slide: Slide, size: int) -> None:
        self._slide = slide
        self._size = size
        self.focus = lru_cache(maxsize=64)(self._focus)
        self.crop = lru_cache(maxsize=64)(self._crop)
        self.border = lru_cache(maxsize=64)(self._border)
        self.everything = lru_cache(maxsize=64)(self._everything)

    @cached_property
    def whole(self) -> View:
        """The whole tissue, for maps without a niche: all cells of a pixel are one drawn spot."""
        return self._view(self._mixed, self._mixed.frame)

    @cached_property
    def by_niche(self) -> View:
        """The whole tissue; cells of different niches are different drawn spots."""
        return self._view(self._split, self._split.frame)

    def _focus(self, code: int) -> View:
        """The whole tissue; a pixel that holds cells of the niche shows them."""
        return self._view(self._split, self._split.frame, code) if self._split.drawn.is_merged else self.by_niche

    def _everything(self, code: int | None) -> View:
        """As ``focus``, together with the tissue that has no niche."""
        return self._view(self._unrestricted, self._unrestricted.frame, code)

    def _crop(self, code: int) -> View:
        """A crop that the niche fills, whose spots are compared."""
        frame = niche_frame(self._split.drawn, code, self._split.spacing)
        return self._view(self._split, frame, code, compared=code)

    def _border(self, code: int, other: int) -> View:
        """A crop in which another niche meets the niche; the spots of the other niche are compared."""
        frame = border_frame(self._split.drawn, code, other, self._split.spacing)
        return self._view(self._split, frame, code, compared=other)

    def _view(self, projection: Projection, frame: Frame, code: int | None = None, compared: int | None = None) -> View:
        drawn = projection.drawn
        spots = frame.contains(drawn.xy)
        if compared is not None:
            spots &= drawn.niche == compared
        return View(drawn, frame, projection.shown(frame, code), spots)

    @cached_property
    def _spots(self) -> DrawableSpots:
        return DrawableSpots(self._slide, labelled=self._slide.has_niches)

    @cached_property
    def _split(self) -> Projection:
        return Projection(self._spots, self._size, by_niche=True)

    @cached_property
    def _mixed(self) -> Projection:
        # If no cells are merged, both projections draw the same spots.
        return Projection(self._spots, self._size, by_niche=False) if self._split.drawn.is_merged else self._split

    @cached_property
    def _unrestricted(self) -> Projection:
        if not self._slide.has_niches or (self._slide.niche >= 0).all():
            return self._split
        return Projection(DrawableSpots(self._slide, labelled=False), self._size, by_niche=True)
