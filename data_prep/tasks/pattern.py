"""pattern: what one gene's map shows, in the tissue, in a niche and beside sequencing depth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from data_prep.claims import THE_NICHE, THIS_GENE, Claim, Names, gene_claims, gene_in_niche, located, within_claims
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas, FigureSpec
from data_prep.tasks.question import PlanConfig, Question, Recipe, Task, new_seed, restrict, reworded

PATTERN_PROMPTS = (
    "Describe the pattern of this gene, also in the black niche; the last map is sequencing depth.",
    "What does the map of this gene show, in the tissue and in the niche in black? Depth is shown last.",
    "Tell how this gene is spread over the tissue and within the black niche, and whether it is only depth.",
)
UNSEEN_BY_FOLD_CHANGE = frozenset({"partial", "rim", "spills_over", "gradient", "follows_depth"})
"""Claims that few genes allow and that a fold change does not see: genes that allow one are looked for."""
UNSEEN_SHARE = 0.5
"""Share of the questions about such genes, where there are as many."""
MARKER_SHARE = 0.6
"""Of the other questions, the share about a gene and a niche that it marks; the rest about any gene and niche."""
SEARCHED = 8
"""Pairs of a gene and a niche that are measured for each question of the limit."""


class Pattern(Task):
    """Each gene once."""

    name = "pattern"

    def plan(
        self, facts: Facts, rng: np.random.Generator, genes: Sequence[int] | None, limit: int, config: PlanConfig
    ) -> Iterator[Recipe]:
        """Genes of which more than a fold change is to be said, then genes that mark the niche, then any."""
        label = restrict(facts.markers.label, genes)
        seen = facts.markers.frac_in.max(axis=1) > 0
        marks, others = (rng.permutation(np.argwhere((label == answer) & seen[:, None])) for answer in (1, 0))
        n_unseen = round(limit * UNSEEN_SHARE)
        half = SEARCHED * limit // 2
        searched = rng.permutation(np.concatenate([marks[:half], others[:half]]))
        unseen = (pair for pair in searched if has_spatial_claim(facts, *self._names(facts, pair)))
        asked: set[int] = set()
        yield from self._recipes(facts, unseen, n_unseen, asked, rng)
        n_marks = round((limit - len(asked)) * MARKER_SHARE)
        yield from self._recipes(facts, marks, n_marks, asked, rng)
        yield from self._recipes(facts, others, limit - len(asked), asked, rng)

    def _recipes(
        self, facts: Facts, pairs: Iterable[np.ndarray], n: int, asked: set[int], rng: np.random.Generator
    ) -> Iterator[Recipe]:
        """At most ``n`` questions about genes that have not been asked."""
        given = 0
        for pair in pairs:
            if given >= n:
                return
            if int(pair[0]) not in asked:
                asked.add(int(pair[0]))
                given += 1
                gene, niche = self._names(facts, pair)
                yield Recipe(self.name, niche, (gene,), seed=new_seed(rng))

    @staticmethod
    def _names(facts: Facts, pair: np.ndarray) -> tuple[str, str]:
        return str(facts.slide.genes[pair[0]]), facts.slide.niches[pair[1]]

    def ask(self, canvas: Canvas, recipe: Recipe) -> Question:
        """The gene over the whole tissue, the niches with the asked one in black, and sequencing depth."""
        colours = {colour: name for name, colour in canvas.niche_colours().items() if name != recipe.niche}
        return Question(
            images=(canvas.expression(recipe.genes)[0], canvas.niches(recipe.niche), canvas.depth()),
            prompt=reworded(recipe, PATTERN_PROMPTS),
            names=Names({THIS_GENE: recipe.genes[0]}, {THE_NICHE: recipe.niche, **colours}),
            specs=(
                FigureSpec("expression", recipe.genes, "", canvas.size),
                FigureSpec("niches", (), recipe.niche, canvas.size),
                FigureSpec("depth", (), "", canvas.size),
            ),
        )

    def answer(self, facts: Facts, recipe: Recipe) -> list[Claim]:
        """Pattern, place, direction and depth; then enrichment, parts, rim and spill-over in the niche."""
        (gene,) = recipe.genes
        claims = gene_claims(facts, gene)
        if any(claim.kind == "patterned" for claim in claims):
            claims.append(located(facts, gene))
        if facts.markers.label[facts.slide.gene_index(gene), facts.slide.niche_index(recipe.niche)] >= 0:
            claims.append(gene_in_niche(facts, gene, recipe.niche))
        return [*claims, *within_claims(facts, gene, recipe.niche)]


def has_spatial_claim(facts: Facts, gene: str, niche: str) -> bool:
    """Whether a claim that a fold change does not see can be made of a gene and a niche."""
    claims = (*within_claims(facts, gene, niche), *gene_claims(facts, gene))
    return any(claim.kind in UNSEEN_BY_FOLD_CHANGE for claim in claims)
