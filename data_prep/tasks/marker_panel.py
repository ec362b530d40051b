"""The task marker_panel: which of four genes mark a niche, from one montage."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from data_prep.claims import THE_NICHE, Claim, Names
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import PANELS, FigureSpec
from data_prep.tasks.describe import choose_panels, panel_claims
from data_prep.tasks.question import Question, QuestionSpec
from data_prep.tasks.task import QuestionLimits, Task, choose_prompt, mask_other_genes, new_seed

PANEL_PROMPTS = (
    "Which panels show markers of the highlighted niche?",
    "Name the panels whose genes mark the niche in colour.",
    "Of these genes, which are enriched in the coloured niche?",
)


class MarkerPanel(Task):
    """Questions about all niches in turn, each with four genes, of which up to three are markers."""

    name = "marker_panel"

    def choose_questions(
        self, facts: Facts, rng: np.random.Generator, limits: QuestionLimits
    ) -> Iterator[QuestionSpec]:
        """Choose niche after niche; a niche without four suitable genes gives no question."""
        slide = facts.slide
        label = mask_other_genes(facts.markers.label, limits.genes)
        names = list(facts.shapes)
        for number in range(limits.count):
            niche = names[number % len(names)]
            panels = choose_panels(label, slide.niche_index(niche), rng)
            if panels is not None:
                yield QuestionSpec(
                    self.name, niche, tuple(str(slide.genes[gene]) for gene in panels), seed=new_seed(rng)
                )

    def ask(self, canvas: Canvas, spec: QuestionSpec) -> Question:
        """Show one montage."""
        return Question(
            images=(canvas.montage(spec.genes, spec.niche),),
            prompt=choose_prompt(spec, PANEL_PROMPTS),
            names=Names(dict(zip(PANELS, spec.genes, strict=False)), {THE_NICHE: spec.niche}),
            specs=(FigureSpec("montage", spec.genes, spec.niche, canvas.size),),
        )

    def right_claims(self, facts: Facts, spec: QuestionSpec) -> list[Claim]:
        """The markers, then the non-markers."""
        return panel_claims(facts, spec.niche, spec.genes)
