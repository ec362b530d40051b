"""How far apart the spots of a slide are, on what kind of grid, and what that says about their unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from data_prep.slide import Slide

SPOT_SPACING = {"visium hd": 0.0, "visium": 100.0, "legacy st": 200.0, "spatial transcriptomics": 200.0}
"""Technology → micrometres between the centres of neighbouring spots; 0 where it says nothing. 10x Genomics for Visium,
Ståhl et al. 2016 (doi:10.1126/science.aaf2403) for the first arrays. The first name that occurs counts."""
HEXAGONS, SQUARES, SCATTERED = "hexagons", "squares", "scattered"
"""Kinds of grid: the six nearest spots are equally far, the four nearest are, or neither."""
_EQUAL = 1.25
"""Distances of which the largest is less than so many times the smallest are equal: printed arrays are not exact."""
_SQUARE_DIAGONAL = 1.6
"""The four nearest neighbours of a square grid of jittered spots lie within so many times the nearest distance."""
_SAMPLE = 20_000
"""Spots that are looked at, at most."""
_TOLERANCE = 0.1
"""A distance within this share of a technology's own fits it."""
CELL_SPACING = (4.0, 40.0)
"""Micrometres between neighbouring cells in tissue: from packed nuclei to sparse neurons."""


@dataclass(frozen=True)
class SpotSpacing:
    """Distances between neighbouring spots, in the units of the slide.

    Attributes:
        nearest: median distance to the nearest spot.
        grid: ``HEXAGONS``, ``SQUARES`` or ``SCATTERED``.
        pitch: micrometres between neighbours that the technology has; 0 where nothing tells.
        n_shared: spots at the position of another one.
    """

    nearest: float
    grid: str
    pitch: float
    n_shared: int

    @property
    def guess(self) -> str:
        """What the distance suggests about the unit, as an end of "The distance …"."""
        if not self.nearest:
            return "is 0 for most spots, so it does not tell the unit"
        if self.grid != SCATTERED and 0.8 <= self.nearest <= 2.1:
            return "suggests positions on the array, neither pixels nor microns"
        if self.pitch and abs(self.nearest / self.pitch - 1) <= _TOLERANCE:
            return f"fits microns, and pixels of about 1 µm: the technology has {self.pitch:g} µm between spots"
        if self.pitch:
            pixel = self.pitch / self.nearest
            return f"suggests pixels of {pixel:.2g} µm: the technology has {self.pitch:g} µm between spots"
        if self.grid == SCATTERED and CELL_SPACING[0] <= self.nearest <= CELL_SPACING[1]:
            return "fits cells in microns, and pixels of about a micron"
        if self.grid == SCATTERED:
            return "fits no cells in microns, so they are pixels or another unit"
        return "does not tell the unit"


def measure_spacing(slide: Slide) -> SpotSpacing:
    """Distances between the spots of a slide; at least two."""
    order = np.lexsort(slide.xy.T)
    asked = slide.xy[order[:: max(1, len(order) // _SAMPLE)]]
    k = min(7, slide.n_spots)
    distance = cKDTree(slide.xy).query(asked, k=k)[0].reshape(len(asked), k)[:, 1:]
    step = np.median(distance, axis=0)
    _, sizes = np.unique(slide.xy, axis=0, return_counts=True)
    return SpotSpacing(
        nearest=float(step[0]),
        grid=_grid(step),
        pitch=known_pitch(slide.meta.technology),
        n_shared=int(sizes[sizes > 1].sum()),
    )


def known_pitch(technology: str) -> float:
    """Micrometres between neighbouring spots of a technology; 0 where its name says nothing."""
    name = technology.casefold()
    return next((microns for known, microns in SPOT_SPACING.items() if known in name), 0.0)


def _grid(step: np.ndarray) -> str:
    """Kind of grid from the median distances to the nearest, second, … sixth spot."""
    if len(step) < 6 or step[0] <= 0:
        return SCATTERED
    if step[5] < _EQUAL * step[0]:
        return HEXAGONS
    return SQUARES if step[3] < _EQUAL * step[0] and step[5] < _SQUARE_DIAGONAL * step[0] else SCATTERED
