"""niches_of_gene: in which niches a gene is enriched, from its map and the map of all niches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from data_prep.claims import THIS_GENE, Claim, Names, enriched_niches
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas, FigureSpec
from data_prep.tasks.question import PlanConfig, Question, Recipe, Task, new_seed, restrict, reworded

NICHES_PROMPTS = (
    "In which niches is this gene enriched?",
    "Which of the coloured niches does this gene mark?",
    "Name the niches in which this gene is raised.",
)
NOWHERE_SHARE = 0.2
"""Share of the questions about genes that mark no niche."""


class NichesOfGene(Task):
    """Genes that are ambiguous in no niche that has a colour."""

    name = "niches_of_gene"

    def plan(
        self, facts: Facts, rng: np.random.Generator, genes: Sequence[int] | None, limit: int, config: PlanConfig
    ) -> Iterator[Recipe]:
        """Each gene once: those that mark a niche, and a fifth that mark none."""
        slide = facts.slide
        coloured = [slide.niche_index(name) for name in facts.canvas.niche_colours()]
        label = restrict(facts.markers.label, genes)
        # A gene that marks a niche without a colour would have an answer that cannot be said.
        clear = (label[:, coloured] >= 0).all(axis=1) & ~(np.delete(label, coloured, axis=1) == 1).any(axis=1)
        seen = facts.markers.frac_in.max(axis=1) > 0
        marks = (label == 1).any(axis=1)
        some = rng.permutation(np.flatnonzero(clear & seen & marks))[: round(limit * (1 - NOWHERE_SHARE))]
        none = rng.permutation(np.flatnonzero(clear & seen & ~marks))[: round(len(some) * NOWHERE_SHARE)]
        for gene in rng.permutation(np.concatenate([some, none])):
            yield Recipe(self.name, "", (str(slide.genes[gene]),), seed=new_seed(rng))

    def ask(self, canvas: Canvas, recipe: Recipe) -> Question:
        """The gene over the whole tissue, and the niches."""
        return Question(
            images=(canvas.expression(recipe.genes)[0], canvas.niches()),
            prompt=reworded(recipe, NICHES_PROMPTS),
            names=Names(
                {THIS_GENE: recipe.genes[0]}, {colour: name for name, colour in canvas.niche_colours().items()}
            ),
            specs=(FigureSpec("expression", recipe.genes, "", canvas.size), FigureSpec("niches", (), "", canvas.size)),
        )

    def answer(self, facts: Facts, recipe: Recipe) -> list[Claim]:
        """The niches, or that there is none."""
        return enriched_niches(facts, recipe.genes[0])
