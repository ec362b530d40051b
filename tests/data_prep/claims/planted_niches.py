"""Niches of known geometry, with what is true and false of them. The plant says so, by its own numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from data_prep.claims import Claim

COLUMNS, ROWS = 40, 44
"""Spots of the tissue: rows stand 0.87 apart, so it is about as high as wide."""
WIDTH, HEIGHT = float(COLUMNS), ROWS * np.sqrt(0.75)
_X = {"left": (0.0, 0.4), "": (0.4, 0.6), "right": (0.6, 1.0)}
_Y = {"upper": (0.0, 0.4), "": (0.4, 0.6), "lower": (0.6, 1.0)}
_PLACES = {
    ("upper", "left"): "upper left",
    ("upper", ""): "top",
    ("upper", "right"): "upper right",
    ("", "left"): "left",
    ("", ""): "centre",
    ("", "right"): "right",
    ("lower", "left"): "lower left",
    ("lower", ""): "bottom",
    ("lower", "right"): "lower right",
}
PLACES = tuple(_PLACES.values())
EXTENTS = {
    "a tiny part": (0.0, 0.05),
    "a small part": (0.05, 0.15),
    "a moderate part": (0.15, 0.35),
    "a large part": (0.35, 0.6),
    "most": (0.6, 1.0),
}
FORMS = ("compact", "band", "ring", "scattered")
PARTS = ("one piece", "two pieces", "several pieces")
TYPES = ("T cell", "B cell", "fibroblast")
SHARES = {"mostly": (0.5, 1.01), "partly": (0.2, 0.5), "hardly": (-0.01, 0.05)}


@dataclass
class Niches:
    """Niches on a hexagonal array of spots.

    Attributes:
        xy: (n, 2) positions.
        code: (n,) niche of each spot.
        names: of the niches.
        said: (claim, whether it is true) of the niches.
        with_core: niches that have a rim and a core.
        neighbours: (niche, other) that share a long border.
    """

    xy: np.ndarray
    code: np.ndarray
    names: tuple[str, ...]
    said: list[tuple[Claim, bool]] = field(default_factory=list)
    with_core: tuple[int, ...] = ()
    neighbours: list[tuple[int, int]] = field(default_factory=list)

    def say(self, kind: str, code: int, values: Iterator[tuple[str, bool]]) -> None:
        self.said += [(Claim(kind, niche=self.names[code], value=value), is_true) for value, is_true in values]

    def say_form(self, code: int, form: str) -> None:
        self.say("form", code, ((other, other == form) for other in FORMS))

    def say_parts(self, code: int, n: int) -> None:
        self.say("parts", code, ((part, part == PARTS[min(n, 3) - 1]) for part in PARTS))

    def say_centre(self, code: int, x: float, y: float) -> None:
        """Places that hold the centre, and those from which it lies far; x and y in 0..1."""
        for (row, column), place in _PLACES.items():
            depth = min(_inside(x, _X[column]), _inside(y, _Y[row]))
            if abs(depth) > 0.05:
                self.said.append((Claim("centred", niche=self.names[code], value=place), depth > 0))

    def say_contacts(self) -> None:
        for code, name in enumerate(self.names):
            for other, beside in enumerate(self.names):
                if code != other:
                    claim = Claim("adjacent", niche=name, other=beside)
                    self.said.append((claim, (code, other) in self.neighbours))

    def say_extents(self) -> None:
        share = np.bincount(self.code) / len(self.code)
        for code in range(len(self.names)):
            for words, (low, high) in EXTENTS.items():
                if low * 1.2 < share[code] < (high / 1.2 if high < 1 else 1):
                    self.said.append((Claim("extent", niche=self.names[code], value=words), True))
                elif not low / 1.2 < share[code] < high * 1.2:
                    self.said.append((Claim("extent", niche=self.names[code], value=words), False))

    def say_names(self) -> None:
        for name in self.names:
            self.said += [(Claim("identity", niche=name, value=other), other == name) for other in self.names]

    def say_types(self, share: np.ndarray) -> None:
        """Args: share: (n_niches, n_types) planted shares of cell types."""
        for code, name in enumerate(self.names):
            for number, of_type in enumerate(TYPES):
                for band, (low, high) in SHARES.items():
                    depth = _inside(share[code, number], (low, high))
                    if abs(depth) > 0.06 or (band == "hardly" and share[code, number] < 0.01):
                        claim = Claim("composed_of", niche=name, value=band, other=of_type)
                        self.said.append((claim, depth > 0))


def _inside(value: float, limits: tuple[float, float]) -> float:
    """How far inside limits a value in 0..1 lies; the edges of the tissue are no limits."""
    low, high = limits
    return min(value - low if low > 0 else 1.0, high - value if high < 1 else 1.0)


def _spots() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions, and their x and y in 0..1."""
    row, column = np.divmod(np.arange(ROWS * COLUMNS), COLUMNS)
    xy = np.stack([column + 0.5 * (row % 2), row * np.sqrt(0.75)], axis=1)
    x, y = (xy / xy.max(axis=0)).T
    return xy, x, y


