"""marker_panel: which of four genes mark a niche, from one montage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from data_prep.claims import THE_NICHE, Claim, Names
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import PANELS, Canvas, FigureSpec
from data_prep.tasks.describe import draw_panels, panel_claims
from data_prep.tasks.question import PlanConfig, Question, Recipe, Task, new_seed, restrict, reworded

PANEL_PROMPTS = (
    "Which panels show markers of the highlighted niche?",
    "Name the panels whose genes mark the niche in colour.",
    "Of these genes, which are enriched in the coloured niche?",
)


class MarkerPanel(Task):
    """Niche after niche, each time four genes, up to three of them markers."""

    name = "marker_panel"

    def plan(
        self, facts: Facts, rng: np.random.Generator, genes: Sequence[int] | None, limit: int, config: PlanConfig
    ) -> Iterator[Recipe]:
        """As many questions as ``limit``, fewer where niches lack four askable genes."""
        slide = facts.slide
        label = restrict(facts.markers.label, genes)
        names = list(facts.shapes)
        for place in range(limit):
            niche = names[place % len(names)]
            panels = draw_panels(label, slide.niche_index(niche), rng)
            if panels is not None:
                yield Recipe(self.name, niche, tuple(str(slide.genes[gene]) for gene in panels), seed=new_seed(rng))

    def ask(self, canvas: Canvas, recipe: Recipe) -> Question:
        """One montage."""
        return Question(
            images=(canvas.montage(recipe.genes, recipe.niche),),
            prompt=reworded(recipe, PANEL_PROMPTS),
            names=Names(dict(zip(PANELS, recipe.genes, strict=False)), {THE_NICHE: recipe.niche}),
            specs=(FigureSpec("montage", recipe.genes, recipe.niche, canvas.size),),
        )

    def answer(self, facts: Facts, recipe: Recipe) -> list[Claim]:
        """The markers, then the others."""
        return panel_claims(facts, recipe.niche, recipe.genes)
