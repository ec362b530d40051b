"""The task niches_of_gene: in which niches is a gene enriched? From its map and the map of all niches."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from data_prep.claims import THIS_GENE, Claim, Names, enriched_niches
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import FigureSpec
from data_prep.tasks.question import Question, QuestionSpec
from data_prep.tasks.task import QuestionLimits, Task, choose_prompt, mask_other_genes, new_seed

NICHES_PROMPTS = (
    "In which niches is this gene enriched?",
    "Which of the coloured niches does this gene mark?",
    "Name the niches in which this gene is raised.",
)
NOWHERE_SHARE = 0.2
"""Share of the questions about genes that mark no niche."""


class NichesOfGene(Task):
    """Questions about genes with a clear label in every coloured niche."""

    name = "niches_of_gene"

    def choose_questions(
        self, facts: Facts, rng: np.random.Generator, limits: QuestionLimits
    ) -> Iterator[QuestionSpec]:
        """Choose each gene at most once: genes that mark a niche, and a fifth of genes that mark none."""
        slide = facts.slide
        coloured = [slide.niche_index(name) for name in facts.canvas.niche_colours()]
        label = mask_other_genes(facts.markers.label, limits.genes)
        # If a gene marks a niche without a colour, the answer cannot name that niche.
        clear = (label[:, coloured] >= 0).all(axis=1) & ~(np.delete(label, coloured, axis=1) == 1).any(axis=1)
        detected = facts.markers.frac_in.max(axis=1) > 0
        marks, marks_none = (label == 1).any(axis=1), (label == 0).all(axis=1)
        markers = rng.permutation(np.flatnonzero(clear & detected & marks))[: round(limits.count * (1 - NOWHERE_SHARE))]
        others = rng.permutation(np.flatnonzero(detected & marks_none))[: round(len(markers) * NOWHERE_SHARE)]
        for gene in rng.permutation(np.concatenate([markers, others])):
            yield QuestionSpec(self.name, "", (str(slide.genes[gene]),), seed=new_seed(rng))

    def ask(self, canvas: Canvas, spec: QuestionSpec) -> Question:
        """Show the gene over the whole tissue, and all niches."""
        return Question(
            images=(canvas.expression(spec.genes)[0], canvas.niches()),
            prompt=choose_prompt(spec, NICHES_PROMPTS),
            names=Names({THIS_GENE: spec.genes[0]}, {colour: name for name, colour in canvas.niche_colours().items()}),
            specs=(FigureSpec("expression", spec.genes, "", canvas.size), FigureSpec("niches", (), "", canvas.size)),
        )

    def right_claims(self, facts: Facts, spec: QuestionSpec) -> list[Claim]:
        """The niches in which the gene is enriched, or that there are none."""
        return enriched_niches(facts, spec.genes[0])
