"""Numbers that describe a figure, measured on its pixels alone.

They are the eyes of the arithmetic that a model must beat. All kinds of figures share them; a number that says nothing
about a figure is constant over its questions, and a regression ignores it. They cover what the claims are about:
brightness inside and outside a niche, its pieces and its outline, places, halves, rims, borders and bars of evidence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from data_prep.facts.niche_shapes import COMPASS
from data_prep.figures import palette
from data_prep.figures.frame import strip_height, tissue_slices

LIT = (0.1, 0.5)
"""Brightnesses from which a pixel counts as lit, 0..1."""
PLACE_VECTORS: dict[str, tuple[int, int]] = {
    word: (x - 1, y - 1) for y, row in enumerate(COMPASS) for x, word in enumerate(row)
} | {"upper": (0, -1), "lower": (0, 1), "up": (0, -1), "down": (0, 1)}
"""Place words of claims (ninths of the tissue, halves, directions) as vectors, x to the right and y down."""
_PIECE = 0.1
"""Share of a niche from which a piece of it counts."""
_SHIFT = 4
"""Distance in pixels of the neighbours whose brightness is compared."""
_NEAR = 3
"""Distance in pixels up to which two regions touch."""


@dataclass(frozen=True, eq=False)
class Reading:
    """What the pixels of a figure show: the tissue without the strip of the bars.

    Attributes:
        level: (side, side) float, brightness on the expression scale 0..1; 0 outside the tissue.
        tissue: (side, side) bool, True on tissue.
        colour: (side, side) bool, True where the tissue is not grey: the niche of a gene's map, or a coloured niche.
        black: (side, side) bool, True in a niche that is drawn in black.
    """

    level: np.ndarray
    tissue: np.ndarray
    colour: np.ndarray
    black: np.ndarray

    @property
    def niche(self) -> np.ndarray:
        """(side, side) bool, the asked niche: black where a figure has black, else coloured."""
        return self.black if self.black.any() else self.colour


def read_figure(picture: np.ndarray) -> Reading:
    """Reads a figure (uint8, size × size × 3).

    Each step of the colour scale has the luma of the same grey step, and no colour is grey. So the pixels determine
    both the brightness and the niche.
    """
    square = picture[tissue_slices(picture.shape[0])]
    tissue = (square != np.asarray(palette.BACKGROUND, np.uint8)).any(axis=-1)
    luma = palette.expression_table() @ palette.LUMA
    level = np.interp(square @ palette.LUMA, luma, np.linspace(0, 1, len(luma)))
    return Reading(
        level=np.where(tissue, level, 0.0),
        tissue=tissue,
        colour=tissue & (np.ptp(square, axis=-1) > 0),
        black=(square == np.asarray(palette.ASKED, np.uint8)).all(axis=-1),
    )


@dataclass(frozen=True, eq=False)
class FigureStatistics:
    """Numbers that describe one figure.

    Attributes:
        share: (3, 3) share of the niche in each ninth of the tissue's box.
        level: (3, 3) mean brightness in each ninth.
        centre: (x, y) centre of the niche as a share of the tissue's box.
        bright: (x, y) centre of the brightness.
        slope: correlation of the brightness with x and with y.
        half: log2 ratio of the brightness of the right half to the left one, and of the lower half to the upper one.
        others: (n,) numbers that have no direction.
    """

    share: np.ndarray
    level: np.ndarray
    centre: tuple[float, float]
    bright: tuple[float, float]
    slope: tuple[float, float]
    half: tuple[float, float]
    others: np.ndarray

    @classmethod
    def measure(cls, picture: np.ndarray) -> FigureStatistics:
        """Measures a figure (uint8, size × size × 3)."""
        reading = read_figure(picture)
        row, column = _box_position(reading.tissue)
        share, level = _ninths(reading, row, column)
        return cls(
            share=share,
            level=level,
            centre=_centre(reading.niche, row, column),
            bright=_centre(np.where(reading.colour, reading.level, 0.0), row, column),
            slope=_slopes(reading),
            half=(_half_ratio(reading, axis=1), _half_ratio(reading, axis=0)),
            others=np.concatenate(
                [
                    _bars(picture),
                    _areas(reading),
                    _brightness(reading),
                    _inside(reading),
                    _outline(reading.niche),
                    _border(reading),
                    _two_maps(picture, reading),
                ]
            ),
        )

    def numbers(self, word: str = "") -> np.ndarray:
        """(n,) all numbers, and how a place word fits them; zeros for words that are no places.

        Args:
            word: a place, half or direction that a question asks about.
        """
        place = np.zeros(6)
        if word in PLACE_VECTORS:
            x, y = PLACE_VECTORS[word]
            ninth = (x + 1.5) / 3, (y + 1.5) / 3
            elsewhere = np.delete(self.level.ravel(), 3 * (y + 1) + x + 1)
            place = np.array(
                [
                    self.share[y + 1, x + 1],
                    self.level[y + 1, x + 1] - elsewhere.max(),
                    np.hypot(self.centre[0] - ninth[0], self.centre[1] - ninth[1]),
                    np.hypot(self.bright[0] - ninth[0], self.bright[1] - ninth[1]),
                    x * self.slope[0] + y * self.slope[1],
                    x * self.half[0] + y * self.half[1],
                ]
            )
        directed = [*self.share.ravel(), *self.level.ravel(), *self.centre, *self.bright, *self.slope, *self.half]
        return np.concatenate([directed, self.others, place])


def map_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson correlation of the brightness of two pictures over the tissue; 0 where one is constant."""
    a, b = read_figure(first), read_figure(second)
    return _correlation(a.level[a.tissue], b.level[a.tissue])


