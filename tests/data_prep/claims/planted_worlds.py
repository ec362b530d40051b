"""Slides with planted genes, and what is true and false of them. The expected rates say so, not the measured counts.

A statistic that lies between its limits by the plant is neither a truth nor a lie, so no claim is made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from data_prep.claims import Claim
from data_prep.facts.facts import Facts
from data_prep.slide import Slide, SlideMeta
from tests.data_prep.claims.planted_niches import HEIGHT, LAYOUTS, PLACES, TYPES, WIDTH, Niches

Said = Iterator[tuple[Claim, bool]]
"""Claims, and whether each is true."""
N_UBIQUITOUS = 8
DIRECTIONS = {"right": (1, 0), "left": (-1, 0), "down": (0, 1), "up": (0, -1)}


@dataclass
class World:
    """A slide with its facts and its plant.

    Attributes:
        facts: measured.
        said: (claim, whether it is true).
    """

    facts: Facts
    said: list[tuple[Claim, bool]]


def make_world(seed: int, depth: float, n_genes: int = 48, size: int = 64) -> World:
    """Plant a slide.

    Args:
        seed: of everything.
        depth: mean counts of a gene in a spot, about; 0.3 is a sparse slide.
        n_genes: number of genes besides the ubiquitous ones.
        size: edge length of the pictures in pixels.
    """
    rng = np.random.default_rng(seed)
    niches = LAYOUTS[seed % len(LAYOUTS)](rng)
    niches.say_contacts()
    niches.say_extents()
    niches.say_names()
    genes = _Genes(rng, niches, n_genes)
    relative = np.exp(rng.normal(0.0, 0.3, len(niches.xy)) + 0.4 * _smooth(rng, niches.xy))
    log2 = np.stack([plant(genes, relative) for plant in genes.draw_plants()], axis=1)
    mean = np.exp(rng.normal(np.log(depth), 0.8, n_genes))
    mean[genes.absent] *= 1e-4
    rate = np.exp2(log2) * mean
    even = np.full((len(rate), N_UBIQUITOUS), max(3.0 * rate.sum(axis=1).mean() / N_UBIQUITOUS, 6.0))
    expected = np.concatenate([rate, even], axis=1) * relative[:, None]
    spread = 0.15
    counts = rng.poisson(expected * rng.gamma(1 / spread, spread, expected.shape))
    counts[counts.sum(axis=1) == 0, -1] = 1
    names = np.array([f"GENE{i:02d}" for i in range(expected.shape[1])])
    share = rng.dirichlet(np.full(len(TYPES), 0.6), len(niches.names))
    above = rng.random(len(rate))[:, None] > np.cumsum(share, axis=1)[niches.code]
    types = np.minimum(above.sum(axis=1), len(TYPES) - 1)
    drawn = np.stack([np.bincount(types[niches.code == code], minlength=len(TYPES)) for code in range(len(share))])
    niches.say_types(drawn / drawn.sum(axis=1, keepdims=True))
    slide = Slide(
        f"world {seed}",
        sp.csc_matrix(counts, dtype=np.float32),
        niches.xy,
        names,
        niches.code.astype(np.int32),
        niches.names,
        SlideMeta(),
        cell_type=types.astype(np.int32),
        cell_types=TYPES,
    )
    said = [*niches.said, *genes.statements(names, expected / expected.sum(axis=1, keepdims=True), expected)]
    return World(Facts.measure(slide, size), said)


class _Genes:
    """Draws the patterns of genes and says what is true of them."""

    def __init__(self, rng: np.random.Generator, niches: Niches, n_genes: int) -> None:
        self.rng, self.niches = rng, niches
        self.x, self.y = (niches.xy / (WIDTH, HEIGHT)).T
        self.is_mixed = (Claim("form", niche=niches.names[0], value="scattered"), True) in niches.said
        self.near = np.stack([self._distance(code) for code in range(len(niches.names))])
        rims = ["rim"] * 3 if niches.with_core else []  # few tissues have any
        self.kind = rng.permutation(np.resize([*_PLANTS, *rims], n_genes))
        self.absent = self.kind == "absent"
        self.told: list[tuple[int, str, str, bool]] = []
        self.number = 0

    def draw_plants(self) -> list[Callable[[_Genes, np.ndarray], np.ndarray]]:
        def numbered(number: int, kind: str) -> Callable[[_Genes, np.ndarray], np.ndarray]:
            def plant(genes: _Genes, depth: np.ndarray) -> np.ndarray:
                genes.number = number
                return _PLANTS[kind](genes, depth)

            return plant

        return [numbered(number, kind) for number, kind in enumerate(self.kind)]

    def tell(self, kind: str, value: str, is_true: bool) -> None:
        """What is true of the gene that is being planted, and has no niche."""
        self.told.append((self.number, kind, value, is_true))

    def statements(self, names: np.ndarray, share: np.ndarray, expected: np.ndarray) -> list[tuple[Claim, bool]]:
        names = names.tolist()
        said = [(Claim(kind, names[gene], value=value), true) for gene, kind, value, true in self.told]
        depth = expected.sum(axis=1)
        for gene, name in enumerate(names):
            said += list(self._in_niches(name, share[:, gene], depth))
            said += list(self._detection(name, expected[:, gene]))
        return said + list(self._pairs(names, share))

    def _in_niches(self, gene: str, share: np.ndarray, depth: np.ndarray) -> Said:
        """Claims on a gene in every niche, by its expected rates."""
        folds = []
        for code, niche in enumerate(self.niches.names):
            own = self.niches.code == code
            fold = _log_ratio(share, depth, own, ~own)
            folds.append(fold)
            yield from _by_limits(Claim("enriched", gene, niche), fold, 1.0, 0.5)
            yield from _by_limits(Claim("not_enriched", gene, niche), -fold, -0.5, -1.0)
            yield from _by_limits(Claim("depleted", gene, niche), -fold, 1.0, 0.5)
            yield from _by_limits(Claim("enriched", gene, niche, "strongly"), fold, 2.0, 1.5)
            if 1.0 <= fold < 2.0 or fold > 2.5 or fold < 0.5:
                yield Claim("enriched", gene, niche, "moderately"), 1.0 <= fold < 2.0
            for half, ratio in self._halves(share, depth, own):
                yield from _by_limits(Claim("partial", gene, niche, half), ratio, 1.5, 0.7)
            if code in self.niches.with_core:
                rim, core = own & (self.near[code] < 1.2), own & (self.near[code] > 2.5)
                ratio = _log_ratio(share, depth, rim, core)
                yield from _by_limits(Claim("rim", gene, niche, "rim"), ratio, 0.8, 0.3)
                yield from _by_limits(Claim("rim", gene, niche, "core"), -ratio, 0.8, 0.3)
            for other in (b for a, b in self.niches.neighbours if a == code and fold > 0.1):
                inside = self.niches.code == other
                beside, far = inside & (self.near[code] < 2.2), inside & (self.near[code] > 3.6)
                if min(beside.sum(), far.sum()) >= 20:
                    ratio = _log_ratio(share, depth, beside, far)
                    yield from _by_limits(
                        Claim("spills_over", gene, niche, other=self.niches.names[other]), ratio, 0.8, 0.3
                    )
        yield from _by_limits(Claim("nowhere", gene), -max(folds), -0.5, -1.0)

    def _halves(self, share: np.ndarray, depth: np.ndarray, own: np.ndarray) -> Iterator[tuple[str, float]]:
        for axis, (low, high) in enumerate((("left", "right"), ("upper", "lower"))):
            position = self.niches.xy[:, axis]
            middle = np.median(position[own])
            ratio = _log_ratio(share, depth, own & (position < middle), own & (position > middle))
            yield low, ratio
            yield high, -ratio

    def _detection(self, gene: str, expected: np.ndarray) -> Said:
        seen = float((1 - np.exp(-expected)).mean())
        if seen < 0.006 or seen > 0.05:
            yield Claim("absent", gene), seen < 0.006
        if seen > 0.97 or seen < 0.8:
            yield Claim("ubiquitous", gene), seen > 0.97

    def _pairs(self, names: list[str], share: np.ndarray) -> Said:
        seen = [gene for gene in range(len(self.kind)) if not self.absent[gene]]
        for _ in range(150):
            one, two = self.rng.choice(seen, 2, replace=False)
            a, b = share[:, one], share[:, two]
            # The planted share of a flat gene varies a little, because shares sum to one.
            least = min(np.std(np.log2(a)), np.std(np.log2(b)))
            r = float(np.corrcoef(a, b)[0, 1]) if least > 0.1 else 0.0
            if 0.1 < least < 0.4 and abs(r) > 0.1:
                continue
            for kind, value, yes, no in (("colocalised", r, 0.8, 0.1), ("exclusive", -r, 0.35, -0.1)):
                yield from _by_limits(Claim(kind, names[one], other=names[two]), value, yes, no)
            yield from _by_limits(Claim("unrelated", names[one], other=names[two]), -abs(r), -0.03, -0.6)

    def _distance(self, code: int) -> np.ndarray:
        """Distance of each spot to the other side of a niche's border."""
        own, xy = self.niches.code == code, self.niches.xy
        near = np.empty(len(xy))
        near[own] = cKDTree(xy[~own]).query(xy[own])[0]
        near[~own] = cKDTree(xy[own]).query(xy[~own])[0]
        return near


