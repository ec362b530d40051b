"""Lessons: yes/no questions about a synthetic slide, each with one picture, a new slide for every couple of hundred.

The right answers are measured on the slide's counts by the same rules as on a real slide. Some slides are then drawn
from thinned counts, so that the model learns to give the answers of full depth from sparse maps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from data_prep.claims import CLAIM_TYPES
from data_prep.facts.facts import Facts
from data_prep.facts.thinning import thin
from data_prep.figures.canvas import Canvas
from data_prep.synth.tissue import make_tissue
from data_prep.tasks import TASKS, QuestionLimits, QuestionSpec, claim_of
from data_prep.tasks.claim_task import wording_of
from training.nano.lesson_block import MAX_LESSONS, LessonBlock
from training.nano.lesson_prompts import asked_kinds, prompt_numbers

MIXTURE = {
    "enriched": 24,
    "depleted": 8,
    "partial": 16,
    "rim": 24,
    "spills_over": 20,
    "adjacent": 8,
    "form": 16,
    "parts": 12,
    "centred": 28,
    "highest": 36,
    "extent": 10,
    "gradient": 14,
    "patterned": 10,
    "follows_depth": 10,
    "colocalised": 8,
    "composed_of": 12,
}
"""Most questions of each kind about one slide. Places, forms, rims and spill-over are learnt late, so they get more."""


@dataclass(frozen=True)
class LessonConfig:
    """The lessons of a synthetic slide.

    Attributes:
        genes: genes per slide.
        mixture: kind → most questions.
        thinned: share of slides that are drawn from thinned counts.
        least_depth: smallest share of the counts that thinning leaves.
    """

    genes: int = 96
    mixture: Mapping[str, int] = field(default_factory=lambda: dict(MIXTURE))
    thinned: float = 0.35
    least_depth: float = 0.02


def make_lessons(seed: int, config: LessonConfig) -> LessonBlock:
    """All lessons of the synthetic slide with this seed, in a random order that depends on the seed."""
    rng = np.random.default_rng([seed, 7])
    slide, _ = make_tissue(seed, n_genes=config.genes)
    facts = Facts.measure(slide)
    facts.gene_maps.prefetch(map(str, slide.genes))
    canvas = facts.canvas
    if rng.random() < config.thinned:
        keep = np.exp(rng.uniform(np.log(config.least_depth), 0.0))
        canvas = Canvas(slide.with_counts(thin(slide.counts, np.full(slide.n_spots, keep), seed)))
    specs = [
        spec
        for kind in asked_kinds()
        for spec in TASKS[kind].choose_questions(facts, rng, QuestionLimits(config.mixture.get(kind, 0)))
    ]
    return _draw(facts, canvas, [specs[i] for i in rng.permutation(len(specs))[:MAX_LESSONS]])


def _draw(facts: Facts, canvas: Canvas, specs: list[QuestionSpec]) -> LessonBlock:
    kinds, prompts = asked_kinds(), prompt_numbers()
    claims = [claim_of(spec) for spec in specs]
    types = [CLAIM_TYPES[spec.task] for spec in specs]
    figures = [
        claim_type.question.spec(claim, claim_type.other)  # type: ignore[union-attr]
        for claim, claim_type in zip(claims, types, strict=True)
    ]
    values = np.array([t.check(claim, facts).value for claim, t in zip(claims, types, strict=True)], np.float32)
    return LessonBlock(
        pictures=canvas.pictures(figures),
        kinds=np.array([kinds.index(spec.task) for spec in specs], np.int64),
        prompts=np.array([prompts[spec.task, spec.value, wording_of(spec)] for spec in specs], np.int64),
        answers=np.array([spec.label == "yes" for spec in specs], np.int64),
        values=np.where(np.isfinite(values), values, np.nan).astype(np.float32),
    )
