"""Niche patterns of a synthetic slide: layers, blobs, domains, rings, scattered cells and mixtures.

`draw_niches` returns one niche code per spot. Every pattern takes any array of spots, so a pattern can also divide a
niche of another pattern.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from data_prep.slide import MIN_NICHE_SPOTS
from data_prep.synth.layout import Layout, smooth_fields

PATTERNS = ("layers", "blobs", "domains", "voronoi", "rings", "scattered", "mixed")
_COMPACT = ("layers", "blobs", "domains", "voronoi", "rings")

# Smallest share of the spots in a niche. Rarer niches have too few spots to learn from.
_SMALLEST = 0.012

DrawPattern = Callable[[np.random.Generator, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def draw_niches(rng: np.random.Generator, layout: Layout, pattern: str, n_niches: int) -> np.ndarray:
    """Divide the spots of a layout into niches.

    Args:
        rng: seeded generator.
        layout: the spots.
        pattern: one of `PATTERNS`.
        n_niches: number of niches, at most n_spots / `MIN_NICHE_SPOTS`.

    Returns:
        Codes 0 … n_niches - 1, int32 of shape (n_spots,), each with at least `MIN_NICHE_SPOTS` spots.
    """
    xy = layout.xy.astype(np.float32)
    mirrored = rng.random() < (0.5 if layout.outline == "lobes" else 0.1)
    if mirrored:
        axis = np.array([np.cos(layout.angle), np.sin(layout.angle)], dtype=np.float32)
        along = xy @ axis
        xy = xy + np.outer(np.abs(along) - along, axis)
    wobble = rng.choice([0.0, 0.05, 0.12]) * rng.uniform(0.5, 1.0)
    xy = xy + wobble * smooth_fields(rng, xy, 2, rng.uniform(0.15, 0.6))
    if rng.random() < 0.5:
        # Neighbouring niches interlock instead of having a sharp border.
        xy = xy + rng.normal(0.0, rng.uniform(0.005, 0.04), xy.shape).astype(np.float32)
    sizes = _draw_sizes(rng, n_niches)
    if pattern in _COMPACT and n_niches >= 4 and rng.random() < 0.25:
        codes = _nested(rng, pattern, xy, layout.level, sizes)
    else:
        codes = _DRAW[pattern](rng, xy, layout.level, sizes)
    codes = _top_up(rng, codes, xy, n_niches)
    return rng.permutation(n_niches).astype(np.int32)[codes]


def _draw_sizes(rng: np.random.Generator, n_niches: int) -> np.ndarray:
    """Draw shares of the niches that sum to 1: even, uneven, with a dominant niche, or with one or two small niches."""
    sizes = rng.dirichlet(np.full(n_niches, rng.choice([1.0, 2.5, 8.0])))
    choice = rng.random()
    if choice < 0.2:
        sizes[0] = 0.0
        sizes *= (1.0 - (share := rng.uniform(0.45, 0.7))) / sizes.sum()
        sizes[0] = share
        sizes = rng.permutation(sizes)
    elif choice < 0.45 and n_niches > 2:
        sizes[rng.choice(n_niches, int(rng.integers(1, min(3, n_niches - 1))), replace=False)] = rng.uniform(0.01, 0.03)
    sizes = np.maximum(sizes, _SMALLEST)
    return sizes / sizes.sum()


def _nested(rng: np.random.Generator, pattern: str, xy: np.ndarray, level: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """A compact pattern whose largest niche is divided by another compact pattern."""
    n_inner = int(rng.integers(2, len(sizes) // 2 + 1))
    order = np.argsort(-sizes)
    inner, outer = sizes[order[:n_inner]], np.append(sizes[order[:n_inner]].sum(), sizes[order[n_inner:]])
    codes = _DRAW[pattern](rng, xy, level, outer)
    largest = int(np.bincount(codes).argmax())
    host = np.flatnonzero(codes == largest)
    codes = codes + n_inner - (codes > largest)
    codes[host] = _DRAW[str(rng.choice(_COMPACT))](rng, xy[host], level[host], inner / inner.sum())
    return codes


def _divide(along: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Divide spots into bands of given shares along a coordinate."""
    ends = np.rint(np.cumsum(sizes)[:-1] * len(along)).astype(int)
    codes = np.empty(len(along), dtype=np.int32)
    codes[np.argsort(along, kind="stable")] = np.searchsorted(ends, np.arange(len(along)), side="right")
    return codes


