"""Artefacts of a slide in words: a poor edge, stripes, bubbles, and spots that stand out among their neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan

import numpy as np

from data_prep.facts.artefacts import FEWEST_SPOTS, Artefacts, Bubble, Stripe, can_tell_bubbles
from inference.answers.quality.quality_note import FINE, MIND, QualityNote
from inference.answers.quality.quality_words import number_of, share
from inference.answers.quality.slide_check import SlideCheck

EDGE, STRIPE, BUBBLE, OUTLIER = "poor edge", "stripe", "bubble", "stands out"
"""What a spot of an artefact map is marked as."""


def artefact_notes(check: SlideCheck) -> Iterator[QualityNote]:
    """What was found of each kind of artefact."""
    found, n = check.artefacts, check.slide.n_spots
    if n < FEWEST_SPOTS:
        yield QualityNote(
            "Artefacts", FINE, f"{number_of(n, 'spot')} are too few to look for artefacts ({FEWEST_SPOTS})."
        )
        return
    beyond = _beyond(check)
    yield _edge(found, beyond)
    doubt = "" if check.quality.niche_depths else " Without niches, tissue that is naturally shallow looks the same."
    kinds: tuple[tuple[str, Sequence[Stripe | Bubble]], ...] = (("stripe", found.stripes), ("bubble", found.bubbles))
    for kind, patches in kinds:
        if not patches:
            words = (
                f"Bubbles are not told among {n:,} scattered spots without niches: a nest of small cells looks alike."
                if kind == "bubble" and not can_tell_bubbles(check.slide)
                else f"{beyond}, no {kind} of fewer counts was found among {n:,} spots."
            )
            yield QualityNote("Artefacts", FINE, words)
            continue
        deepest = min(patches, key=lambda patch: patch.ratio.value)
        n_spots = int(np.logical_or.reduce([patch.spots for patch in patches]).sum())
        lost = share(1 - 2**deepest.ratio.value)
        yield QualityNote(
            "Artefacts",
            MIND,
            f"{number_of(len(patches), kind)} of fewer counts ({number_of(n_spots, 'spot')} in all). {beyond}, "
            f"{'it' if len(patches) == 1 else 'the deepest'} has {lost} fewer than the tissue beside it.{doubt}",
            f"Look at the {number_of(n_spots, 'spot')} of the {kind} on the map; set them aside if the tissue there is "
            "torn, folded or covered.",
            rank=6.0 + len(patches) / n,
        )
    outliers = int(found.outliers.sum())
    many = "outliers" in found.flags
    words = (
        f"{number_of(outliers, 'spot')} of {n:,} "
        f"{'stands out among its' if outliers == 1 else 'stand out among their'} neighbours."
    )
    yield QualityNote(
        "Artefacts",
        MIND if many else FINE,
        words if outliers else f"No spot of {n:,} stands out among its neighbours.",
        f"Look at the {outliers:,} spots that stand out before you trust a gene that is high in one of them."
        if many
        else "",
        rank=1.8,
    )


def marked_spots(found: Artefacts) -> dict[str, np.ndarray]:
    """Kind of artefact → which spots (n_spots,) it marks on the map, which may be none."""
    nowhere = np.zeros(len(found.outliers), bool)
    return {
        EDGE: found.edge_spots if "edge" in found.flags else nowhere,
        STRIPE: np.logical_or.reduce([nowhere, *(stripe.spots for stripe in found.stripes)]),
        BUBBLE: np.logical_or.reduce([nowhere, *(bubble.spots for bubble in found.bubbles)]),
        OUTLIER: found.outliers,
    }


def _beyond(check: SlideCheck) -> str:
    """The beginning of a sentence about depth: what biology explains of it is taken off first."""
    labels = ("niches" if check.slide.niches else "", "cell types" if check.slide.cell_types else "")
    first = ", ".join(filter(None, labels))
    return f"Beyond what {first} and genes explain" if first else "Beyond what genes explain"


def _edge(found: Artefacts, beyond: str) -> QualityNote:
    if isnan(found.edge.value):
        return QualityNote("Artefacts", FINE, "The tissue has no inside to compare its edge with.")
    n = number_of(int(found.edge_spots.sum()), "spot")
    change = 2**found.edge.value - 1
    less = "fewer" if change < 0 else "more"
    words = f"{beyond}, the edge of the tissue ({n}) has {share(abs(change))} {less} counts than the tissue beside it"
    error = f"log2 ratio {found.edge.value:+.2f} ± {found.edge.error:.2f}"
    is_poor = "edge" in found.flags
    return QualityNote(
        "Artefacts",
        MIND if is_poor else FINE,
        f"{words} ({error}).",
        f"Do not read a loss of genes at the edge ({n}) as biology." if is_poor else "",
        rank=5.5,
    )
