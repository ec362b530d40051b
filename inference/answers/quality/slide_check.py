"""SlideCheck: everything that is measured for the quality page of one slide.

    check = check_slide(slide)
    check.quality.median_depth, check.power.share_decidable, check.kinds

A slide needs no niches. Without them, the power of the marker rule is that of compact patches of tissue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from data_prep.claims.decidable_claims import DecidableKind, decidable_kinds
from data_prep.facts.artefacts import Artefacts, measure_artefacts
from data_prep.facts.facts import Facts
from data_prep.facts.marker_power import NichePower, middle_power, niche_powers, patched
from data_prep.facts.niche_depths import count_markers_without_depth
from data_prep.facts.slide_quality import SlideQuality
from data_prep.slide import Slide

TWOFOLD = 2.0
"""A niche that is so many times as deep as the rest, or as shallow: depth alone would then look like a marker, whose
log2 fold change is 1."""

Progress = Callable[[str, int, int], None]
"""(what is done, how much of it, of how much)."""


@dataclass(frozen=True, eq=False)
class UnevenNiche:
    """A niche whose depth alone looks like a marker.

    Attributes:
        niche: its name.
        ratio: its median depth over that of the rest.
        n_markers: genes that the marker rule calls its markers.
        n_without_depth: genes that it would call so if it compared counts per spot.
    """

    niche: str
    ratio: float
    n_markers: int
    n_without_depth: int


@dataclass(frozen=True, eq=False)
class SlideCheck:
    """What a quality page tells of one slide.

    Attributes:
        quality: depth, genes, families of genes, spacing.
        artefacts: poor edges, stripes, bubbles, and spots that stand out.
        powers: power of the marker rule in each niche; on a slide without niches that of the middle patch; none on a
            slide that is too small.
        kinds: which kinds of claim the slide can decide; none on a slide that is too small.
        uneven: niches whose depth alone looks like a marker, the most different first.
    """

    quality: SlideQuality
    artefacts: Artefacts
    powers: tuple[NichePower, ...]
    kinds: tuple[DecidableKind, ...]
    uneven: tuple[UnevenNiche, ...]

    @property
    def slide(self) -> Slide:
        """The slide that was checked."""
        return self.quality.slide

    @property
    def power(self) -> NichePower | None:
        """The power of the niche in the middle, the weaker of two; None on a slide that is too small."""
        ranked = sorted(self.powers, key=lambda power: (power.share_decidable, power.n_spots))
        return ranked[(len(ranked) - 1) // 2] if ranked else None

    @property
    def weakest(self) -> NichePower | None:
        """The power of the niche in which the fewest genes can be told; None with fewer than two niches."""
        if len(self.powers) < 2:
            return None
        return min(self.powers, key=lambda power: (power.share_decidable, power.n_spots))


def check_slide(slide: Slide, facts: Facts | None = None, progress: Progress | None = None) -> SlideCheck:
    """Measures everything for the quality page.

    Args:
        slide: with or without niches.
        facts: of the slide, if they are measured already.
        progress: called before each part of the work.
    """
    tell = progress or _tell_nobody
    tell("looking at counts and positions", 0, 1)
    quality = SlideQuality.measure(slide)
    has_niches = len(quality.niche_depths) > 1
    measured = slide if has_niches else patched(slide)
    if measured is None:
        return SlideCheck(quality, measure_artefacts(slide), (), (), ())
    facts = facts or Facts.measure(measured, progress=lambda done, total: tell("measuring genes", done, total))
    tell("looking for artefacts", 0, 1)
    # Patches that stand in for niches must not explain depth.
    artefacts = facts.artefacts if has_niches else measure_artefacts(slide)
    powers = niche_powers(facts.tissue, facts.markers)
    tell("trying each kind of claim", 0, 1)
    return SlideCheck(
        quality=quality,
        artefacts=artefacts,
        powers=tuple(powers) if has_niches else (middle_power(powers),),
        kinds=tuple(decidable_kinds(facts, has_niches=has_niches)),
        uneven=_uneven(facts, quality, powers) if has_niches else (),
    )


def _uneven(facts: Facts, quality: SlideQuality, powers: list[NichePower]) -> tuple[UnevenNiche, ...]:
    n_markers = {power.niche: power.n_marker or 0 for power in powers}
    found = [
        UnevenNiche(
            niche=depth.niche,
            ratio=depth.ratio,
            n_markers=n_markers[depth.niche],
            n_without_depth=count_markers_without_depth(facts.tissue, facts.markers, depth.niche),
        )
        for depth in quality.niche_depths
        if not 1 / TWOFOLD < depth.ratio < TWOFOLD
    ]
    return tuple(sorted(found, key=lambda niche: -max(niche.ratio, 1 / max(niche.ratio, 1e-9))))


def _tell_nobody(step: str, done: int, total: int) -> None:
    pass
