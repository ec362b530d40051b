"""Which spot each pixel of a picture shows.

Spots wider than a pixel are drawn one by one: a pixel shows its nearest spot. Cells about as small as a pixel are first
merged: the cells of one pixel (and of one niche) become one drawn spot. A picture of half a million cells then takes
hardly longer to draw than one of five thousand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from data_prep.slide import Slide

MARGIN = 0.02
"""Width of the white margin on each side of the tissue, as a share of the picture."""
REACH = 0.75
"""A spot fills the pixels within this many spot spacings: neighbouring spots touch, holes in the tissue stay open."""
SMALLEST_SPOT = 1.5
"""Spots nearer to each other than this many pixels are merged."""
_SPACING_SAMPLE = 20_000


@dataclass(frozen=True, eq=False)
class DrawnSpots:
    """What is drawn: the spots of a slide, or its cells merged by pixel.

    Attributes:
        xy: (n, 2) positions in the units of the slide.
        niche: (n,) niche code; -1 without a niche, or if cells of several niches are merged.
        cells: (n,) number of the slide's spots in each drawn spot.
        depth: (n,) total counts.
        of_spot: (n_spots,) drawn spot of each spot; None if every spot is drawn.
    """

    xy: np.ndarray
    niche: np.ndarray
    cells: np.ndarray
    depth: np.ndarray
    of_spot: np.ndarray | None

    def __len__(self) -> int:
        return len(self.niche)

    def add_up(self, counts: sp.csc_matrix) -> np.ndarray:
        """Counts of some genes, summed over the spots of each drawn spot: (n, n_genes) float32."""
        if self.of_spot is None:
            return counts.toarray().astype(np.float32, copy=False)
        # `toarray` adds up repeated entries.
        merged = (counts.data, self.of_spot[counts.indices], counts.indptr)
        return sp.csc_matrix(merged, shape=(len(self), counts.shape[1])).toarray()


class Projection:
    """The drawn spots of a slide at one size, and the drawn spot that each pixel shows.

    Args:
        slide: the slide.
        size: edge length of the picture in pixels.
        by_niche: do not merge cells of different niches.

    Attributes:
        drawn: the drawn spots.
    """

    def __init__(self, slide: Slide, size: int, *, by_niche: bool) -> None:
        position, spacing = _to_pixels(slide.xy, size)
        cell = np.clip(np.rint(position), 0, size - 1).astype(np.int64)
        pixel = cell[:, 1] * size + cell[:, 0]
        if spacing >= SMALLEST_SPOT:
            self.drawn = DrawnSpots(slide.xy, slide.niche, np.ones(slide.n_spots, np.int64), slide.depth, None)
            self._pixel_of_drawn = np.zeros(0, np.int64)
        else:
            self.drawn, self._pixel_of_drawn, of_spot = _merge(slide, pixel, by_niche)
            # Mean position in pixels of the cells of each drawn spot.
            position = np.stack([np.bincount(of_spot, axis) / self.drawn.cells for axis in position.T], axis=1)
        # A pixel that contains drawn spots shows the one with most cells. Other pixels show the nearest one in reach.
        grid = np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1).reshape(-1, 2)
        distance, nearest = cKDTree(position).query(grid, distance_upper_bound=max(REACH * spacing, 1.0))
        self._shown = np.where(np.isfinite(distance), nearest, -1)
        order = np.argsort(self.drawn.cells[: len(self._pixel_of_drawn)], kind="stable")
        self._shown[self._pixel_of_drawn[order]] = order

    def spot_of_pixel(self, code: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(size²,) drawn spot of each pixel, -1 for none; and whether it belongs to the niche ``code``.

        A pixel with drawn spots of several niches shows the one of that niche, so that a rare cell type stays visible.
        """
        shown = self._shown
        if code is None:
            return shown, np.ones(len(shown), bool)
        if len(self._pixel_of_drawn):
            of_niche = np.flatnonzero(self.drawn.niche == code)
            shown = shown.copy()
            shown[self._pixel_of_drawn[of_niche]] = of_niche
        return shown, (self.drawn.niche[shown] == code) & (shown >= 0)


def _to_pixels(xy: np.ndarray, size: int) -> tuple[np.ndarray, float]:
    """Positions in pixels (n × 2), with all spots inside the margin; and the spacing of spots in pixels."""
    step = max(1, len(xy) // _SPACING_SAMPLE)
    # The fourth neighbour is as near as the first on an array, and gives a similar spacing for scattered cells.
    near = cKDTree(xy).query(xy[::step], k=min(5, len(xy)))[0].reshape(len(xy[::step]), -1)[:, -1]
    spacing = float(np.median(near))
    low, high = xy.min(axis=0), xy.max(axis=0)
    extent = float((high - low).max())
    scale = (size * (1 - 2 * MARGIN) - 1) / max(extent + 2 * REACH * spacing, 1e-9)
    return (xy - (low + high) / 2) * scale + (size - 1) / 2, spacing * scale


def _merge(slide: Slide, pixel: np.ndarray, by_niche: bool) -> tuple[DrawnSpots, np.ndarray, np.ndarray]:
    """Merge cells by pixel (and niche): the drawn spots, the pixel of each, and the drawn spot of each cell."""
    niche = slide.niche.astype(np.int64) if by_niche else np.full(slide.n_spots, -1)
    key = pixel * (len(slide.niches) + 1) + niche + 1
    known, of_spot = np.unique(key, return_inverse=True)
    cells = np.bincount(of_spot)
    xy = np.stack([np.bincount(of_spot, axis) / cells for axis in slide.xy.T], axis=1)
    drawn = DrawnSpots(
        xy=xy,
        niche=(known % (len(slide.niches) + 1) - 1).astype(np.int32),
        cells=cells,
        depth=np.bincount(of_spot, slide.depth),
        of_spot=of_spot.astype(np.int32),
    )
    return drawn, known // (len(slide.niches) + 1), of_spot
