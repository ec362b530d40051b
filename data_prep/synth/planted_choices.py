"""Synthetic slides on which the best preprocessing is known: depth, pooling, and the number of niches.

    planted = plant_choices(7)
    planted.slide, planted.depth_artefact, planted.pooling, planted.n_niches

Other synthetic slides (`tissue`) hold gradients, hills and speckles, so that no number of niches is the right one.
Here all spots of a niche have the same expected expression, except for the cell types on slides with fine maps.
"""

from __future__ import annotations

import string
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from data_prep.slide import Slide, SlideMeta
from data_prep.synth.layout import Layout, draw_layout, smooth_fields
from data_prep.synth.niche_patterns import draw_niches

NEEDED, HARMFUL = "needed", "harmful"
"""What pooling does to maps: few counts and broad patterns need it; many counts and fine patterns suffer from it."""
FEWEST, MOST = 3, 12
"""Numbers of niches that are planted."""
N_GENES = 240
_PATTERNS = ("layers", "blobs", "domains", "voronoi", "rings")
_LAYOUTS = ("hex", "square", "cells", "random")
_SPOTS_A_NICHE = 60
_DEPTH = {NEEDED: (150.0, 500.0), HARMFUL: (8000.0, 25000.0)}
"""Range of the median counts of a spot."""
_DISPERSION = {NEEDED: (0.02, 0.1), HARMFUL: (0.1, 0.3)}
"""Range of the variance of a gene's rate over the spots of a niche, relative to its squared mean."""
_CELL_TYPES = 4


@dataclass(frozen=True, eq=False)
class PlantedChoices:
    """A slide and what was planted on it.

    Attributes:
        slide: the slide; its niches are the planted ones.
        rates: (n_spots, n_genes) expected share of each gene in the counts of each spot.
        depth_artefact: whether depth varies over the tissue for no biological reason; else it is the same everywhere.
        pooling: `NEEDED` or `HARMFUL`.
        n_niches: number of niches.
    """

    slide: Slide
    rates: np.ndarray
    depth_artefact: bool
    pooling: str
    n_niches: int


def plant_choices(
    seed: int,
    *,
    depth_artefact: bool | None = None,
    pooling: str | None = None,
    cell_types: bool = False,
    n_niches: int | None = None,
    layout: str | None = None,
    n_spots: int | None = None,
) -> PlantedChoices:
    """Draw a slide. A value of None is drawn from the seed.

    Args:
        seed: equal seeds and arguments give identical slides.
        depth_artefact: see `PlantedChoices`.
        pooling: `NEEDED` or `HARMFUL`.
        cell_types: whether each spot is a cell of one of four types, which occur in all niches alike.
        n_niches: 3 to 12.
        layout: "hex", "square", "cells" or "random".
        n_spots: number of spots, at least 30 a niche.
    """
    rng = np.random.default_rng([seed, 31])
    draws = (bool(rng.random() < 0.5), str(rng.choice((NEEDED, HARMFUL))), int(rng.integers(FEWEST, MOST + 1)))
    depth_artefact = draws[0] if depth_artefact is None else depth_artefact
    pooling = pooling or draws[1]
    n_niches = n_niches or draws[2]
    drawn_layout = str(rng.choice(_LAYOUTS))
    drawn_spots = int(rng.integers(400, 900))
    spots = draw_layout(rng, n_spots or max(drawn_spots, _SPOTS_A_NICHE * n_niches), layout or drawn_layout)
    niche = _even_niches(rng, spots, n_niches)
    log2 = _niche_effects(rng, n_niches)[niche]
    if cell_types:
        log2 = log2 + _cell_type_effects(rng)[rng.integers(_CELL_TYPES, size=len(niche))]
    share = np.exp2(log2) * np.exp(rng.normal(0.0, 1.0, N_GENES))
    share /= share.sum(axis=1, keepdims=True)
    depth = _draw_depth(rng, spots, pooling, artefact=depth_artefact)
    shape = 1 / rng.uniform(*_DISPERSION[pooling])
    share = share * rng.standard_gamma(shape, share.shape) / shape
    counts = rng.poisson(share * depth[:, None]).astype(np.float32)
    counts[counts.sum(axis=1) == 0, 0] = 1.0
    slide = Slide(
        name=f"planted-{seed}",
        counts=sp.csc_matrix(counts),
        xy=spots.xy * 1000.0,
        genes=np.array([f"GENE{number:03d}" for number in range(1, N_GENES + 1)]),
        niche=niche,
        niches=tuple(f"Niche {letter}" for letter in string.ascii_uppercase[:n_niches]),
        meta=SlideMeta(organism="synthetic", slice=f"planted-{seed}"),
    )
    return PlantedChoices(slide, share, depth_artefact, pooling, n_niches)


def _even_niches(rng: np.random.Generator, spots: Layout, n_niches: int) -> np.ndarray:
    """Niches of which the smallest has at least a third of an even share, so that all can be found."""
    while True:
        niche = draw_niches(rng, spots, str(rng.choice(_PATTERNS)), n_niches)
        if np.bincount(niche, minlength=n_niches).min() >= len(niche) / (3 * n_niches):
            return niche


def _niche_effects(rng: np.random.Generator, n_niches: int) -> np.ndarray:
    """(n_niches, N_GENES) log2 effects: each niche raises a tenth of the genes."""
    raised = rng.random((n_niches, N_GENES)) < 0.1
    return raised * rng.uniform(1.0, 2.5, (n_niches, N_GENES))


def _cell_type_effects(rng: np.random.Generator) -> np.ndarray:
    """(n_types, N_GENES) log2 effects: each type raises an eighth of the genes."""
    raised = rng.random((_CELL_TYPES, N_GENES)) < 0.125
    return raised * rng.uniform(1.0, 3.0, (_CELL_TYPES, N_GENES))


def _draw_depth(rng: np.random.Generator, spots: Layout, pooling: str, *, artefact: bool) -> np.ndarray:
    """(n_spots,) expected counts: the same everywhere, or up to tenfold deeper in some places."""
    log = np.full(len(spots.xy), np.log(rng.uniform(*_DEPTH[pooling])))
    if artefact:
        log += rng.uniform(0.6, 1.0) * smooth_fields(rng, spots.xy, 1, rng.uniform(0.3, 0.6))[:, 0]
        log += rng.normal(0.0, 0.25, len(log))
    return np.exp(log)
