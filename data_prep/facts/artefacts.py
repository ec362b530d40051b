"""Artefacts of a slide: a poor edge, stripes, bubbles, and spots that stand out among their neighbours.

    found = measure_artefacts(slide)
    found.flags  # ("edge", "stripe")

All are judged by depth that biology does not explain (`depth_residuals`) and against the tissue beside them, so a deep
layer or tumour is no artefact. A flag needs a loss that matters, that is clear of its own error, and that no other
place of the slide shows by chance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import ndtri

from data_prep.facts.bubble_scan import PatchScan
from data_prep.facts.depth_residuals import depth_residuals
from data_prep.facts.edge_depth import measure_edge
from data_prep.facts.local_outliers import local_outliers
from data_prep.facts.measurement import Measurement
from data_prep.facts.stripe_scan import clearest_band, lattice_angles
from data_prep.facts.tissue_outline import distance_to_edge, pitch_of
from data_prep.gene_columns import select_spots
from data_prep.slide import Slide

KINDS = ("edge", "stripe", "bubble", "outliers")
FEWEST_SPOTS = 100
"""A smaller slide has too few spots beside an artefact to compare it with; nothing is flagged."""
EDGE_LOSS = 0.35
"""log2 loss from which a poor edge is flagged: a fifth of the counts."""
STRIPE_LOSS = 0.45
"""log2 loss from which a stripe is flagged: a quarter of the counts."""
BUBBLE_LOSS = 0.5
"""log2 loss from which a bubble is flagged: three tenths of the counts."""
ERRORS = 3.0
"""A loss is at least so many standard errors from none."""
STRIPE_Z = 5.0
"""A stripe stands out from all other bands of its slide by so many standard deviations. Thousands of bands are
compared: of normal ones the lowest lies at about 4."""
BUBBLE_CHANCE = 0.002
"""A bubble stands out so far that normal patches, one around each spot, show one on this share of the slides."""
MOST_STRIPES, MOST_BUBBLES = 5, 5
"""More are seldom; a slide with so many is flagged anyway."""
OUTLIER_SHARE = 0.002
"""Share of outliers from which a slide is flagged; by chance it is 0.0002 (`local_outliers.Z_CUT`)."""
FEWEST_OUTLIERS = 3
BESIDE = 1.8
"""Spots within so many pitches of an artefact are not judged again: two rings of a square or hexagonal array."""


@dataclass(frozen=True, eq=False)
class Stripe:
    """A straight band of low depth across the tissue.

    Attributes:
        ratio: log2 ratio of depth, stripe to both flanks (to the one that is nearer to it).
        z: how far it stands out from all other bands of its width, in standard deviations; negative is below.
        spots: boolean (n_spots,).
    """

    ratio: Measurement
    z: float
    spots: np.ndarray

    @property
    def is_flagged(self) -> bool:
        """Whether it is one: its loss matters, is clear of its error, and stands out."""
        return _stands_out(self.ratio, self.z, STRIPE_LOSS, STRIPE_Z)


@dataclass(frozen=True, eq=False)
class Bubble:
    """A round patch of low depth inside the tissue.

    Attributes:
        ratio: log2 ratio of depth, patch to the ring around it.
        z: how far it stands out from all other patches of its radius, in standard deviations; negative is below.
        spots: boolean (n_spots,).
    """

    ratio: Measurement
    z: float
    spots: np.ndarray

    @property
    def is_flagged(self) -> bool:
        """Whether it is one: its loss matters, is clear of its error, and stands out."""
        return _stands_out(self.ratio, self.z, BUBBLE_LOSS, bubble_z(len(self.spots)))


@dataclass(frozen=True, eq=False)
class Artefacts:
    """The artefacts of a slide.

    Attributes:
        edge: log2 ratio of depth, edge of the tissue to the tissue just inside, with a block jackknife error; NaN where
            the tissue has no inside.
        edge_spots: boolean (n_spots,), the spots at the edge.
        stripes: the stripes, clearest first.
        next_stripe: the band that is no stripe and comes nearest to one; None if none is low all along and stands out.
        bubbles: the bubbles, clearest first. Single cells without niches and cell types have none.
        next_bubble: the patch that is no bubble and comes nearest to one; None if none is low on all sides and stands
            out.
        outliers: boolean (n_spots,), the spots that stand out among their neighbours.
        n_bands: bands of one width that were compared.
        n_patches: round patches of one radius that were compared.
    """

    edge: Measurement
    edge_spots: np.ndarray
    stripes: tuple[Stripe, ...]
    next_stripe: Stripe | None
    bubbles: tuple[Bubble, ...]
    next_bubble: Bubble | None
    outliers: np.ndarray
    n_bands: int = 0
    n_patches: int = 0

    @property
    def flags(self) -> tuple[str, ...]:
        """The kinds of artefact (of `KINDS`) that the slide has."""
        fewest = max(FEWEST_OUTLIERS, OUTLIER_SHARE * len(self.outliers))
        flagged = (has_edge_loss(self.edge), self.stripes, self.bubbles, self.outliers.sum() >= fewest)
        return tuple(kind for kind, is_flagged in zip(KINDS, flagged, strict=True) if is_flagged)


def measure_artefacts(slide: Slide) -> Artefacts:
    """Measure the artefacts of a slide. They do not depend on the order of its spots.

    Args:
        slide: with or without niches and cell types. Where it has them, they explain depth too.
    """
    order = np.lexsort((slide.name_rank, slide.depth, slide.xy[:, 1], slide.xy[:, 0]))
    found = _measure_sorted(_reorder(slide, order))
    back = np.empty_like(order)
    back[order] = np.arange(len(order))

    def put_back(artefact: Stripe | Bubble) -> Any:
        return replace(artefact, spots=artefact.spots[back])

    return replace(
        found,
        edge_spots=found.edge_spots[back],
        stripes=tuple(map(put_back, found.stripes)),
        next_stripe=found.next_stripe and put_back(found.next_stripe),
        bubbles=tuple(map(put_back, found.bubbles)),
        next_bubble=found.next_bubble and put_back(found.next_bubble),
        outliers=found.outliers[back],
    )


def bubble_z(n_spots: int) -> float:
    """Standard deviations from all other patches by which a bubble stands out; on a larger slide there are more."""
    return -float(ndtri(BUBBLE_CHANCE / n_spots))


def can_tell_bubbles(slide: Slide) -> bool:
    """Whether bubbles are looked for: among single cells without labels, a nest of small cells looks like one."""
    return bool(slide.niches or slide.cell_types or lattice_angles(slide.xy))


def has_edge_loss(edge: Measurement) -> bool:
    """Whether the edge lost so much depth that it is flagged."""
    return bool(edge.value <= -EDGE_LOSS and edge.value <= -ERRORS * edge.error)


def _reorder(slide: Slide, order: np.ndarray) -> Slide:
    cell_type = slide.cell_type[order] if slide.cell_types else slide.cell_type
    spot_names = slide.spot_names[order] if len(slide.spot_names) else slide.spot_names
    return replace(
        slide,
        counts=select_spots(slide.counts, order),
        xy=slide.xy[order],
        niche=slide.niche[order],
        cell_type=cell_type,
        spot_names=spot_names,
    )


def _measure_sorted(slide: Slide) -> Artefacts:
    nowhere = np.zeros(slide.n_spots, bool)
    if slide.n_spots < FEWEST_SPOTS:
        return Artefacts(Measurement(float("nan"), float("nan")), nowhere, (), None, (), None, nowhere)
    xy, pitch = slide.xy, pitch_of(slide.xy)
    inward = distance_to_edge(xy, pitch)
    residual = depth_residuals(slide)
    # What an artefact took is given back before the next kind is looked for, so that none is found twice.
    lost = np.zeros(slide.n_spots)
    taken = nowhere.copy()

    edge = measure_edge(xy, residual, inward, pitch)
    if has_edge_loss(edge.ratio):
        lost += np.where(edge.spots, edge.ratio.value, 0.0)
        taken |= edge.spots
    stripes: list[Stripe] = []
    next_stripe: Stripe | None = None
    while len(stripes) < MOST_STRIPES:
        band, n_bands = clearest_band(xy, residual - lost, pitch)
        next_stripe = None if band is None else Stripe(band.ratio, band.z, band.spots)
        if next_stripe is None or not next_stripe.is_flagged:
            break
        stripes.append(next_stripe)
        lost += np.where(next_stripe.spots, next_stripe.ratio.value, 0.0)
        taken |= next_stripe.spots
    bubbles: list[Bubble] = []
    next_bubble: Bubble | None = None
    is_told = can_tell_bubbles(slide)
    scan = PatchScan(xy, inward, pitch)
    n_patches = scan.n_compared if is_told else 0
    while is_told and len(bubbles) < MOST_BUBBLES:
        patch = scan.clearest(residual - lost, _with_neighbours(xy, taken, pitch))
        next_bubble = None if patch is None else Bubble(patch.ratio, patch.z, patch.spots)
        if next_bubble is None or not next_bubble.is_flagged:
            break
        bubbles.append(next_bubble)
        lost += np.where(next_bubble.spots, next_bubble.ratio.value, 0.0)
        taken |= next_bubble.spots
    depths = [np.log2(slide.depth + 0.5), residual]
    outliers = local_outliers(slide, depths, ~_with_neighbours(xy, taken, pitch))
    return Artefacts(
        edge.ratio, edge.spots, tuple(stripes), next_stripe, tuple(bubbles), next_bubble, outliers, n_bands, n_patches
    )


def _stands_out(ratio: Measurement, z: float, loss: float, z_cut: float) -> bool:
    return ratio.value <= -loss and ratio.value <= -ERRORS * ratio.error and z <= -z_cut


def _with_neighbours(xy: np.ndarray, spots: np.ndarray, pitch: float) -> np.ndarray:
    """Some spots and those beside them, since no stripe or edge is found to the very spot."""
    if not spots.any():
        return spots
    distance, _ = cKDTree(xy[spots]).query(xy)
    return distance <= BESIDE * pitch