def _flat(genes: _Genes, depth: np.ndarray) -> np.ndarray:
    genes.tell("patterned", "", False)
    genes.tell("not_patterned", "", True)
    genes.tell("no_peak", "", True)
    genes.tell("follows_depth", "", False)
    for direction in DIRECTIONS:
        genes.tell("gradient", direction, False)
    return np.zeros(len(depth))


def _absent(genes: _Genes, depth: np.ndarray) -> np.ndarray:
    return np.zeros(len(depth))


def _marker(genes: _Genes, depth: np.ndarray) -> np.ndarray:
    fold, own = genes.rng.uniform(-3.0, 4.0), genes.niches.code == genes.rng.integers(len(genes.niches.names))
    raised = np.exp2(fold * own)
    if raised.var() > 0.15 * raised.mean() ** 2 and not genes.is_mixed:
        genes.tell("patterned", "", True)
        genes.tell("not_patterned", "", False)
    genes.tell("follows_depth", "", False)
    return fold * own


def _gradient(genes: _Genes, depth: np.ndarray) -> np.ndarray:
    direction = str(genes.rng.choice(list(DIRECTIONS)))
    dx, dy = DIRECTIONS[direction]
    for other in DIRECTIONS:
        genes.tell("gradient", other, other == direction)
    genes.tell("patterned", "", True)
    genes.tell("not_patterned", "", False)
    return genes.rng.uniform(2.0, 5.0) * (dx * genes.x + dy * genes.y)