def bands(rng: np.random.Generator) -> Niches:
    """Bands side by side, from left to right or from top to bottom."""
    xy, x, y = _spots()
    n, axis = int(rng.integers(3, 7)), int(rng.integers(2))
    width = 0.07 + rng.dirichlet(np.full(n, 2.0)) * (1 - 0.07 * n)
    edge = np.r_[0.0, np.cumsum(width)]
    code = np.clip(np.searchsorted(edge, (x, y)[axis], side="right") - 1, 0, n - 1)
    niches = Niches(xy, code, _names(rng, n))
    niches.neighbours = [(a, b) for a in range(n) for b in range(n) if abs(a - b) == 1]
    for band in range(n):
        centre = (edge[band] + edge[band + 1]) / 2
        niches.say_centre(band, *((centre, 0.5) if axis == 0 else (0.5, centre)))
        niches.say_parts(band, 1)
        long, short = (HEIGHT, width[band] * WIDTH) if axis == 0 else (WIDTH, width[band] * HEIGHT)
        aspect = (long**2 + short**2) / (long * short)
        if aspect > 6 or aspect < 2.7:
            niches.say_form(band, "band" if aspect > 6 else "compact")
    return niches


def target(rng: np.random.Generator) -> Niches:
    """A disc in a ring in other tissue."""
    xy, _, _ = _spots()
    inner = rng.uniform(7.0, 9.5)
    outer = inner + rng.uniform(4.0, 6.0)
    centre = np.array([rng.uniform(outer + 1, WIDTH - outer - 1), rng.uniform(outer + 1, HEIGHT - outer - 1)])
    radius = np.hypot(*(xy - centre).T)
    code = np.where(radius < inner, 0, np.where(radius < outer, 1, 2))
    niches = Niches(xy, code, _names(rng, 3), with_core=(0,))
    niches.neighbours = [(0, 1), (1, 0), (1, 2), (2, 1)]
    niches.say_form(0, "compact")
    niches.say_form(1, "ring")
    for disc in (0, 1):
        niches.say_centre(disc, *(centre / (WIDTH, HEIGHT)))
        niches.say_parts(disc, 1)
    return niches


def islands(rng: np.random.Generator) -> Niches:
    """A niche of two discs, one of four, one of one, and the tissue around them."""
    xy, _, _ = _spots()
    corners = np.array([(x, y) for x in (0.17, 0.5, 0.83) for y in (0.17, 0.5, 0.83)]) * (WIDTH, HEIGHT)
    corners = rng.permutation(corners)[:7]
    owner = np.array([0, 0, 1, 1, 1, 1, 2])
    code = np.full(len(xy), 3)
    for centre, niche in zip(corners, owner, strict=True):
        code[np.hypot(*(xy - centre).T) < rng.uniform(4.5, 5.5)] = niche
    niches = Niches(xy, code, _names(rng, 4))
    niches.neighbours = [(a, b) for a in range(4) for b in range(4) if a != b and 3 in (a, b)]
    for niche, n in enumerate((2, 4, 1)):
        niches.say_parts(niche, n)
        niches.say_centre(niche, *(corners[owner == niche].mean(axis=0) / (WIDTH, HEIGHT)))
    niches.say_form(2, "compact")
    return niches


def mixture(rng: np.random.Generator) -> Niches:
    """A niche scattered over two halves of the tissue."""
    xy, x, _ = _spots()
    code = np.where(rng.random(len(xy)) < rng.uniform(0.15, 0.3), 0, np.where(x < 0.5, 1, 2))
    niches = Niches(xy, code, _names(rng, 3))
    niches.neighbours = [(0, 1), (0, 2), (1, 0), (2, 0)]
    niches.say_form(0, "scattered")
    niches.say_centre(0, 0.5, 0.5)
    for half, centre in ((1, 0.25), (2, 0.75)):
        niches.say_centre(half, centre, 0.5)
    return niches


def _names(rng: np.random.Generator, n: int) -> tuple[str, ...]:
    return tuple(f"region {letter}" for letter in rng.permutation(list("ABCDEFGH"))[:n])


LAYOUTS: tuple[Callable[[np.random.Generator], Niches], ...] = (bands, target, islands, mixture)
