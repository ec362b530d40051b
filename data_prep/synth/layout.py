"""Layout of a synthetic slide: the outline of the tissue and the positions of its spots; smooth random fields.

`draw_layout` returns exactly the requested number of spots. An outline is a *level function*. It is positive inside the
tissue and decreases towards the edge. So the n spots with the largest levels form a tissue of n spots.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# "hex" (Visium) and "square" (legacy ST) are arrays of spots. The others are single cells: evenly packed, random with
# varying density, in clusters, and along curved strands with empty space between them (as in an embryo).
LAYOUTS = ("hex", "square", "cells", "random", "clustered", "strands")
OUTLINES = ("crop", "ellipse", "smooth", "polygon", "lobes", "arc", "ragged")
_OUTLINE_ODDS = (0.26, 0.12, 0.18, 0.14, 0.10, 0.08, 0.12)

# A random field is a sum of this many cosines: enough to look Gaussian, and few enough to be fast.
_N_WAVES = 24
# Half-width of the box around the origin that contains every outline.
_BOX = 1.35

Level = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Layout:
    """The spots of a synthetic slide.

    Attributes:
        name: one of `LAYOUTS`.
        outline: one of `OUTLINES`.
        xy: float64 of shape (n_spots, 2), centred, the longer side of the tissue running from -1 to 1.
        level: how far inside the tissue a spot lies, 0 at the edge, shape (n_spots,). Only the order has a meaning.
        angle: direction of the axis of the tissue, in radians.
    """

    name: str
    outline: str
    xy: np.ndarray
    level: np.ndarray
    angle: float


def draw_layout(rng: np.random.Generator, n_spots: int, name: str) -> Layout:
    """Draw an outline and place spots in it.

    Args:
        rng: seeded generator.
        n_spots: exact number of spots.
        name: one of `LAYOUTS`.
    """
    outline = str(rng.choice(OUTLINES, p=_OUTLINE_ODDS))
    level = _cut(rng, _draw_outline(rng, outline), often=outline != "crop")
    stretch = np.sqrt(1.0 + 1.6 * rng.beta(1.0, 2.5))
    # A cropped array is aligned with its outline. A piece of tissue lies on the array at any angle.
    angle = float(rng.uniform(0.0, 2.0 * np.pi)) if outline != "crop" or rng.random() < 0.15 else 0.0
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    to_tissue = rotation * np.array([1.0 / stretch, stretch])
    reach = _BOX * np.array([stretch, 1.0 / stretch])
    half_box = np.abs(rotation) @ reach

    xy, depth = _fill(rng, name, n_spots, half_box, lambda points: level(points @ to_tissue))
    low, high = xy.min(axis=0), xy.max(axis=0)
    xy = (xy - (low + high) / 2.0) / (high - low).max() * 2.0
    return Layout(name=name, outline=outline, xy=xy, level=depth - depth.min(), angle=angle)


def random_field(rng: np.random.Generator, n_fields: int, scale: float) -> Callable[[np.ndarray], np.ndarray]:
    """Smooth random functions of the plane with unit variance: points (n, 2) → float32 (n, n_fields).

    Args:
        rng: seeded generator.
        n_fields: number of fields. They share their cosines and differ in the weights.
        scale: length over which a field changes, in units of half the longer side of the tissue.
    """
    waves = rng.normal(0.0, 1.0 / scale, (2, _N_WAVES)).astype(np.float32)
    phases = rng.uniform(0.0, 2.0 * np.pi, _N_WAVES).astype(np.float32)
    weights = (rng.standard_normal((_N_WAVES, n_fields)) * np.sqrt(2.0 / _N_WAVES)).astype(np.float32)
    return lambda points: np.cos(points.astype(np.float32) @ waves + phases) @ weights


def smooth_fields(rng: np.random.Generator, xy: np.ndarray, n_fields: int, scale: float) -> np.ndarray:
    """Random fields at given spots, float32 (n_spots, n_fields), each with mean 0 and standard deviation 1."""
    fields = random_field(rng, n_fields, scale)(xy)
    return (fields - fields.mean(axis=0)) / (fields.std(axis=0) + 1e-6)


def _fill(
    rng: np.random.Generator, name: str, n_spots: int, half_box: np.ndarray, level: Level
) -> tuple[np.ndarray, np.ndarray]:
    """Place exactly `n_spots` points with a positive level; return the points and their levels."""
    steps = (np.arange(48) + 0.5) / 24.0 - 1.0
    probe = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2) * half_box
    area = max(float((level(probe) > 0).mean()), 0.02) * 4.0 * half_box.prod()
    surplus, weigh = _DENSITIES[name](rng, np.sqrt(area))
    wanted = int(np.ceil(n_spots * surplus))
    jitter = {"hex": 0.0, "square": rng.choice([0.0, 0.05, 0.1])}.get(name, rng.uniform(0.15, 0.4))
    twist = 0.0 if rng.random() < 0.8 else float(rng.uniform(0.0, np.pi))
    n_tried = wanted * 1.04 + 4
    while True:
        if name in ("random", "clustered"):
            points = rng.uniform(-1.0, 1.0, (int(n_tried * 4.0 * half_box.prod() / area), 2)) * half_box
        else:
            points = _lattice(rng, area / n_tried, half_box, square=name == "square", jitter=jitter, twist=twist)
        depth = level(points)
        if int((depth > 0).sum()) >= wanted:
            break
        n_tried *= 1.08
    inside = np.argsort(-depth, kind="stable")[:wanted]
    points, depth = points[inside], depth[inside]
    if wanted > n_spots:
        # Gumbel noise on log weights gives a draw without replacement, in proportion to the weights.
        kept = np.argsort(-weigh(points) - rng.gumbel(size=wanted), kind="stable")[:n_spots]
        points, depth = points[kept], depth[kept]
    # Sort the spots in reading order, as files of arrays have them.
    order = np.lexsort((points[:, 0], points[:, 1]))
    return points[order], depth[order]


def _lattice(
    rng: np.random.Generator, cell_area: float, half_box: np.ndarray, *, square: bool, jitter: float, twist: float
) -> np.ndarray:
    """A jittered lattice over the box, rotated by `twist`, with one point per `cell_area`."""
    pitch = np.sqrt(cell_area if square else cell_area * 2.0 / np.sqrt(3.0))
    row = pitch if square else pitch * np.sqrt(3.0) / 2.0
    reach = half_box if twist == 0.0 else np.full(2, np.hypot(*half_box))
    n_columns, n_rows = (np.ceil(2.0 * reach / (pitch, row))).astype(int) + 1
    x, y = np.meshgrid(np.arange(n_columns) * pitch, np.arange(n_rows) * row)
    if not square:
        x[1::2] += pitch / 2.0
    points = np.stack([x, y], axis=-1).reshape(-1, 2) - reach + rng.uniform(-0.5, 0.5, 2) * pitch
    if twist != 0.0:
        points = points @ np.array([[np.cos(twist), -np.sin(twist)], [np.sin(twist), np.cos(twist)]])
    if jitter > 0.0:
        points += rng.normal(0.0, jitter * pitch, points.shape)
    return points


# --- density: (how many candidates per spot, log weight of a candidate) -------------------------------------------


def _array_density(rng: np.random.Generator, size: float) -> tuple[float, Level]:
    """An array, sometimes with spots missing at random or in patches, as after quality control."""
    lost = rng.uniform(0.01, 0.12) if rng.random() < 0.4 else 0.0
    patchy = random_field(rng, 1, 0.3 * size)
    strength = rng.choice([0.0, 3.0])
    return 1.0 / (1.0 - lost), lambda points: strength * patchy(points)[:, 0]


def _cell_density(rng: np.random.Generator, size: float) -> tuple[float, Level]:
    """Cells with a smoothly varying density, by up to a factor of about ten."""
    field = random_field(rng, 1, rng.uniform(0.1, 0.5) * size)
    strength = rng.uniform(0.0, 1.0)
    return rng.uniform(1.0, 2.0), lambda points: strength * field(points)[:, 0]


def _clustered_density(rng: np.random.Generator, size: float) -> tuple[float, Level]:
    """Cells in clusters around parent points, over a sparse background."""
    parents = rng.uniform(-1.0, 1.0, (int(rng.integers(10, 60)), 2)) * _BOX * max(1.0, size / 1.7)
    width = rng.uniform(0.04, 0.12) * size
    floor = rng.uniform(0.01, 0.2)

    def weigh(points: np.ndarray) -> np.ndarray:
        gaps = ((points[:, None, :].astype(np.float32) - parents.astype(np.float32)) ** 2).sum(axis=-1).min(axis=1)
        return np.log(np.exp(-gaps / (2.0 * width**2)) + floor)

    return rng.uniform(2.0, 4.0), weigh


def _strand_density(rng: np.random.Generator, size: float) -> tuple[float, Level]:
    """Cells along the zero lines of a smooth field: sheets and swirls with empty space between them."""
    field = random_field(rng, 1, rng.uniform(0.04, 0.14) * size)
    width = rng.uniform(0.25, 0.5)
    return rng.uniform(1.8, 2.6), lambda points: -((field(points)[:, 0] / width) ** 2)


_DENSITIES: dict[str, Callable[[np.random.Generator, float], tuple[float, Level]]] = {
    "hex": _array_density,
    "square": _array_density,
    "cells": _cell_density,
    "random": _cell_density,
    "clustered": _clustered_density,
    "strands": _strand_density,
}


# --- outlines -------------------------------------------------------------------------------------------------------


def _draw_outline(rng: np.random.Generator, outline: str) -> Level:
    """Draw the level function of an outline, in the coordinates of the tissue."""
    match outline:
        case "crop":
            return lambda u: 1.0 - np.abs(u).max(axis=1)
        case "ellipse":
            return lambda u: 1.0 - np.hypot(u[:, 0], u[:, 1])
        case "smooth":
            orders = np.arange(1, 7)
            swing = rng.normal(0.0, rng.uniform(0.08, 0.22), 6) / np.sqrt(orders)
            start = rng.uniform(0.0, 2.0 * np.pi, 6)
            return lambda u: 1.0 - np.hypot(u[:, 0], u[:, 1]) / _radius(u, orders, swing, start)
        case "polygon":
            n_sides = int(rng.integers(3, 8))
            angles = 2.0 * np.pi * (np.arange(n_sides) + rng.uniform(-0.3, 0.3, n_sides)) / n_sides
            normals = np.stack([np.cos(angles), np.sin(angles)]) / rng.uniform(0.5, 1.0, n_sides)
            # The box cuts off sharp corners, for example of a triangle.
            return lambda u: np.minimum(1.0 - (u @ normals).max(axis=1), _BOX - np.abs(u).max(axis=1))
        case "lobes":
            n_lobes = int(rng.integers(2, 4))
            shift = rng.uniform(0.4, 0.75)
            centres = np.stack([np.linspace(-shift, shift, n_lobes), rng.normal(0.0, 0.1, n_lobes)], axis=1)
            radii = rng.uniform(0.8, 1.0) * (shift if n_lobes == 2 else 0.6 * shift) * rng.uniform(1.0, 1.25, n_lobes)
            return lambda u: (radii - np.sqrt(((u[:, None, :] - centres) ** 2).sum(axis=-1))).max(axis=1)
        case "arc":
            radius, width = rng.uniform(0.6, 0.8), rng.uniform(0.2, 0.45)
            gap = rng.uniform(0.3, 1.6)
            return lambda u: np.minimum(
                width - np.abs(np.hypot(u[:, 0], u[:, 1]) - radius), np.pi - gap - np.abs(np.arctan2(u[:, 1], u[:, 0]))
            )
        case _:
            field = random_field(rng, 1, rng.uniform(0.2, 0.45))
            rough = rng.uniform(0.2, 0.4)
            return lambda u: 0.8 - np.hypot(u[:, 0], u[:, 1]) + rough * field(u)[:, 0]


def _radius(u: np.ndarray, orders: np.ndarray, swing: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Radius of a smooth, star-shaped outline in the direction of each point."""
    theta = np.arctan2(u[:, 1], u[:, 0])
    return np.maximum(0.9 + np.cos(theta[:, None] * orders + start) @ swing, 0.25)


def _cut(rng: np.random.Generator, level: Level, *, often: bool) -> Level:
    """Sometimes cut holes, a corner, or a straight side out of an outline."""
    cuts = [level]
    if rng.random() < (0.25 if often else 0.15):
        for _ in range(int(rng.integers(1, 5))):
            cuts.append(_outside_disc(rng.uniform(-0.6, 0.6, 2), rng.uniform(0.06, 0.22)))
    if rng.random() < 0.2:
        cuts.append(_outside_disc(1.1 * _direction(rng), rng.uniform(0.4, 0.8)))
    if rng.random() < (0.25 if often else 0.1):
        cuts.append(_half_plane(_direction(rng), rng.uniform(0.2, 0.7)))
    return level if len(cuts) == 1 else lambda u: np.minimum.reduce([cut(u) for cut in cuts])


def _direction(rng: np.random.Generator) -> np.ndarray:
    angle = rng.uniform(0.0, 2.0 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)])


def _outside_disc(centre: np.ndarray, radius: float) -> Level:
    return lambda u: np.hypot(u[:, 0] - centre[0], u[:, 1] - centre[1]) - radius


def _half_plane(normal: np.ndarray, reach: float) -> Level:
    return lambda u: reach - u @ normal
