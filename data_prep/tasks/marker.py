"""The task marker: is this gene a marker of this niche, and why? From one focus map, in checkerboard quads."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from data_prep.claims import THE_NICHE, THIS_GENE, Claim, Names, enrichment_claims, peak_claims
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import FigureSpec
from data_prep.tasks.quads import checkerboard_quads
from data_prep.tasks.question import Question, QuestionSpec
from data_prep.tasks.task import QuestionLimits, Task, mask_other_genes, new_seed

WHY = "Say why."
"""Asks for reasons. Without it the same question is that of a claim task, and the answer is Yes or No alone."""
MARKER_WHY_PROMPT = f"Is this gene a marker of the highlighted niche? {WHY}"
NAMED_MARKER_PROMPT = f"Is {{gene}} a marker of {{niche}}? {WHY}"


MARKER_CLAIM = Claim("enriched", THIS_GENE, THE_NICHE)
"""What the question asks about, and a "Yes." says."""


class Marker(Task):
    """Yes/no questions with reasons, in groups of four. Half of the answers for every gene and every niche are yes."""

    name = "marker"
    is_yes_no = True

    def choose_questions(
        self, facts: Facts, rng: np.random.Generator, limits: QuestionLimits
    ) -> Iterator[QuestionSpec]:
        """Choose whole quads: the count is rounded down to a multiple of four."""
        label = mask_other_genes(facts.markers.label, limits.genes)
        for genes, niches in checkerboard_quads(label, rng, limits.count // 4):
            named = bool(rng.random() < limits.named_share)
            for gene, niche in product(genes, niches):
                yield self.spec(facts, gene, niche, named=named, seed=new_seed(rng))

    def spec(self, facts: Facts, gene: int, niche: int, *, named: bool = False, seed: int = 0) -> QuestionSpec:
        """The spec of the question about one gene and one niche. The label of an unclear pair is "no"."""
        label = "yes" if facts.markers.label[gene, niche] == 1 else "no"
        slide = facts.slide
        return QuestionSpec(self.name, slide.niches[niche], (str(slide.genes[gene]),), named, seed, label)

    def ask(self, canvas: Canvas, spec: QuestionSpec) -> Question:
        """Show one focus map."""
        (gene,) = spec.genes
        figure = FigureSpec("focus", (gene,), spec.niche, canvas.size)
        prompt = NAMED_MARKER_PROMPT.format(gene=gene, niche=spec.niche) if spec.named else MARKER_WHY_PROMPT
        names = Names({THIS_GENE: gene}, {THE_NICHE: spec.niche})
        return Question((canvas.pixels(figure),), prompt, names, (figure,), asked=MARKER_CLAIM)

    def right_claims(self, facts: Facts, spec: QuestionSpec) -> list[Claim]:
        """Enrichment with its strength, and the place where the gene is highest."""
        (gene,) = spec.genes
        return [*enrichment_claims(facts, gene, spec.niche), *peak_claims(facts, gene)]
