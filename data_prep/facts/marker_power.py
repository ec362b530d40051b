"""Power of the marker rule: how much must a gene be raised in a niche before the counts of this slide can tell?

Each gene of the slide is asked what would happen if its rate in the niche were 2^L times that of the rest, with as many
counts in all as it has. Its standard error is the Poisson error of the counts that this would give, times how much
larger than Poisson the error of the gene is on this slide: the square root of 1 / noise of ``marker_rule``, which
holds dispersion and the differences between places. The gene would be called a marker from the smallest L on at which
four of five estimates (``CHANCE``) are at least ``LOG2FC_MARKER`` and pass the test with the p that Benjamini-Hochberg
allows on this slide, and the gene is detected in ``DETECTED_MIN`` of the niche's spots. It would be called no marker if
it were equal everywhere and four of five estimates were low enough.

A slide without niches is asked about compact patches of a tenth of the tissue.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import (
    DETECTED_MIN,
    LOG2FC_MARKER,
    MARKER,
    NOT_ERRORS,
    NOT_MARKER,
    Q_MARKER,
    MarkerTable,
)
from data_prep.facts.spatial_blocks import spatial_blocks
from data_prep.slide import MIN_NICHE_SPOTS, Slide

FOLDS = (3, 4, 8)
"""Rises that are asked about. A twofold one is at the limit of the rule, where half of the estimates are below it."""
CHANCE = 0.8
"""Chance of the right verdict from which a gene can be told; the usual power of a study."""
ASKED_FOLD = 4
"""Rise of a marker that is worth naming: that of "strongly enriched"."""
_STEP, _LARGEST = 0.1, 5.0
"""Grid of log2 fold changes. What needs more than 32-fold cannot be told."""
PATCHES = 10
"""A slide without niches is cut into so many patches."""


@dataclass(frozen=True, eq=False)
class NichePower:
    """What the marker rule can decide in one niche.

    Attributes:
        niche: its name; "" for the patches of a slide without niches, of which this is the middle one.
        n_spots: number of its spots.
        depth: their median counts.
        n_genes: genes of the slide with a count.
        smallest: (n_genes,) smallest log2 fold change that would be called a marker; infinite where none would.
        told_equal: (n_genes,) whether the gene would be called "not a marker" if it were equal everywhere.
        n_marker: genes that the rule calls markers on this slide; None for patches.
        n_not: genes that it calls no markers; None for patches.
    """

    niche: str
    n_spots: int
    depth: float
    n_genes: int
    smallest: np.ndarray
    told_equal: np.ndarray
    n_marker: int | None = None
    n_not: int | None = None

    def n_markers_from(self, fold: float) -> int:
        """Genes that would be called markers if they were raised so many times."""
        return int(self.could_mark(fold).sum())

    def could_mark(self, fold: float) -> np.ndarray:
        """(n_genes,) whether a gene would be called a marker if it were raised so many times."""
        could: np.ndarray = self.smallest <= np.log2(fold) + _STEP / 2
        return could

    @property
    def n_decidable(self) -> int:
        """Genes that can be told both ways: a marker if they are raised fourfold, and none if they are equal."""
        return int((self.could_mark(ASKED_FOLD) & self.told_equal).sum())

    @property
    def share_decidable(self) -> float:
        """Share of the genes that can be told both ways, 0..1."""
        return self.n_decidable / max(self.n_genes, 1)

    @property
    def median_smallest(self) -> float:
        """Smallest log2 fold change that could be told in the median gene; infinite if none could."""
        return float(np.median(self.smallest)) if len(self.smallest) else np.inf


def niche_powers(tissue: LabelledTissue, markers: MarkerTable) -> list[NichePower]:
    """The power of the marker rule in each niche that has spots, in the slide's order.

    Args:
        tissue: labelled spots.
        markers: their marker statistics.
    """
    totals = _totals(tissue)
    expressed = totals > 0
    powers = []
    for code in np.unique(tissue.niche):
        smallest, equal = _smallest(tissue, markers, int(code), totals, expressed)
        label = markers.label[:, code]
        powers.append(
            NichePower(
                niche=tissue.slide.niches[code],
                n_spots=int(tissue.niche_sizes[code]),
                depth=float(tissue.niche_depths[code]),
                n_genes=int(expressed.sum()),
                smallest=smallest,
                told_equal=equal,
                n_marker=int((label == MARKER).sum()),
                n_not=int((label[expressed] == NOT_MARKER).sum()),
            )
        )
    return powers


def middle_power(powers: list[NichePower]) -> NichePower:
    """The power in the patch that stands in the middle by the share of genes that can be told, without a name.

    Of two in the middle, the weaker one.
    """
    ranked = sorted(powers, key=lambda power: (power.share_decidable, power.niche))
    return replace(ranked[(len(ranked) - 1) // 2], niche="", n_marker=None, n_not=None)


def patched(slide: Slide) -> Slide | None:
    """The slide with compact patches of equally many spots in place of niches; None if it has too few spots.

    Args:
        slide: with or without niches.
    """
    n_patches = min(PATCHES, slide.n_spots // MIN_NICHE_SPOTS)
    if n_patches < 2:
        return None
    # Blocks beside each other have numbers beside each other: they come from halving the tissue.
    order = np.lexsort((slide.name_rank, slide.depth, *slide.xy.T, spatial_blocks(slide.xy)))
    patch = np.empty(slide.n_spots, np.int32)
    patch[order] = np.arange(slide.n_spots) * n_patches // slide.n_spots
    return replace(slide, niche=patch, niches=tuple(f"patch {number + 1}" for number in range(n_patches)))


def _totals(tissue: LabelledTissue) -> np.ndarray:
    """(n_genes,) counts of each gene in the labelled tissue."""
    kept = np.zeros(tissue.slide.n_spots)
    kept[tissue.spots] = 1.0
    return np.asarray(tissue.slide.counts.T @ kept).ravel()


def _smallest(
    tissue: LabelledTissue, markers: MarkerTable, code: int, totals: np.ndarray, expressed: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Smallest log2 fold change of each expressed gene, and which could be told to be equal."""
    from scipy.special import ndtri

    inside = tissue.niche == code
    depth_in = float(tissue.depth[inside].sum())
    depth_out = float(tissue.depth.sum()) - depth_in
    count = totals[expressed][:, None]
    wider = 1 / np.maximum(markers.noise[expressed, code].astype(float), 1e-6)[:, None]
    log2fc = np.r_[0.0, np.arange(LOG2FC_MARKER, _LARGEST + _STEP / 2, _STEP)]
    with_rise = 2.0**log2fc
    count_in = count * depth_in * with_rise / (depth_in * with_rise + depth_out)
    error = np.sqrt(wider * (1 / (count_in + 0.5) + 1 / (count - count_in + 0.5))) / np.log(2)
    # Detection: spots of the niche are Poisson around the gene's rate there.
    per_spot = np.quantile(tissue.depth[inside], np.linspace(0.05, 0.95, 10)) / depth_in
    seen = 1 - np.exp(-count_in[..., None] * per_spot).mean(axis=-1)
    # Estimates are normal around the truth.
    low, high = log2fc - ndtri(CHANCE) * error, ndtri(CHANCE) * error[:, 0]
    told = (low >= _least_z(markers, code) * error) & (low >= LOG2FC_MARKER) & (seen >= DETECTED_MIN)
    first = np.where(told.any(axis=1), log2fc[told.argmax(axis=1)], np.inf)
    return first, high + NOT_ERRORS * error[:, 0] < LOG2FC_MARKER


def _least_z(markers: MarkerTable, code: int) -> float:
    """Errors from zero that a gene needs on this slide: the limit of Benjamini-Hochberg with one more rejection."""
    from scipy.special import ndtri

    rejected = int((markers.q_value[:, code] < Q_MARKER).sum()) + 1
    return float(-ndtri(Q_MARKER * min(rejected / len(markers.q_value), 1.0) / 2))
