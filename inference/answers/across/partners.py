"""Which niches of two slides are the same, and what to keep in mind when two slides are compared."""

from __future__ import annotations

import numpy as np

from data_prep.facts.facts import Facts
from data_prep.facts.niche_matching import SlideSimilarity
from data_prep.slide import Slide
from inference.answers.across.sides import Pair, Side

UNEVEN_DEPTH = 1.5
"""From this ratio of the depths on, people are told that one side has fewer counts."""
_REPLICATES = (
    "These are two sections. What differs between them need not differ between donors, conditions or times: that needs "
    "several sections of each."
)
_PLACES = "Places are those of each section as it lies; a section that was turned over or cropped has others."


def partner_niches(a: Facts, b: Facts, alike: SlideSimilarity) -> dict[str, str]:
    """Niche of the first slide → the same niche of the second one.

    Niches of one name are the same, unless the names were computed. The others are those that match by markers and
    place (`niche_matching`).

    Args:
        a: facts of the first slide.
        b: facts of the second one.
        alike: of the two.
    """
    named = all(_has_given_names(facts) for facts in (a, b))
    partners = {name: name for name in a.shapes if named and name in b.shapes}
    taken = set(partners.values())
    for found in alike.best_matches():
        if found.is_match and found.niche not in partners and found.best not in taken:
            partners[found.niche] = found.best
    return partners


def notes_on_slides(pair: Pair, alike: SlideSimilarity) -> tuple[str, ...]:
    """What to keep in mind of two slides.

    Args:
        pair: the two sides.
        alike: of the two slides.
    """
    a, b = pair.a, pair.b
    if _is_same_slide(a.facts.slide, b.facts.slide):
        return ("Both sides are the same slide.",)
    notes = [_REPLICATES, _match_note(pair, alike)]
    donors = [side.facts.slide.meta.donor for side in (a, b)]
    if all(donors) and donors[0] != donors[1]:
        notes.append(f"The slides are of different donors ({donors[0]}, {donors[1]}).")
    if set(a.facts.slide.genes) != set(b.facts.slide.genes):
        n_genes = " and ".join(f"{side.facts.slide.n_genes:,}" for side in (a, b))
        notes.append(f"The slides have {n_genes} genes. Those that both have are compared; rates are of all counts.")
    partners = {**pair.partners, a.niche: b.niche}
    notes += _only_on(a, set(partners))
    notes += _only_on(b, set(partners.values()))
    return (*notes, _PLACES)


def depth_note(pair: Pair) -> tuple[str, ...]:
    """A note where one side has much fewer counts."""
    less, more = sorted((pair.a, pair.b), key=lambda side: side.depth)
    if more.depth < UNEVEN_DEPTH * max(less.depth, 1e-9):
        return ()
    ratio = more.depth / max(less.depth, 1e-9)
    if pair.is_one_slide:
        spots = f"The spots of {more.niche} have {ratio:.1f} times the counts of those of {less.niche}"
        return (f"{spots}. Log ratios take depth into account.",)
    spots = f"{more.niche} on {more.name} has {ratio:.1f} times the counts of {less.niche} on {less.name} per spot"
    return (f"{spots}. Fold changes take depth into account; with fewer counts more genes are unclear.",)


def _match_note(pair: Pair, alike: SlideSimilarity) -> str:
    """Whether the two niches are the same by markers and place, whatever their names are."""
    a, b = pair.a, pair.b
    found = next(match for match in alike.best_matches() if match.niche == a.niche)
    score = alike.score[alike.niches_a.index(a.niche), alike.niches_b.index(b.niche)]
    if found.best != b.niche:
        return (
            f"Caution: by markers and place, {a.niche} of {a.name} is more like {found.best} of {b.name} (score "
            f"{found.score:.2f}) than like {b.niche} ({score:.2f}). They may not be the same niche."
        )
    if not found.is_match:
        return f"Caution: markers and place do not show that the two are the same niche: {found.reason}."
    return (
        f"By markers and place the two are the same niche: score {found.score:.2f}, {found.margin:.2f} ± "
        f"{found.margin_error:.2f} above the second best ({found.second})."
    )


def _is_same_slide(a: Slide, b: Slide) -> bool:
    """Whether two slides have the same counts at the same places."""
    if a is b:
        return True
    alike = a.counts.shape == b.counts.shape and a.counts.nnz == b.counts.nnz
    return alike and np.array_equal(a.xy, b.xy) and np.array_equal(a.depth, b.depth)


def _only_on(side: Side, partners: set[str]) -> list[str]:
    lonely = [name for name in side.facts.shapes if name not in partners]
    if not lonely:
        return []
    verb = "has no match" if len(lonely) == 1 else "have no match"
    return [f"{', '.join(lonely)} of {side.name} {verb} on the other slide: borders with it are not compared."]


def _has_given_names(facts: Facts) -> bool:
    """Whether people named the niches."""
    how = facts.slide.meta.niches_from
    return not how or how.startswith("obs[")
