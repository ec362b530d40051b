"""compare: do two genes share their place? Yes or no, from two maps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from data_prep.claims import FIRST_GENE, SECOND_GENE, Claim, Names, pair_claims
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas, FigureSpec
from data_prep.tasks.question import PlanConfig, Question, Recipe, Task, new_seed, reworded

COMPARE_PROMPTS = (
    "Are these two genes high in the same place?",
    "Do the two genes share their place?",
    "Is the second gene high where the first one is?",
)
SAMPLE = 160
"""Genes among which pairs are looked for: all pairs of a slide would be many millions."""


class Compare(Task):
    """As many pairs that share their place as pairs that do not, each gene with as many of both as can be."""

    name = "compare"
    is_yes_no = True

    def plan(
        self, facts: Facts, rng: np.random.Generator, genes: Sequence[int] | None, limit: int, config: PlanConfig
    ) -> Iterator[Recipe]:
        """Pairs of pairs: a gene with one that shares its place and with one that does not."""
        slide, markers = facts.slide, facts.markers
        allowed = np.arange(slide.n_genes) if genes is None else np.asarray(list(genes), dtype=np.int64)
        # Genes that mark something have a place to share.
        worth = allowed[(markers.label[allowed] == 1).any(axis=1)]
        sample = [str(slide.genes[gene]) for gene in rng.permutation(worth)[:SAMPLE]]
        given = 0
        for first in sample:
            if given + 2 > limit:
                return
            kinds: dict[str, str] = {}
            for second in rng.permutation(sample):
                if second == first:
                    continue
                for claim in pair_claims(facts, first, str(second)):
                    kinds.setdefault("yes" if claim.kind == "colocalised" else "no", str(second))
                if len(kinds) == 2:
                    break
            if len(kinds) < 2:
                continue
            for label in ("yes", "no"):
                yield Recipe(self.name, "", (first, kinds[label]), seed=new_seed(rng), label=label)
                given += 1

    def ask(self, canvas: Canvas, recipe: Recipe) -> Question:
        """Both genes over the whole tissue."""
        first, second = canvas.expression(recipe.genes)
        return Question(
            images=(first, second),
            prompt=reworded(recipe, COMPARE_PROMPTS),
            names=Names(dict(zip((FIRST_GENE, SECOND_GENE), recipe.genes, strict=True))),
            specs=tuple(FigureSpec("expression", (gene,), "", canvas.size) for gene in recipe.genes),
        )

    def answer(self, facts: Facts, recipe: Recipe) -> list[Claim]:
        """Yes or no, and how the two go together."""
        return pair_claims(facts, *recipe.genes)
