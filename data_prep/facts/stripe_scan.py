"""Stripes of low depth: straight bands across the tissue whose counts are below both sides.

A dry row of spots, a scratch, a fold or the seam of two fields of view give such a band. The scan moves bands of some
widths and directions over the tissue and compares each with its flanks, piece by piece along the band. A band of
tissue that has fewer counts for a biological reason is seldom straight, sharp and complete.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from data_prep.facts.block_jackknife import jackknife_error
from data_prep.facts.measurement import Measurement
from data_prep.facts.tissue_outline import MOST_PIXELS

DIRECTIONS = (36, 120)
"""Fewest and most directions that are tried, beside those of an array: one every 7.5 to 1.9 degrees. ..."""
DIRECTIONS_PER_PITCH = 3.0
"""... A long thin band leaves a row of spots at a smaller angle, so there are more on a larger tissue."""
STEPS = 2
"""Positions that are tried in one pitch."""
WIDTHS = (1.0, 1.5, 2.0, 3.0, 4.5, 7.0)
"""Widths of a band in pitches. Wider ones are niches or gradients."""
MOST_OF_EXTENT = 0.15
"""A wider band, as a share of the tissue's extent across it, is no stripe."""
GAP = 0.5
"""Pitches between band and flank: a band cuts some spots in half."""
SPOTS_PER_PIECE = 4
PIECES = (5, 12)
"""Fewest and most pieces along a band."""
FEWEST_IN_PIECE = 2
CONSISTENT = 0.8
"""Share of the pieces that must lie below their own flanks."""
FLANK = 2
"""Narrowest flank in pitches; the flanks of a wide band are as wide as the band."""
FEWEST_PIECES = 4
CROSSES = 0.6
"""At least this share of the band's pieces have spots on both sides of it."""
FEWEST_BANDS = 40
"""Fewer bands do not show how much bands of this slide differ."""
NEARLY = 0.6
"""Bands that stand out this much, as a share of the one that stands out most, may be the whole stripe."""
LATTICE = 0.8
"""Regularity, 0 to 1, from which spots are an array with rows."""
_PADDING = 2 * STEPS * (round(WIDTHS[-1]) + 1)
"""Rows beyond the tissue that the flanks of a band may reach."""
TAILS = 2.5
"""Residuals are drawn in to so many standard deviations."""
SPREAD = 1.4826
"""Standard deviations in a median absolute deviation, for normal errors."""


@dataclass(frozen=True, eq=False)
class Band:
    """A straight band across the tissue.

    Attributes:
        ratio: log2 ratio of depth, band to the flank that is nearer to it; its error is a jackknife over pieces.
        z: the ratio against all bands of the same width and the slide's own spread.
        spots: boolean (n_spots,).
    """

    ratio: Measurement
    z: float
    spots: np.ndarray


def lattice_angles(xy: np.ndarray) -> list[float]:
    """Directions of the rows of an array, with those between them, in [0, π); empty for single cells."""
    _, near = cKDTree(xy).query(xy, k=min(5, len(xy)))
    step = xy[near[:, 1:]] - xy[:, None]
    length = np.hypot(step[..., 0], step[..., 1])
    angle = np.arctan2(step[..., 1], step[..., 0])[(length > 0) & (length < 1.2 * np.median(length))]
    for fold in (4, 6):
        mean = np.exp(1j * fold * angle).mean() if angle.size else 0.0
        if abs(mean) >= LATTICE:
            first = float(np.angle(mean)) / fold
            turned = [(first + i * np.pi / fold) % np.pi for i in range(fold)]
            # Rounding turns rows along x into π, which is 0.
            return [0.0 if np.isclose(angle, np.pi, rtol=0, atol=1e-9) else angle for angle in turned]
    return []