def _layers(rng: np.random.Generator, xy: np.ndarray, level: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Bands: straight, bent, arcs around a far point, around a corner, on both sides of a midline, or in folds."""
    angle = rng.uniform(0.0, 2.0 * np.pi)
    along = xy @ np.array([np.cos(angle), np.sin(angle)], dtype=np.float32)
    across = xy @ np.array([-np.sin(angle), np.cos(angle)], dtype=np.float32)
    match int(rng.integers(6)):
        case 0:
            along = along + rng.uniform(-0.15, 0.15) * across
        case 1:
            along = along + rng.uniform(-0.9, 0.9) * across**2
        case 2:
            along = np.hypot(along + rng.uniform(0.6, 2.5), across - rng.uniform(-0.5, 0.5))
        case 3:
            sharp = rng.uniform(2.0, 8.0)
            along = np.logaddexp(sharp * along, sharp * across) / sharp
        case 4:
            along = smooth_fields(rng, xy, 1, rng.uniform(0.25, 0.7))[:, 0]
        case _:
            along = np.abs(along - rng.uniform(-0.2, 0.2)) + rng.uniform(-0.3, 0.3) * across**2
    return _divide(along, sizes)


def _blobs(rng: np.random.Generator, xy: np.ndarray, level: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """A background niche that contains the others as a few lumps, many islets (glands), or thin strands (vessels)."""
    codes = np.full(len(xy), int(sizes.argmax()), dtype=np.int32)
    free = np.ones(len(xy), dtype=bool)
    for code in rng.permutation(len(sizes)):
        if code == sizes.argmax():
            continue
        spots = np.flatnonzero(free)
        choice = rng.random()
        if choice < 0.1:
            distance = np.abs(smooth_fields(rng, xy[spots], 1, rng.uniform(0.1, 0.4))[:, 0])
        else:
            n_pieces = int(rng.integers(8, 25)) if choice < 0.2 else int(rng.choice([1, 1, 2, 3, 4]))
            centres = xy[rng.choice(spots, n_pieces)]
            distance = (_stretched_distances(rng, xy[spots], centres, 2.2) / rng.uniform(0.6, 1.4, n_pieces)).min(
                axis=1
            )
        taken = spots[np.argsort(distance, kind="stable")[: max(1, int(sizes[code] * len(xy)))]]
        codes[taken], free[taken] = code, False
    return codes


def _stretched_distances(rng: np.random.Generator, xy: np.ndarray, centres: np.ndarray, longest: float) -> np.ndarray:
    """Distances of spots to centres in a plane that is stretched by up to `longest`, (n_spots, n_centres)."""
    angle, stretch = rng.uniform(0.0, np.pi), rng.uniform(1.0, longest)
    frame = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * [1.0, stretch]
    spots, centres = xy @ frame.astype(np.float32), centres @ frame.astype(np.float32)
    return np.hypot(spots[:, :1] - centres[:, 0], spots[:, 1:] - centres[:, 1])


def _domains(rng: np.random.Generator, xy: np.ndarray, level: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Irregular smooth domains: each niche has a random field, and the largest field wins."""
    return _balanced(smooth_fields(rng, xy, len(sizes), rng.uniform(0.12, 0.5)), sizes)


def _voronoi(rng: np.random.Generator, xy: np.ndarray, level: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Polygons around seeds. A niche has one to four seeds, so it can consist of separate pieces."""
    n_seeds = len(sizes) * int(rng.integers(1, 5))
    owner = np.concatenate([np.arange(len(sizes)), rng.choice(len(sizes), n_seeds - len(sizes), p=sizes)])
    seeds = xy[rng.choice(len(xy), n_seeds, replace=len(xy) < n_seeds)]
    distance = (xy**2).sum(axis=1)[:, None] - 2.0 * xy @ seeds.T + (seeds**2).sum(axis=1)
    return owner[distance.argmin(axis=1)].astype(np.int32)


def _rings(rng: np.random.Generator, xy: np.ndarray, level: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Rings around one to three cores, or along the edge of the tissue."""
    if rng.random() < 0.3:
        return _divide(level + rng.normal(0.0, 0.03 * level.std(), len(level)), sizes)
    # Cores lie well inside the tissue. Otherwise their rings are only arcs.
    inner = np.flatnonzero(level >= np.quantile(level, 0.4))
    cores = xy[rng.choice(inner, int(rng.choice([1, 1, 2, 3])))]
    distance = _stretched_distances(rng, xy, cores, 1.8) / rng.uniform(0.7, 1.3, len(cores))
    # Often the core is small and the region outside all rings is large.
    sizes = sizes if rng.random() < 0.4 else np.sort(sizes)
    return _divide(distance.min(axis=1), sizes)


def _scattered(rng: np.random.Generator, xy: np.ndarray, level: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Intermixed cell types, from evenly mixed to each in its own part of the tissue."""
    fields = smooth_fields(rng, xy, len(sizes), rng.uniform(0.08, 0.5))
    strength = rng.uniform(0.0, 2.5, len(sizes)) if rng.random() < 0.5 else rng.uniform(0.0, 5.0)
    return _balanced(fields * strength + rng.gumbel(size=fields.shape), sizes)


def _mixed(rng: np.random.Generator, xy: np.ndarray, level: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Compact niches with scattered cells of other niches, everywhere or mainly in one niche."""
    n_scattered = int(rng.integers(1, max(2, len(sizes) // 2 + 1)))
    order = np.argsort(sizes) if rng.random() < 0.7 else rng.permutation(len(sizes))
    base = sizes[order[n_scattered:]]
    codes = np.zeros(len(xy), dtype=np.int32)
    if len(base) > 1:
        codes = _DRAW[str(rng.choice(_COMPACT))](rng, xy, level, base / base.sum())
    fields = smooth_fields(rng, xy, n_scattered, rng.uniform(0.15, 0.6))
    home = codes.copy()
    for k in range(n_scattered):
        pull = rng.uniform(0.0, 1.5) * fields[:, k] + rng.gumbel(size=len(xy))
        if rng.random() < 0.4:
            pull += rng.uniform(1.0, 4.0) * (home == rng.integers(len(base)))
        wanted = max(1, int(min(sizes[order[k]], 0.12) * len(xy)))
        codes[np.argsort(-pull, kind="stable")[:wanted]] = len(base) + k
    return codes


def _balanced(scores: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The niche with the largest score at each spot. Offsets on the scores bring the shares close to `sizes`."""
    offset = np.zeros(len(sizes))
    spread = scores.std()
    for _ in range(8):
        codes = (scores + offset).argmax(axis=1)
        share = np.bincount(codes, minlength=len(sizes)) / len(scores)
        offset += 0.5 * spread * np.log(sizes / np.maximum(share, 1e-3))
    return (scores + offset).argmax(axis=1).astype(np.int32)


_DRAW: dict[str, DrawPattern] = {
    "layers": _layers,
    "blobs": _blobs,
    "domains": _domains,
    "voronoi": _voronoi,
    "rings": _rings,
    "scattered": _scattered,
    "mixed": _mixed,
}


def _top_up(rng: np.random.Generator, codes: np.ndarray, xy: np.ndarray, n_niches: int) -> np.ndarray:
    """Enlarge niches below `MIN_NICHE_SPOTS` by their nearest spots, from niches that have more than enough."""
    codes = codes.copy()
    sizes = np.bincount(codes, minlength=n_niches)
    wanted = min(len(codes) // n_niches, MIN_NICHE_SPOTS + 2)
    for code in np.flatnonzero(sizes < wanted):
        own = xy[codes == code]
        centre = own.mean(axis=0) if len(own) else xy[rng.integers(len(xy))]
        for spot in np.argsort(((xy - centre) ** 2).sum(axis=1), kind="stable"):
            if sizes[code] >= wanted:
                break
            if codes[spot] != code and sizes[codes[spot]] > wanted:
                sizes[codes[spot]] -= 1
                sizes[code] += 1
                codes[spot] = code
    return codes
