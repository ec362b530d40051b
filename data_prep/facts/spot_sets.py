"""Sets of spots in which genes are compared: halves of niches, rims and cores, sides of a border, ninths of tissue."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csgraph

from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.niche_shapes import COMPASS
from data_prep.facts.spot_graph import edge_spots
from data_prep.facts.spot_set_contrasts import SpotSets

PLACES = tuple(place for row in COMPASS for place in row)
"""Names of the ninths, row by row."""
CORE_STEPS = 3
"""The core of a niche begins this many steps from the nearest spot of another niche; its rim is one step from it."""
CORE_SHARE = 0.2
"""The core is at least this share of the niche. A thin layer has no core: a few spots at its ends are none."""
RIM_SHARE = 0.7
"""At least this share of the niche's outline borders other niches; the rest is the edge of the tissue. The rim of a
niche in a corner of the tissue is one of its sides, and a gene that is high there follows a gradient and no rim."""
BESIDE_STEPS, FAR_STEPS = 2, 4
"""Spots beside a niche are up to so many steps from it, spots far from it at least so many."""


def halves(tissue: LabelledTissue, axis: int) -> SpotSets:
    """Set 2c has the spots of niche c below the median of an axis (left, upper), set 2c + 1 those above it."""
    code = np.full(len(tissue), -1)
    for niche in np.unique(tissue.niche):
        inside = np.flatnonzero(tissue.niche == niche)
        position = tissue.xy[inside, axis]
        side = np.sign(position - np.median(position))
        code[inside[side < 0]] = 2 * niche
        code[inside[side > 0]] = 2 * niche + 1
    return SpotSets(code, 2 * tissue.n_niches)


def rim_and_core(tissue: LabelledTissue) -> SpotSets:
    """Set 2c is the rim of niche c, set 2c + 1 its core; both are empty for a niche without a rim around a core.

    Spots at the edge of the tissue belong to neither.
    """
    step, edge = _steps_inwards(tissue), edge_spots(tissue.xy)
    rim, core, outer = (step == 1) & ~edge, (step == CORE_STEPS) & ~edge, edge & (step != 1)
    spots, rims, cores, outers = (
        np.bincount(tissue.niche, weights, tissue.n_niches) for weights in (None, step == 1, core, outer)
    )
    has_both = (cores >= CORE_SHARE * spots) & (rims >= RIM_SHARE * (rims + outers)) & (cores > 0)
    part = np.where(rim, 0, 1)
    counts = (rim | core) & has_both[tissue.niche]
    return SpotSets(np.where(counts, 2 * tissue.niche + part, -1), 2 * tissue.n_niches)


def beside_and_far(tissue: LabelledTissue, niche: int) -> SpotSets:
    """Set 2c has the spots of every other niche c beside this one, set 2c + 1 those far from it."""
    source = tissue.niche == niche
    touches = tissue.adjacency
    reached = [source]
    for _ in range(FAR_STEPS - 1):
        reached.append(reached[-1] | (touches @ reached[-1].astype(float) > 0))
    # Spots of another piece of tissue are not far, they are elsewhere.
    _, piece = csgraph.connected_components(touches, directed=False)
    connected = np.isin(piece, np.unique(piece[source]))
    beside = reached[BESIDE_STEPS] & ~source
    far = connected & ~reached[-1]
    code = np.where(beside, 2 * tissue.niche, np.where(far, 2 * tissue.niche + 1, -1))
    return SpotSets(code, 2 * tissue.n_niches)


def ninths(tissue: LabelledTissue) -> SpotSets:
    """The ninths of the tissue's extent in the order of ``PLACES``."""
    column, row = np.minimum((tissue.position * 3).astype(int), 2).T
    return SpotSets(3 * row + column, len(PLACES))


def _steps_inwards(tissue: LabelledTissue) -> np.ndarray:
    """(n,) steps from each spot to the nearest spot of another niche, at most ``CORE_STEPS``.

    It is 0 for spots of a piece of tissue that has one niche only: it has no border.
    """
    touches = tissue.adjacency
    edges = touches.tocoo()
    row, column = edges.row, edges.col
    own = tissue.niche[row] == tissue.niche[column]
    step = np.full(len(tissue), CORE_STEPS)
    step[row[~own]] = 1
    row, column = row[own], column[own]
    for previous in range(1, CORE_STEPS - 1):
        next_to = row[step[column] == previous]
        step[next_to] = np.minimum(step[next_to], previous + 1)
    _, piece = csgraph.connected_components(touches, directed=False)
    lowest = np.full(piece.max() + 1, tissue.n_niches)
    highest = np.full(piece.max() + 1, -1)
    np.minimum.at(lowest, piece, tissue.niche)
    np.maximum.at(highest, piece, tissue.niche)
    step[(lowest == highest)[piece]] = 0
    return step
