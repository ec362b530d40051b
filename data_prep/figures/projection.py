"""Which drawn spot each pixel of a picture shows, for the whole tissue and for parts of it."""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np
from scipy.spatial import cKDTree

from data_prep.figures.drawn_spots import DrawnSpots, draw_each, merge_by_pixel
from data_prep.figures.frame import Frame, strip_height, tissue_slices
from data_prep.slide import Slide

MARGIN = 0.02
"""Width of the white margin on each side of the tissue, as a share of the picture."""
REACH = 0.75
"""A spot fills the pixels within this many spot spacings: neighbouring spots touch, holes in the tissue stay open."""
SMALLEST_SPOT = 1.5
"""Spots nearer to each other than this many pixels are merged."""
_SPACING_SAMPLE = 20_000


class DrawableSpots:
    """The spots of a slide that a picture may show.

    Args:
        slide: the slide.
        labelled: leave out spots without a niche.

    Attributes:
        slide: the slide.
        index: (n,) the spots, sorted by position.
        spacing: distance between neighbouring spots in the units of the slide.
    """

    def __init__(self, slide: Slide, *, labelled: bool) -> None:
        self.slide = slide
        some = np.flatnonzero(slide.niche >= 0) if labelled else np.arange(slide.n_spots)
        self.index = some[np.lexsort(slide.xy[some].T)]
        self.spacing = _spacing(slide.xy[self.index])


class Projection:
    """The drawn spots of a slide at one size, and the drawn spot that each pixel shows.

    Args:
        spots: the spots that are drawn.
        size: edge length of the picture in pixels.
        by_niche: do not merge cells of different niches.

    Attributes:
        drawn: the drawn spots.
        spacing: distance between neighbouring spots in the units of the slide.
        frame: shows everything that is drawn.
    """

    def __init__(self, spots: DrawableSpots, size: int, *, by_niche: bool) -> None:
        self._size = size
        self._side = size - strip_height(size)
        self.spacing = spots.spacing
        xy = spots.slide.xy[spots.index]
        self.frame = _whole_frame(xy, self.spacing, self._side)
        width_of_pixel = self.frame.width / (self._side - 1)
        if self.spacing / width_of_pixel >= SMALLEST_SPOT:
            self.drawn: DrawnSpots = draw_each(spots.slide, spots.index)
        else:
            x, y = np.rint(self.frame.to_pixels(xy, self._side)).astype(np.int64).T
            self.drawn = merge_by_pixel(spots.slide, spots.index, y * self._side + x, by_niche=by_niche)
        self._reach = max(REACH * self.spacing, width_of_pixel)
        self._nearest = lru_cache(maxsize=2)(self._find_nearest)  # all niches share the frame of the whole tissue

    def shown(self, frame: Frame, code: int | None = None) -> np.ndarray:
        """Drawn spot of each pixel of a picture, (size²,); ``len(drawn)`` for none.

        A pixel shows the nearest drawn spot in reach. A pixel with merged cells of several niches shows those of the
        niche ``code``, so that a rare cell type stays visible, and else the most.
        """
        side, n = self._side, len(self.drawn)
        nearest = self._nearest(frame).copy()
        if self.drawn.is_merged:
            pixel = np.rint(frame.to_pixels(self.drawn.xy, side)).astype(np.int64)
            inside = np.flatnonzero(((pixel >= 0) & (pixel < side)).all(axis=1))
            own = self.drawn.niche[inside] == code
            last = inside[np.lexsort((self.drawn.cells[inside], own))]
            nearest[pixel[last, 1] * side + pixel[last, 0]] = last
        shown = np.full((self._size, self._size), n, np.int64)
        shown[tissue_slices(self._size)] = nearest.reshape(side, side)
        return shown.ravel()

    def _find_nearest(self, frame: Frame) -> np.ndarray:
        """Nearest drawn spot of each pixel of the square of the tissue, (side²,)."""
        axis = np.linspace(-0.5, 0.5, self._side) * frame.width
        x, y = frame.centre[0] + axis, frame.centre[1] + axis
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        return self._tree.query(grid, distance_upper_bound=self._reach)[1]

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.drawn.xy)


def _spacing(xy: np.ndarray) -> float:
    step = max(1, len(xy) // _SPACING_SAMPLE)
    # The fourth neighbour is as near as the first on an array, and gives a similar spacing for scattered cells.
    near = cKDTree(xy).query(xy[::step], k=min(5, len(xy)))[0].reshape(len(xy[::step]), -1)[:, -1]
    return float(np.median(near))


def _whole_frame(xy: np.ndarray, spacing: float, side: int) -> Frame:
    """Frame of all spots, with a margin."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    frame = Frame.around(low - REACH * spacing, high + REACH * spacing)
    return Frame(frame.centre, frame.width * (side - 1) / (side * (1 - 2 * MARGIN) - 1))