def _peak(genes: _Genes, depth: np.ndarray) -> np.ndarray:
    number = int(genes.rng.integers(9))
    row, column = divmod(number, 3)
    distance = np.hypot(genes.x - (column + 0.5) / 3, genes.y - (row + 0.5) / 3)
    for place in PLACES:
        genes.tell("highest", place, place == PLACES[number])
    genes.tell("no_peak", "", False)
    return genes.rng.uniform(2.0, 4.0) * np.exp(-((distance / 0.17) ** 2))


def _of_depth(genes: _Genes, depth: np.ndarray) -> np.ndarray:
    genes.tell("follows_depth", "", True)
    return genes.rng.uniform(0.8, 1.6) * np.log2(depth)


def _partial(genes: _Genes, depth: np.ndarray) -> np.ndarray:
    own = genes.niches.code == genes.rng.integers(len(genes.niches.names))
    axis, sign = int(genes.rng.integers(2)), genes.rng.choice([-1, 1])
    position = sign * genes.niches.xy[:, axis]
    return genes.rng.uniform(0.0, 4.0) * (own & (position > np.median(position[own])))


def _rim(genes: _Genes, depth: np.ndarray) -> np.ndarray:
    code = genes.rng.choice(genes.niches.with_core or range(len(genes.niches.names)))
    own, sign = genes.niches.code == code, genes.rng.choice([-1, 1])
    return (1.0 + sign * genes.rng.uniform(0.0, 3.0) * (genes.near[code] < 1.2)) * own


def _spill(genes: _Genes, depth: np.ndarray) -> np.ndarray:
    code, other = genes.niches.neighbours[genes.rng.integers(len(genes.niches.neighbours))]
    beside = (genes.niches.code == other) & (genes.near[code] < 2.2)
    return 3.0 * (genes.niches.code == code) + genes.rng.uniform(0.0, 3.0) * beside


_PLANTS: dict[str, Callable[[_Genes, np.ndarray], np.ndarray]] = {
    "flat": _flat,
    "marker": _marker,
    "gradient": _gradient,
    "peak": _peak,
    "depth": _of_depth,
    "partial": _partial,
    "rim": _rim,
    "spill": _spill,
    "absent": _absent,
}


def _smooth(rng: np.random.Generator, xy: np.ndarray) -> np.ndarray:
    """A random field of unit variance that changes over about eight spots."""
    waves, phase = rng.normal(0.0, 1 / 8, (2, 30)), rng.uniform(0.0, 2 * np.pi, 30)
    return np.cos(xy @ waves + phase).sum(axis=1) * np.sqrt(2 / 30)


def _log_ratio(share: np.ndarray, depth: np.ndarray, here: np.ndarray, there: np.ndarray) -> float:
    """log2 ratio of the expected rates of a gene in two sets of spots."""
    rate = [(share[spots] * depth[spots]).sum() / depth[spots].sum() for spots in (here, there)]
    return float(np.log2(rate[0] / rate[1]))


def _by_limits(claim: Claim, value: float, yes: float, no: float) -> Said:
    if value >= yes or value <= no:
        yield claim, value >= yes
