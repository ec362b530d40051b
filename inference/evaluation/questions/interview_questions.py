"""The questions of an interview, and whether the counts support what they ask.

An interview (`inference.answers.interview`) asks about every claim that could be made, so far fewer of its questions
than of a dataset have the answer yes. Thresholds and scores need both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data_prep.claims import CONTRADICTED, SUPPORTED, Claim, check
from data_prep.facts.facts import Facts
from data_prep.tasks import Question, claim_question
from inference.answers import candidate_claims
from inference.evaluation.questions.altered_slides import AlterableSlide
from inference.evaluation.questions.row_questions import draw_questions

MAX_NICHES = 8
"""Niches of a slide that are interviewed, the first in the slide's order."""
MAX_GENES = 6
"""Markers of a niche that are asked about in detail."""


@dataclass(frozen=True)
class CheckedClaim:
    """A claim that an interview asks about.

    Attributes:
        slide: name of the slide.
        claim: with real names.
        is_right: whether the counts support it; they contradict it otherwise.
    """

    slide: str
    claim: Claim
    is_right: bool


def interviewed_niches(facts: Facts, rng: np.random.Generator) -> list[str]:
    """The niches of a slide to interview: all, or some at random."""
    niches = list(facts.shapes)
    if len(niches) > MAX_NICHES:
        niches = [niches[i] for i in sorted(rng.choice(len(niches), MAX_NICHES, replace=False))]
    return niches


def interview_claims(
    name: str, slide: AlterableSlide, kinds: Sequence[str], rng: np.random.Generator
) -> Iterator[CheckedClaim]:
    """The claims that an interview about a slide asks about if its answers are right, where the counts decide them.

    Args:
        name: of the slide.
        slide: with its facts.
        kinds: kinds of claim.
        rng: draws the niches.
    """
    facts = slide.facts
    for niche in interviewed_niches(facts, rng):
        neighbours = candidate_claims.nearest_niches(facts.slide, niche)
        claims = candidate_claims.niche_claims(kinds, facts.slide, niche, neighbours)
        touching = [c.other for c in claims if c.kind == "adjacent" and check(c, facts).verdict == SUPPORTED]
        genes = candidate_claims.candidate_genes(facts, niche)
        claims += [Claim(kind, gene, niche) for kind in ("enriched", "depleted") if kind in kinds for gene in genes]
        marker = [g for g in genes if check(Claim("enriched", g, niche), facts).verdict == SUPPORTED]
        details = [kind for kind in kinds if kind not in ("enriched", "depleted")]
        for gene in marker[:MAX_GENES]:
            claims += candidate_claims.gene_in_niche_claims(details, facts.slide, gene, niche, touching)
            claims += candidate_claims.gene_claims(kinds, facts.slide, gene)
        for claim in candidate_claims.answerable(claims, facts):
            verdict = check(claim, facts).verdict
            if verdict in (SUPPORTED, CONTRADICTED):
                yield CheckedClaim(name, claim, verdict == SUPPORTED)


def draw_questions_about(slides: Mapping[str, AlterableSlide], checked: Sequence[CheckedClaim]) -> list[Question]:
    """The questions about claims with their pictures, in their order."""
    questions: dict[int, Question] = {}
    for name in dict.fromkeys(claim.slide for claim in checked):
        canvas = slides[name].canvas
        here = [i for i, claim in enumerate(checked) if claim.slide == name]
        blank = np.zeros((canvas.size, canvas.size, 3), np.uint8)
        asked = [claim_question(canvas, checked[i].claim, image=blank) for i in here]
        questions |= dict(zip(here, draw_questions(asked, [name] * len(here), slides), strict=True))
    return [questions[i] for i in range(len(checked))]
