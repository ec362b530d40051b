"""What is drawn: the spots of a slide, or its cells merged by pixel.

Spots wider than a pixel are drawn one by one. Cells about as small as a pixel are first merged: the cells of one pixel
(and of one niche) become one drawn spot. A picture of half a million cells then takes hardly longer to draw than one of
five thousand.

Drawn spots are sorted by position. So a picture does not depend on the order of the spots in the file, even where a
pixel is as near to one spot as to another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from data_prep.slide import Slide


@dataclass(frozen=True, eq=False)
class DrawnSpots:
    """What is drawn: the spots of a slide, or its cells merged by pixel, sorted by position.

    Attributes:
        xy: (n, 2) positions in the units of the slide.
        niche: (n,) niche code; -1 without a niche, or if cells of several niches are merged.
        cells: (n,) number of the slide's spots in each drawn spot.
        depth: (n,) total counts.
        of_spot: (n_spots,) drawn spot of each spot of the slide; -1 for a spot that is not drawn.
        is_merged: whether cells are merged.
    """

    xy: np.ndarray
    niche: np.ndarray
    cells: np.ndarray
    depth: np.ndarray
    of_spot: np.ndarray
    is_merged: bool

    def __len__(self) -> int:
        return len(self.niche)

    def add_up(self, counts: sp.csc_matrix) -> np.ndarray:
        """Counts of some genes, summed over the spots of each drawn spot: (n, n_genes) float32."""
        n = len(self)
        row = self.of_spot[counts.indices]
        row[row < 0] = n  # one row more, for the spots that are not drawn
        # `toarray` adds up repeated entries.
        return sp.csc_matrix((counts.data, row, counts.indptr), shape=(n + 1, counts.shape[1])).toarray()[:n]


def draw_each(slide: Slide, drawn: np.ndarray) -> DrawnSpots:
    """Spots that are drawn one by one.

    Args:
        slide: the slide.
        drawn: (n,) the spots that are drawn, sorted by position.
    """
    of_spot = np.full(slide.n_spots, -1, np.int32)
    of_spot[drawn] = np.arange(len(drawn))
    cells = np.ones(len(drawn), np.int64)
    return DrawnSpots(slide.xy[drawn], slide.niche[drawn], cells, slide.depth[drawn], of_spot, is_merged=False)


def merge_by_pixel(slide: Slide, drawn: np.ndarray, pixel: np.ndarray, *, by_niche: bool) -> DrawnSpots:
    """Cells that are merged by pixel.

    Args:
        slide: the slide.
        drawn: (n,) the cells that are drawn, sorted by position.
        pixel: (n,) pixel of each.
        by_niche: do not merge cells of different niches.
    """
    niche = slide.niche[drawn].astype(np.int64) if by_niche else np.full(len(drawn), -1)
    key = pixel * (len(slide.niches) + 1) + niche + 1
    known, merged = np.unique(key, return_inverse=True)
    cells = np.bincount(merged)
    of_spot = np.full(slide.n_spots, -1, np.int32)
    of_spot[drawn] = merged
    return DrawnSpots(
        xy=np.stack([np.bincount(merged, axis) / cells for axis in slide.xy[drawn].T], axis=1),
        niche=(known % (len(slide.niches) + 1) - 1).astype(np.int32),
        cells=cells,
        depth=np.bincount(merged, slide.depth[drawn]),
        of_spot=of_spot,
        is_merged=True,
    )
