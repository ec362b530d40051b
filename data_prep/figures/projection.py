"""Which spot each pixel of a picture shows.

Spots wider than a pixel are drawn one by one: a pixel shows its nearest spot. Where cells are about as small as pixels,
the cells of one pixel (and of one niche) are first merged into one mark, so that a picture of half a million cells
takes hardly longer to draw than one of five thousand. Everything after that sees marks only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from data_prep.slide import Slide

MARGIN = 0.02
"""White on each side of the tissue, as a share of the picture."""
REACH = 0.75
"""A spot fills the pixels within this many spot spacings: neighbouring spots touch, holes in the tissue stay open."""
SMALLEST_SPOT = 1.5
"""Spots nearer to each other than this many pixels are merged."""
_SPACING_SAMPLE = 20_000


@dataclass(frozen=True, eq=False)
class Marks:
    """What is drawn: spots, or cells merged by pixel.

    Attributes:
        xy: (n, 2) positions in the units of the slide.
        niche: (n,) niche code; -1 without one, or where cells of several niches are merged.
        cells: (n,) number of spots in each mark.
        depth: (n,) total counts.
        of_spot: (n_spots,) mark of each spot; None where the marks are the spots.
    """

    xy: np.ndarray
    niche: np.ndarray
    cells: np.ndarray
    depth: np.ndarray
    of_spot: np.ndarray | None

    def __len__(self) -> int:
        return len(self.niche)

    def gather(self, counts: sp.csc_matrix) -> np.ndarray:
        """Counts of some genes summed over the spots of each mark: (n, n_genes) float32."""
        if self.of_spot is None:
            return counts.toarray().astype(np.float32, copy=False)
        # Making a matrix dense adds up what stands at one place.
        merged = (counts.data, self.of_spot[counts.indices], counts.indptr)
        return sp.csc_matrix(merged, shape=(len(self), counts.shape[1])).toarray()


class Projection:
    """The marks of a slide at one size, and the mark that each pixel shows.

    Args:
        slide: the slide.
        size: edge length of the picture in pixels.
        by_niche: keep cells of different niches apart when they are merged.
    """

    def __init__(self, slide: Slide, size: int, *, by_niche: bool) -> None:
        """See the class."""
        position, spacing = _place(slide.xy, size)
        cell = np.clip(np.rint(position), 0, size - 1).astype(np.int64)
        pixel = cell[:, 1] * size + cell[:, 0]
        if spacing >= SMALLEST_SPOT:
            self.marks = Marks(slide.xy, slide.niche, np.ones(slide.n_spots, np.int64), slide.depth, None)
            self._pixel_of_mark = np.zeros(0, np.int64)
        else:
            self.marks, self._pixel_of_mark, of_spot = _merge(slide, pixel, by_niche)
            # Mean position in pixels of the spots of each mark.
            position = np.stack([np.bincount(of_spot, axis) / self.marks.cells for axis in position.T], axis=1)
        # The pixel a mark lies in shows it, the largest of several; the others show the nearest mark within reach.
        grid = np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1).reshape(-1, 2)
        distance, nearest = cKDTree(position).query(grid, distance_upper_bound=max(REACH * spacing, 1.0))
        self._shown = np.where(np.isfinite(distance), nearest, -1)
        order = np.argsort(self.marks.cells[: len(self._pixel_of_mark)], kind="stable")
        self._shown[self._pixel_of_mark[order]] = order

    def shown(self, code: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(size²,) mark of each pixel, -1 for none, and whether it is of the niche ``code``.

        Where a pixel has marks of several niches it shows that of the asked one: a rare cell type must not vanish.
        """
        shown = self._shown
        if code is None:
            return shown, np.ones(len(shown), bool)
        if len(self._pixel_of_mark):
            asked = np.flatnonzero(self.marks.niche == code)
            shown = shown.copy()
            shown[self._pixel_of_mark[asked]] = asked
        return shown, (self.marks.niche[shown] == code) & (shown >= 0)


def _place(xy: np.ndarray, size: int) -> tuple[np.ndarray, float]:
    """Positions in pixels (n × 2), the outermost spots whole within the margin, and the spacing of spots in pixels."""
    step = max(1, len(xy) // _SPACING_SAMPLE)
    # The fourth neighbour: on an array as near as the first, among scattered cells about as far as on a full array.
    near = cKDTree(xy).query(xy[::step], k=min(5, len(xy)))[0].reshape(len(xy[::step]), -1)[:, -1]
    spacing = float(np.median(near))
    low, high = xy.min(axis=0), xy.max(axis=0)
    extent = float((high - low).max())
    scale = (size * (1 - 2 * MARGIN) - 1) / max(extent + 2 * REACH * spacing, 1e-9)
    return (xy - (low + high) / 2) * scale + (size - 1) / 2, spacing * scale


def _merge(slide: Slide, pixel: np.ndarray, by_niche: bool) -> tuple[Marks, np.ndarray, np.ndarray]:
    """The marks of cells merged by pixel (and niche), the pixel of each mark, and the mark of each spot."""
    niche = slide.niche.astype(np.int64) if by_niche else np.full(slide.n_spots, -1)
    key = pixel * (len(slide.niches) + 1) + niche + 1
    known, of_spot = np.unique(key, return_inverse=True)
    cells = np.bincount(of_spot)
    xy = np.stack([np.bincount(of_spot, axis) / cells for axis in slide.xy.T], axis=1)
    marks = Marks(
        xy=xy,
        niche=(known % (len(slide.niches) + 1) - 1).astype(np.int32),
        cells=cells,
        depth=np.bincount(of_spot, slide.depth),
        of_spot=of_spot.astype(np.int32),
    )
    return marks, known // (len(slide.niches) + 1), of_spot