def _bars(picture: np.ndarray) -> np.ndarray:
    """How far the strip below the tissue is filled: mean luma and colour of its upper and its lower half."""
    size = picture.shape[0]
    height = strip_height(size)
    strip = picture[size - height :].astype(float)
    halves = (strip[: height // 2], strip[height // 2 :])
    return np.array([value for half in halves for value in (half.mean(), np.ptp(half, axis=-1).mean())])


def _areas(reading: Reading) -> np.ndarray:
    n = max(int(reading.tissue.sum()), 1)
    return np.array([reading.tissue.mean(), reading.colour.sum() / n, reading.black.sum() / n])


def _brightness(reading: Reading) -> np.ndarray:
    """Brightness inside the coloured region and in the grey one."""
    inside = reading.level[reading.colour]
    outside = reading.level[reading.tissue & ~reading.colour & ~reading.black]
    sides = [
        [side.mean(), side.std(), *((side > lit).mean() for lit in LIT), np.quantile(side, 0.9)]
        if side.size
        else [0.0] * 5
        for side in (inside, outside)
    ]
    return np.array([*sides[0], *sides[1], sides[0][0] - sides[1][0]])


def _ninths(reading: Reading, row: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(3, 3) share of the niche and (3, 3) mean brightness in each ninth of the tissue's box."""
    code = 3 * np.minimum(3 * row, 2).astype(int) + np.minimum(3 * column, 2).astype(int)
    own = np.bincount(code[reading.niche], minlength=9) / max(int(reading.niche.sum()), 1)
    shown = reading.colour if reading.colour.any() else reading.tissue
    n = np.bincount(code[shown], minlength=9)
    level = np.bincount(code[shown], weights=reading.level[shown], minlength=9) / np.maximum(n, 1)
    return own.reshape(3, 3), level.reshape(3, 3)


def _box_position(tissue: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of each pixel as a share of the tissue's box, 0..1."""
    rows, columns = (np.flatnonzero(tissue.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return np.zeros(tissue.shape), np.zeros(tissue.shape)
    grid = np.indices(tissue.shape).astype(float)
    spans = [(rows[0], rows[-1]), (columns[0], columns[-1])]
    row, column = ((part - low) / max(high - low + 1, 1) for part, (low, high) in zip(grid, spans, strict=True))
    return np.clip(row, 0, 0.999), np.clip(column, 0, 0.999)


def _centre(weight: np.ndarray, row: np.ndarray, column: np.ndarray) -> tuple[float, float]:
    """(x, y) centre of a weighted map as a share of the tissue's box; the middle where nothing weighs."""
    total = weight.sum()
    if total <= 0:
        return 0.5, 0.5
    return float((weight * column).sum() / total), float((weight * row).sum() / total)


def _inside(reading: Reading) -> np.ndarray:
    """How the brightness varies inside the coloured region: from rim to core, and locally."""
    region = reading.colour
    return np.array(
        [
            _near_to_far(reading.level, region, ndimage.distance_transform_edt(region)),
            _neighbour_correlation(reading.level, region, axis=0),
            _neighbour_correlation(reading.level, region, axis=1),
        ]
    )


def _slopes(reading: Reading) -> tuple[float, float]:
    """Correlation of the brightness with x and with y inside the coloured region."""
    y, x = np.nonzero(reading.colour)
    level = reading.level[reading.colour]
    return _correlation(level, x), _correlation(level, y)


def _half_ratio(reading: Reading, axis: int) -> float:
    """Log ratio of the brightness of the right (or lower) half of the coloured region to the other half."""
    position = np.nonzero(reading.colour)[axis]
    level = reading.level[reading.colour]
    if not level.size:
        return 0.0
    second = position > np.median(position)
    return _log_ratio(level[second], level[~second])


def _near_to_far(level: np.ndarray, region: np.ndarray, distance: np.ndarray) -> float:
    """Log ratio of the brightness of the nearer half of a region to the farther half."""
    within = distance[region]
    if not within.size:
        return 0.0
    near = within <= np.median(within)
    return _log_ratio(level[region][near], level[region][~near])


def _neighbour_correlation(level: np.ndarray, region: np.ndarray, axis: int) -> float:
    """Correlation of the brightness of pixels a few pixels apart: high for a pattern, low for noise."""
    first, second = (np.take(part, np.arange(part.shape[axis] - _SHIFT), axis) for part in (level, region))
    ahead = np.arange(_SHIFT, level.shape[axis])
    other, other_region = np.take(level, ahead, axis), np.take(region, ahead, axis)
    both = second & other_region
    return _correlation(first[both], other[both])


def _outline(niche: np.ndarray) -> np.ndarray:
    """The form of a niche: how it fills its box, its border, its pieces, its middle, and how long it is."""
    rows, columns = np.nonzero(niche)
    n = len(rows)
    if n < 3:
        return np.zeros(9)
    y, x = int(rows.mean()), int(columns.mean())
    reach = max(2, int(0.25 * np.sqrt(n)))
    around = (slice(max(y - reach, 0), y + reach + 1), slice(max(x - reach, 0), x + reach + 1))
    pieces, _ = ndimage.label(niche)
    shares = np.sort(np.bincount(pieces[niche])[1:] / n)[::-1]
    filled = ndimage.binary_fill_holes(niche).sum()
    spread = np.linalg.eigvalsh(np.cov(np.stack([rows, columns])))
    return np.array(
        [
            n / (np.ptp(rows) + 1) / (np.ptp(columns) + 1),
            1 - ndimage.binary_erosion(niche).sum() / n,
            (shares >= _PIECE).sum(),
            shares[0],
            shares[1] if len(shares) > 1 else 0.0,
            len(shares),
            niche[around].mean(),
            (filled - n) / n,
            np.sqrt(spread[0] / max(spread[1], 1e-9)),
        ]
    )


def _border(reading: Reading) -> np.ndarray:
    """How a black niche meets the coloured region, and how the brightness there falls with the distance from it."""
    if not reading.black.any() or not reading.colour.any():
        return np.zeros(5)
    distance = ndimage.distance_transform_edt(~reading.black)
    apart = distance[reading.colour]
    border = reading.black & ~ndimage.binary_erosion(reading.black)
    touching = ndimage.distance_transform_edt(~reading.colour)[border] <= _NEAR
    return np.array(
        [
            touching.mean(),
            (apart <= _NEAR).mean(),
            apart.min(),
            _near_to_far(reading.level, reading.colour, distance),
            _correlation(reading.level[reading.colour], apart),
        ]
    )


def _two_maps(picture: np.ndarray, reading: Reading) -> np.ndarray:
    """How two maps in one picture agree: side by side, one above the other, or in two colours."""
    square = picture[tissue_slices(picture.shape[0])].astype(float)
    side = square.shape[0] // 2
    halves = []
    for axis in (0, 1):
        first, second = (np.take(reading.level, part, axis) for part in (np.arange(side), np.arange(-side, 0)))
        both = np.take(reading.tissue, np.arange(side), axis) & np.take(reading.tissue, np.arange(-side, 0), axis)
        halves.append(_correlation(first[both], second[both]))
    red, green, blue = square[reading.tissue].T if reading.tissue.any() else np.zeros((3, 1))
    channels = [_correlation(red, green), _correlation(red, blue), _correlation(green, blue)]
    return np.array([*halves, *channels, red.mean(), green.mean(), blue.mean()])


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson correlation; 0 where one is constant."""
    if len(a) < 3 or not np.ptp(a) or not np.ptp(b):
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _log_ratio(first: np.ndarray, second: np.ndarray) -> float:
    """Log2 ratio of two means of brightness, a hundredth added to each."""
    if not first.size or not second.size:
        return 0.0
    return float(np.log2((first.mean() + 0.01) / (second.mean() + 0.01)))
