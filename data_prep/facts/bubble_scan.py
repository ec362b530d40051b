"""Bubbles: round patches of low depth inside the tissue, sharply below the ring around them on all sides.

Air under the cover slip, a drop that dried or a detached patch give such a patch. Holes without any spot are no
bubbles: nothing was measured there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.signal import fftconvolve
from scipy.spatial import cKDTree

from data_prep.facts.block_jackknife import jackknife_error
from data_prep.facts.measurement import Measurement
from data_prep.facts.stripe_scan import NEARLY, middle_and_spread, without_tails
from data_prep.facts.tissue_outline import MOST_PIXELS

RADII = (2.1, 2.9, 4.0, 5.6, 7.9, 11.0, 15.0)
"""Radii that are tried, in pitches; each about 1.4 times the one before, twice the area."""
MOST_OF_EXTENT = 0.2
"""A patch with a larger radius, as a share of the tissue's shorter side, is a niche."""
PIXELS_PER_PITCH = 2
GAP = 0.5
"""Pitches between patch and ring, for spots that the patch cuts in half."""
RING = 0.5
"""Width of the ring as a share of the radius, at least ``THINNEST_RING`` pitches. A narrow ring sees a sharp rim, and
no smooth change over the tissue."""
THINNEST_RING = 2.0
FEWEST_INSIDE, FEWEST_RING = 8, 12
SECTORS = 8
CONSISTENT = 0.85
"""Share of the sectors in which the patch lies below its ring."""
FEWEST_SECTORS = 6
SHARP = 0.5
"""Share of the loss that is seen within ``RIM`` pitches on both sides of the rim. A smooth hollow of depth has less."""
RIM = 2.0
MOST_TAKEN = 0.25
"""Largest share of a patch that may belong to another artefact. What is left of a stripe is no bubble."""
CANDIDATES = 20
"""Lowest patches of each radius whose sectors are looked at."""


@dataclass(frozen=True, eq=False)
class Patch:
    """A round patch of tissue.

    Attributes:
        centre: in the units of the coordinates; a spot.
        ratio: log2 ratio of depth, patch to ring; its error is a jackknife over sectors.
        z: how far it stands out from the patches of the same radius that do not touch it, in standard deviations.
        spots: boolean (n_spots,).
    """

    centre: tuple[float, float]
    ratio: Measurement
    z: float
    spots: np.ndarray


