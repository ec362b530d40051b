"""Niche query: where else is tissue like this?

    facts = Facts.measure(slide)
    for answer in where_else(facts, "Layer 3", [other_facts]):
        print(answer.slide, answer.niches[0].niche, answer.match.reason)

The question is a niche, or a region that somebody picked: `with_region` makes it the niche of a slide. Niches of other
slides are ranked by the similarity of `niche_matching`, and its rule decides whether the best one is the same niche. So
a niche that matches nothing known is flagged here for the same reasons as in a niche dictionary. Spots of other slides
are ranked along the profile of the niche. `docs/embeddings.md` has what was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.niche_matching import PLACE_WEIGHT, BestMatch, RankedNiche, similarity
from data_prep.facts.niche_profiles import NicheProfiles
from data_prep.facts.shared_genes import shared_genes
from data_prep.facts.spot_vectors import ScaledValues
from data_prep.slide import MIN_NICHE_SPOTS, Slide

REGION, REST = "picked region", "rest of the tissue"
"""Names of the two niches of a slide on which a region was picked."""


@dataclass(frozen=True)
class QueryAnswer:
    """What another slide has that is like a niche.

    Attributes:
        slide: its name.
        niches: its niches, the most similar first.
        match: the best of them, and why it is not the same niche; `BestMatch.reason` is "" if it is.
        n_genes: number of genes that were compared.
    """

    slide: str
    niches: tuple[RankedNiche, ...]
    match: BestMatch
    n_genes: int


def where_else(query: Facts, niche: str, others: Sequence[Facts]) -> list[QueryAnswer]:
    """The niches of other slides by their similarity to a niche, for each slide in the given order.

    A picked region has no neighbours of its own, so it is compared by its markers alone.

    Args:
        query: facts of the slide with the niche.
        niche: its name; `REGION` on a slide of `with_region`.
        others: facts of the other slides.

    Raises:
        NicheLensError: there is no such niche or no other slide, or two slides share, or detect, too few genes.
    """
    query.slide.niche_index(niche)
    if not others:
        message = f"{query.slide.name}: no other slide to look in; give at least one more slide, or a slice of the file"
        raise NicheLensError(message)
    answers = []
    for other in others:
        found = similarity(query, other, place_weight=0.0 if niche == REGION else PLACE_WEIGHT)
        match = found.best_matches()[found.niches_a.index(niche)]
        answers.append(QueryAnswer(other.slide.name, tuple(found.ranking(niche)), match, found.n_genes))
    return answers


def like_spots(query: Facts, niche: str, others: Sequence[Slide]) -> list[np.ndarray]:
    """How much the surroundings of each spot of other slides are like a niche, (n_spots,) for each slide.

    The scaled values of a spot's surroundings (`spot_vectors.ScaledValues`) along the profile of the niche: 0 for spots
    that are as the mean of their slide.

    Args:
        query: facts of the slide with the niche.
        niche: its name.
        others: the other slides; their labels play no part.

    Raises:
        NicheLensError: there is no such niche, or two slides share too few genes.
    """
    query.slide.niche_index(niche)
    scores = []
    for other in others:
        profiles = NicheProfiles.of(query, shared_genes(query.slide, other))
        profile = profiles.shrunken[:, profiles.niches.index(niche)]
        length = max(float(np.linalg.norm(profile)), 1e-12)
        scores.append(ScaledValues.of(other, profiles.genes.tolist()).pooled(profile[:, None] / length)[:, 0])
    return scores


def with_region(slide: Slide, spots: np.ndarray) -> Slide:
    """The slide with two niches: a picked region, and the rest of the labelled tissue (of all tissue without labels).

    Args:
        slide: with or without niches.
        spots: (n_spots,) boolean, which spots were picked.

    Raises:
        NicheLensError: the region or the rest has fewer than `MIN_NICHE_SPOTS` spots.
    """
    rest = ~spots & ((slide.niche >= 0) | (not slide.has_niches))
    for part, name in ((spots, REGION), (rest, REST)):
        if part.sum() < MIN_NICHE_SPOTS:
            message = (
                f"{slide.name}: the {name} has {int(part.sum())} spots; pick a region so that both it and the rest "
                f"have at least {MIN_NICHE_SPOTS}"
            )
            raise NicheLensError(message)
    niche = np.where(spots, 0, np.where(rest, 1, -1)).astype(np.int32)
    return replace(slide, niche=niche, niches=(REGION, REST))