def clearest_band(xy: np.ndarray, residual: np.ndarray, pitch: float) -> tuple[Band | None, int]:
    """The band that is lowest against its flanks; None if no band crosses the tissue, is low all along and stands out.

    Also how many bands of one width were compared: with few, none could stand out.

    Args:
        xy: (n_spots, 2) positions.
        residual: (n_spots,) log2 depth without what biology explains.
        pitch: distance between neighbouring spots.
    """
    # A spot far away from all others must not ask for more memory.
    pitch = max(pitch, STEPS * float(np.ptp(xy, axis=0).max()) / MOST_PIXELS)
    n_directions = int(np.clip(DIRECTIONS_PER_PITCH * np.sqrt(len(xy)), *DIRECTIONS))
    angles = sorted({*np.arange(n_directions) * np.pi / n_directions, *lattice_angles(xy)})
    grids = [_Grid.of(xy, without_tails(residual), pitch, angle) for angle in angles]
    bands = [_clearest_of_width(grids, residual, width) for width in WIDTHS]
    n_compared = max(n for _, n in bands)
    found = [band for band, _ in bands if band is not None]
    lowest = min((band.z for band in found), default=0.0)
    if lowest >= 0:
        return None, n_compared
    # A band that is too narrow stands out as much as the whole stripe. The whole stripe explains more.
    best = max((band for band in found if band.z <= NEARLY * lowest), key=lambda band: band.gain)
    ratio = best.grid.of_values(residual).ratio(best.first, best.width)
    return Band(ratio, best.z, best.grid.spots(best.first, best.width)), n_compared


def _clearest_of_width(grids: list[_Grid], residual: np.ndarray, width: float) -> tuple[_Candidate | None, int]:
    """The band of one width that is lowest against its flanks, None if none is low all along; how many there are."""
    scores = [grid.contrasts(width) for grid in grids]
    n_compared = sum(int(np.isfinite(score.value).sum()) for score in scores)
    low = [np.where(score.consistent, score.evidence, np.inf).min() for score in scores]
    grid, score = grids[int(np.argmin(low))], scores[int(np.argmin(low))]
    if not np.isfinite(min(low)) or min(low) >= 0:
        return None, n_compared
    first = int(np.argmin(np.where(score.consistent, score.evidence, np.inf)))
    # The spread of all other bands, as if this one were not there: on a small slide it is a good part of the tissue.
    given_back = np.where(grid.spots(first, width), score.value[first], 0.0)
    null = without_tails(residual - given_back)
    middle, spread = middle_and_spread([other.of_values(null).contrasts(width).evidence for other in grids])
    z = (float(score.evidence[first]) - middle) / spread
    return _Candidate(z, float(score.gain[first]), grid, first, width), n_compared


def without_tails(residual: np.ndarray) -> np.ndarray:
    """Residuals with those beyond ``TAILS`` standard deviations drawn in: one odd spot makes no band or patch."""
    middle = float(np.median(residual))
    reach = TAILS * SPREAD * float(np.median(np.abs(residual - middle)))
    return np.clip(residual, middle - reach, middle + reach)


def middle_and_spread(values: list[np.ndarray]) -> tuple[float, float]:
    """Median and robust standard deviation of all contrasts; an infinite spread if there are few."""
    everything = np.concatenate(values)
    everything = everything[np.isfinite(everything)]
    if everything.size < FEWEST_BANDS:
        return 0.0, float("inf")
    middle = float(np.median(everything))
    return middle, SPREAD * float(np.median(np.abs(everything - middle))) + 1e-9


