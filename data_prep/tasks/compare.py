"""The task compare: are two genes high in the same place, and how are they related? From two maps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
TOGETHER = 24
"""Number of genes among which pairs are searched at once. All pairs of a slide can be many millions."""


class Compare(Task):
    """Pairs of questions: one gene with a gene of the same place (yes), and with a gene of another place (no)."""

    name = "compare"
    is_yes_no = True

    def choose_questions(
        self, facts: Facts, rng: np.random.Generator, limits: QuestionLimits
    ) -> Iterator[QuestionSpec]:
        """Choose for each first gene one yes question and one no question, in the same words."""
        slide, markers = facts.slide, facts.markers
        allowed = np.arange(slide.n_genes) if limits.genes is None else np.asarray(list(limits.genes), dtype=np.int64)
        # Only genes that mark a niche have a clear place.
        markers_of_any = allowed[(markers.label[allowed] == 1).any(axis=1)]
        order = [str(slide.genes[gene]) for gene in rng.permutation(markers_of_any)]
        n_chosen = 0
        for start in range(0, len(order), TOGETHER):
            genes = order[start : start + TOGETHER]
            facts.gene_maps.prefetch_pairs(genes)
            for first in genes:
                partners = self._partners(facts, first, genes)
                if len(partners) < 2:
                    continue
                if n_chosen + 2 > limits.count:
                    return
                seed = new_seed(rng)
                for label in ("yes", "no"):
                    yield QuestionSpec(self.name, "", (first, partners[label]), seed=seed, label=label)
                    n_chosen += 1

    @staticmethod
    def _partners(facts: Facts, first: str, genes: Sequence[str]) -> dict[str, str]:
        """A gene that shares the place of the first one ("yes") and one that does not ("no"), where there are such."""
        partners: dict[str, str] = {}
        for second in genes:
            if second != first and len(partners) < 2:
                for claim in pair_claims(facts, first, second):
                    partners.setdefault("yes" if claim.kind == "colocalised" else "no", second)
        return partners

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