class PatchScan:
    """Compares patches of one tissue with their rings.

    Args:
        xy: (n_spots, 2) positions.
        inward: (n_spots,) distance to the edge of the tissue.
        pitch: distance between neighbouring spots.
    """

    def __init__(self, xy: np.ndarray, inward: np.ndarray, pitch: float) -> None:
        self._xy = xy
        self._inward = inward
        self._pitch = pitch
        self._tree = cKDTree(xy)
        self._pixel = max(pitch / PIXELS_PER_PITCH, float(np.ptp(xy, axis=0).max()) / MOST_PIXELS)
        self._at = np.round((xy - xy.min(axis=0)) / self._pixel).astype(np.int64)
        most = MOST_OF_EXTENT * float(np.ptp(xy, axis=0).min())
        self._radii = [times * pitch for times in RADII if times == RADII[0] or times * pitch <= most]
        self._spots = {
            (inner, outer): self._sums(np.ones(len(xy)), inner, outer)
            for radius in self._radii
            for inner, outer in ((0.0, radius), _ring(radius, pitch))
        }

    @property
    def n_compared(self) -> int:
        """Patches of one radius that lie inside the tissue and are compared: with few, none could stand out."""
        return max(int((self._is_inside(radius) & self._has_spots(radius)).sum()) for radius in self._radii)

    def clearest(self, residual: np.ndarray, taken: np.ndarray) -> Patch | None:
        """The patch that is lowest against its ring; None if none is, on all sides and more than patches differ.

        Args:
            residual: (n_spots,) log2 depth without what biology explains.
            taken: (n_spots,) bool, the spots of other artefacts; a patch has few of them.
        """
        found = [
            patch for radius in self._radii for patch in self._lowest(without_tails(residual), residual, radius, taken)
        ]
        if not found:
            return None
        clearest = min(found, key=lambda patch: patch.z)
        if clearest.z >= 0:  # it is lower than its ring, but the patches of this slide differ as much
            return None
        # The core of a bubble stands out as much as the whole. The whole explains more.
        nearly = [patch for patch in found if patch.z <= NEARLY * clearest.z and (patch.spots & clearest.spots).any()]
        return max(nearly, key=lambda patch: patch.spots.sum() * patch.ratio.value**2)

    def _lowest(self, seen: np.ndarray, residual: np.ndarray, radius: float, taken: np.ndarray) -> list[Patch]:
        """The lowest patches of one radius that are below their rings on all sides.

        Args:
            seen: (n_spots,) residuals without tails; they decide which patches stand out.
            residual: (n_spots,) residuals, which give the ratio.
            radius: in the units of the coordinates.
            taken: (n_spots,) bool, the spots of other artefacts.
        """
        contrast = self._contrasts(seen, radius)
        # Rounded: the last digits of a convolution must not decide between equal patches.
        low = np.round(np.where(self._is_inside(radius), contrast, np.nan), 6)
        order = np.flatnonzero(low < 0)
        patches = []
        for spot in order[np.argsort(low[order], kind="stable")][:CANDIDATES]:
            patch = self._patch(residual, int(spot), radius)
            if patch is not None and taken[patch.spots].mean() <= MOST_TAKEN:
                # Compared with the patches that do not touch this one: on a small slide it is much of the tissue.
                away = np.hypot(*(self._xy - patch.centre).T) > radius + _ring(radius, self._pitch)[1]
                middle, spread = middle_and_spread([contrast[away]])
                patches.append(replace(patch, z=float((contrast[spot] - middle) / spread)))
        return patches

    def _is_inside(self, radius: float) -> np.ndarray:
        """(n_spots,) whether the patch around each spot lies inside the tissue."""
        return self._inward >= radius + GAP * self._pitch

    def _has_spots(self, radius: float) -> np.ndarray:
        """(n_spots,) whether the patch around each spot and its ring have enough spots."""
        inside_n, around_n = self._spots[0.0, radius], self._spots[_ring(radius, self._pitch)]
        return (inside_n > FEWEST_INSIDE - 0.5) & (around_n > FEWEST_RING - 0.5)

    def _contrasts(self, residual: np.ndarray, radius: float) -> np.ndarray:
        """(n_spots,) mean of the patch around each spot minus that of its ring; NaN where either has few spots."""
        ring = _ring(radius, self._pitch)
        inside_n, around_n = self._spots[0.0, radius], self._spots[ring]
        with np.errstate(invalid="ignore", divide="ignore"):
            value = self._sums(residual, 0.0, radius) / inside_n - self._sums(residual, *ring) / around_n
            value *= np.sqrt(1.0 / (1.0 / inside_n + 1.0 / around_n))
        return np.where(self._has_spots(radius), value, np.nan)

    def _sums(self, values: np.ndarray, inner: float, outer: float) -> np.ndarray:
        """(n_spots,) sums of values over the spots at distances from ``inner`` to ``outer``, on the grid of pixels."""
        drawn = np.zeros(self._at.max(axis=0) + 1)
        np.add.at(drawn, (self._at[:, 0], self._at[:, 1]), values)
        kernel = _kernel(inner, outer, self._pixel)
        return fftconvolve(drawn, kernel, mode="same")[self._at[:, 0], self._at[:, 1]]

    def _patch(self, residual: np.ndarray, spot: int, radius: float) -> Patch | None:
        """The patch around a spot; None if it is not below its ring in nearly all sectors."""
        ring = _ring(radius, self._pitch)
        near = np.sort(self._tree.query_ball_point(self._xy[spot], ring[1]))
        value = residual[near]
        step = self._xy[near] - self._xy[spot]
        distance = np.hypot(step[:, 0], step[:, 1])
        sector = ((np.arctan2(step[:, 1], step[:, 0]) / (2 * np.pi) + 0.5) * SECTORS).astype(np.int64) % SECTORS
        inside, around = distance <= radius, distance >= ring[0]
        own_n, n = (np.bincount(sector[part], minlength=SECTORS).astype(float) for part in (inside, around))
        own, other = (np.bincount(sector[part], value[part], SECTORS) for part in (inside, around))
        low = own.sum() / own_n.sum()
        used = n > 0
        if used.sum() < FEWEST_SECTORS or (low < other[used] / n[used]).mean() < CONSISTENT:
            return None
        loss = low - other.sum() / n.sum()
        rim = (
            value[inside & (distance > radius - RIM * self._pitch)],
            value[around & (distance <= ring[0] + RIM * self._pitch)],
        )
        if rim[0].mean() - rim[1].mean() > SHARP * loss:
            return None
        without_own = (own.sum() - own) / np.maximum(own_n.sum() - own_n, 1)
        without_other = (other.sum() - other) / np.maximum(n.sum() - n, 1)
        error = jackknife_error(without_own - without_other, used & (own_n > 0))
        spots = np.zeros(len(residual), bool)
        spots[near[inside]] = True
        centre = (float(self._xy[spot, 0]), float(self._xy[spot, 1]))
        return Patch(centre, Measurement(float(loss), float(error)), 0.0, spots)


def _ring(radius: float, pitch: float) -> tuple[float, float]:
    inner = radius + GAP * pitch
    return inner, inner + max(RING * radius, THINNEST_RING * pitch)


def _kernel(inner: float, outer: float, pixel: float) -> np.ndarray:
    """A disc or a ring of ones."""
    reach = int(np.ceil(outer / pixel))
    step = np.arange(-reach, reach + 1) * pixel
    distance = np.hypot(step[:, None], step[None, :])
    return ((distance >= inner) & (distance <= outer)).astype(float)