@dataclass(frozen=True, eq=False)
class _Grid:
    """Running sums of residuals and spots in small steps across and in pieces along one direction."""

    cell: np.ndarray
    shape: tuple[int, int]
    total: np.ndarray
    n: np.ndarray

    @classmethod
    def of(cls, xy: np.ndarray, residual: np.ndarray, pitch: float, angle: float) -> _Grid:
        across, along = _turn(xy, angle)
        low = float(across.min()) - pitch / STEPS / 2
        row = np.floor((across - low) / pitch * STEPS).astype(np.int64)
        n_rows = int(row.max()) + 1
        length = max(float(np.ptp(along)), pitch)
        n_pieces = int(np.clip(length / pitch / SPOTS_PER_PIECE, *PIECES))
        piece = np.minimum(((along - along.min()) / length * n_pieces).astype(np.int64), n_pieces - 1)
        cell = (row * n_pieces + piece).astype(np.int32)
        n = np.bincount(cell, minlength=n_rows * n_pieces).reshape(n_rows, n_pieces).astype(float)
        empty = np.zeros((0, 0))
        return cls(cell, (n_rows, n_pieces), empty, _running(n)).of_values(residual)

    def of_values(self, residual: np.ndarray) -> _Grid:
        """The same grid with other residuals."""
        total = np.bincount(self.cell, residual, self.shape[0] * self.shape[1]).reshape(self.shape)
        return replace(self, total=_running(total))

    def size(self, width: float) -> int:
        """Steps in a band of some width."""
        return max(round(width * STEPS), 1)

    def sums(self, running: np.ndarray, offset: int, length: int) -> np.ndarray:
        """Sums over ``length`` steps, from ``offset`` steps beyond each row on: (n_rows, n_pieces)."""
        start = _PADDING + offset
        n_rows = len(running) - 2 * _PADDING - 1
        return running[start + length : start + length + n_rows] - running[start : start + n_rows]

    def sides(self, width: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean of each piece of each band minus that of either flank, and spots of the piece: (n_rows, n_pieces) each.

        The band of row r begins at row r. A piece without enough spots has the weight 0 and the differences 0.
        """
        size, gap = self.size(width), max(round(GAP * STEPS), 1)
        flank = max(size, FLANK * STEPS)
        parts = ((0, size), (-gap - flank, flank), (size + gap, flank))
        inside_n, left_n, right_n = (self.sums(self.n, *part) for part in parts)
        usable = np.minimum(np.minimum(inside_n, left_n), right_n) >= FEWEST_IN_PIECE
        inside, left, right = (
            self.sums(self.total, *part) / np.maximum(n, 1.0)
            for part, n in zip(parts, (inside_n, left_n, right_n), strict=True)
        )
        return (inside - left) * usable, (inside - right) * usable, inside_n * usable

    def contrasts(self, width: float) -> _Scores:
        """The weaker contrast of each band with its two flanks, and whether its pieces agree."""
        from_left, from_right, weight = self.sides(width)
        used = weight > 0
        n, n_used = weight.sum(axis=1), used.sum(axis=1)
        with_spots = (self.sums(self.n, 0, self.size(width)) > 0).sum(axis=1)
        enough = (n_used >= FEWEST_PIECES) & (n_used >= CROSSES * with_spots)
        if width > MOST_OF_EXTENT * len(n) / STEPS and width > WIDTHS[0]:
            enough[:] = False
        left, right = ((side * weight).sum(axis=1) / np.maximum(n, 1.0) for side in (from_left, from_right))
        below = ((from_left < 0) & (from_right < 0)).sum(axis=1) / np.maximum(n_used, 1)
        value = np.where(enough, np.maximum(left, right), np.nan)
        return _Scores(value, np.sqrt(n) * value, enough & (below >= CONSISTENT), n * value**2)

    def ratio(self, first: int, width: float) -> Measurement:
        """The weaker contrast of the band that begins at a row, with its jackknife error over pieces."""
        from_left, from_right, weight = (a[first] for a in self.sides(width))
        used = weight > 0
        sides = [side * weight for side in (from_left, from_right)]
        side = max(sides, key=lambda s: s.sum())
        rest = np.maximum(weight.sum() - weight, 1e-9)
        error = jackknife_error((side.sum() - side) / rest, used)
        return Measurement(float(side.sum() / weight.sum()), float(error))

    def spots(self, first: int, width: float) -> np.ndarray:
        """Boolean (n_spots,): the spots of the band that begins at a row."""
        row = self.cell // self.shape[1]
        return (row >= first) & (row < first + self.size(width))


@dataclass(frozen=True, eq=False)
class _Scores:
    """Every band of one width and direction, (n_rows,) each.

    Attributes:
        value: log2 contrast with the nearer flank; NaN where the band does not cross the tissue.
        evidence: contrast times the root of the band's spots: a short band differs more by chance.
        consistent: whether its pieces agree.
        gain: sum of squares that it explains.
    """

    value: np.ndarray
    evidence: np.ndarray
    consistent: np.ndarray
    gain: np.ndarray


@dataclass(frozen=True, eq=False)
class _Candidate:
    z: float
    gain: float
    grid: _Grid
    first: int
    width: float


def _running(values: np.ndarray) -> np.ndarray:
    """Running sums over the rows, (n_rows + 1 + 2 * ``_PADDING``, n_pieces), constant beyond the first and last row."""
    return (
        np.pad(values.cumsum(axis=0), ((_PADDING + 1, _PADDING), (0, 0)), mode="edge")
        * (np.arange(len(values) + 2 * _PADDING + 1) > _PADDING)[:, None]
    )


def _turn(xy: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates across and along a direction."""
    return xy @ np.array([-np.sin(angle), np.cos(angle)]), xy @ np.array([np.cos(angle), np.sin(angle)])
