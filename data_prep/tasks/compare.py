"""The task compare: are two genes high in the same place, and how are they related? From two maps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from data_prep.claims import FIRST_GENE, SECOND_GENE, Claim, Names, pair_claims
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import FigureSpec
from data_prep.tasks.marker import WHY
from data_prep.tasks.question import Question, QuestionSpec
from data_prep.tasks.task import QuestionLimits, Task, choose_prompt, new_seed

COMPARE_PROMPTS = (
    f"Are these two genes high in the same place? {WHY}",
    f"Do the two genes share their place? {WHY}",
    f"Is the second gene high where the first one is? {WHY}",
)
SAMPLE = 160
"""Number of genes among which pairs are searched. All pairs of a slide can be many millions."""


class Compare(Task):
    """Pairs of questions: one gene with a gene of the same place (yes), and with a gene of another place (no)."""

    name = "compare"
    is_yes_no = True

    def choose_questions(
        self, facts: Facts, rng: np.random.Generator, limits: QuestionLimits
    ) -> Iterator[QuestionSpec]:
        """Choose for each first gene one yes question and one no question."""
        slide, markers = facts.slide, facts.markers
        allowed = np.arange(slide.n_genes) if limits.genes is None else np.asarray(list(limits.genes), dtype=np.int64)
        # Only genes that mark a niche have a clear place.
        markers_of_any = allowed[(markers.label[allowed] == 1).any(axis=1)]
        sample = [str(slide.genes[gene]) for gene in rng.permutation(markers_of_any)[:SAMPLE]]
        facts.gene_maps.prefetch(sample)
        n_chosen = 0
        for first in sample:
            if n_chosen + 2 > limits.count:
                return
            partners: dict[str, str] = {}
            for second in rng.permutation(sample):
                if second == first:
                    continue
                for claim in pair_claims(facts, first, str(second)):
                    partners.setdefault("yes" if claim.kind == "colocalised" else "no", str(second))
                if len(partners) == 2:
                    break
            if len(partners) < 2:
                continue
            for label in ("yes", "no"):
                yield QuestionSpec(self.name, "", (first, partners[label]), seed=new_seed(rng), label=label)
                n_chosen += 1

    def ask(self, canvas: Canvas, spec: QuestionSpec) -> Question:
        """Show both genes over the whole tissue."""
        first, second = canvas.expression(spec.genes)
        return Question(
            images=(first, second),
            prompt=choose_prompt(spec, COMPARE_PROMPTS),
            names=Names(dict(zip((FIRST_GENE, SECOND_GENE), spec.genes, strict=True))),
            specs=tuple(FigureSpec("expression", (gene,), "", canvas.size) for gene in spec.genes),
        )

    def right_claims(self, facts: Facts, spec: QuestionSpec) -> list[Claim]:
        """How the two maps are related."""
        return pair_claims(facts, *spec.genes)
