"""Lessons about artefacts: does depth drop at the edge, does a stripe cross the tissue, is there a bubble?

A slide has one answer to each of these questions. So two copies of one tissue get an artefact each, of different kinds.
Each copy answers yes to its own question and no to the other one: what is asked decides, and not whether the picture
looks spoilt. On some tissues the no comes from the sound slide. A niche that is deeper or shallower than the rest, at
the edge or as a band, is no artefact, and many of these tissues have one. Artefacts too weak to be sure of are left
out.
"""

from __future__ import annotations

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.thinning import thin
from data_prep.slide import Slide
from data_prep.synth.planted_artefacts import plant
from data_prep.synth.tissue import make_tissue
from data_prep.tasks import CLAIM_TASKS, QuestionSpec

PLANTED = {"edge_artefact": "edge", "stripe": "stripe", "bubble": "bubble"}
"""Kind of claim → kind of planted artefact."""
STRENGTHS = (0.8, 3.0)
"""Range of the planted log2 losses."""
SPOTS = (400, 3000)
"""Range of the number of spots. Below, most artefacts are unclear; above, measuring takes long and looks the same."""
GENES = 32
SOUND = 0.4
"""Share of the tissues whose answer no comes from the sound slide."""
SHALLOW = 0.5
"""Share of the tissues with a niche that lost counts, ..."""
SHALLOW_LOSS = (0.5, 2.0)
"""... and the range of its log2 loss."""
PATTERNS = ("layers", "layers", "rings", "rings", "blobs", "domains", "voronoi", "mixed")
"""Layers look like stripes, and rings like an edge or a bubble."""


def artefact_questions(seed: int, n_questions: int) -> list[tuple[Facts, list[QuestionSpec]]]:
    """Slides with their questions: for two kinds of artefact as many yes as no.

    Args:
        seed: decides everything; successive seeds ask about different pairs of kinds.
        n_questions: of each of the two kinds, in different wordings.

    Returns:
        Measured slides with questions, a pair for each yes and no that the counts decide; none on many tissues.
    """
    rng = np.random.default_rng([seed, 11])
    kinds = list(PLANTED)
    asked = (kinds[seed % len(kinds)], kinds[(seed + 1) % len(kinds)])
    tissue = draw_tissue(seed, rng)
    strengths = draw_strengths(rng, len(asked))
    try:
        spoilt = [
            plant(tissue, PLANTED[kind], float(strength), seed)[0]
            for kind, strength in zip(asked, strengths, strict=True)
        ]
    except NicheLensError:  # no room for a bubble
        return []
    measured = [Facts.measure(slide) for slide in spoilt]
    others = [Facts.measure(tissue)] * 2 if rng.random() < SOUND else measured[::-1]
    return [
        pair
        for kind, yes, no in zip(asked, measured, others, strict=True)
        for _ in range(n_questions // 2)
        for pair in _questions(kind, yes, no, int(rng.integers(1, 2**31)))
    ]


def _questions(kind: str, spoilt: Facts, sound: Facts, seed: int) -> list[tuple[Facts, list[QuestionSpec]]]:
    """The question about a slide with the artefact and about one without; none if the counts do not decide both."""
    yes, no = (CLAIM_TASKS[kind].slide_question(facts, seed) for facts in (spoilt, sound))
    if yes is None or no is None or (yes.label, no.label) != ("yes", "no"):
        return []
    return [(spoilt, [yes]), (sound, [no])]


def draw_strengths(rng: np.random.Generator, n: int) -> np.ndarray:
    """(n,) log2 losses of planted artefacts."""
    return np.exp(rng.uniform(np.log(STRENGTHS[0]), np.log(STRENGTHS[1]), n))


def draw_tissue(seed: int, rng: np.random.Generator) -> Slide:
    """A tissue, often with a niche that was captured worse than the rest."""
    n_spots = int(np.exp(rng.uniform(*np.log(SPOTS))))
    slide, _ = make_tissue(
        seed, n_spots=n_spots, n_niches=int(rng.integers(2, 8)), n_genes=GENES, pattern=str(rng.choice(PATTERNS))
    )
    niche, loss = int(rng.integers(len(slide.niches))), rng.uniform(*SHALLOW_LOSS)
    if rng.random() >= SHALLOW:
        return slide
    keep = np.where(slide.niche == niche, np.exp2(-loss), 1.0)
    counts = thin(slide.counts, keep, (seed, 12))
    # No spot may lose its last count.
    empty = np.asarray(counts.sum(axis=1)).ravel() == 0
    return slide if empty.any() else slide.with_counts(counts)
