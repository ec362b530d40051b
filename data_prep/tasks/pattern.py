"""pattern: what one gene's map shows, in the tissue, in a niche and beside sequencing depth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from data_prep.claims import THE_NICHE, THIS_GENE, Claim, Names, gene_claims, gene_in_niche, located, within_claims
from data_prep.facts import Facts
from data_prep.figure import Canvas, FigureSpec
from data_prep.tasks.base import PlanConfig, Question, Recipe, Task, new_seed, restrict, reworded

PATTERN_PROMPTS = (
    "Describe the pattern of this gene, also in the black niche; the last map is sequencing depth.",
    "What does the map of this gene show, in the tissue and in the niche in black? Depth is shown last.",
    "Tell how this gene is spread over the tissue and within the black niche, and whether it is only depth.",
)
MARKER_SHARE = 0.6
"""Share of the questions about a gene and a niche that it marks; the others about any gene and niche."""


class Pattern(Task):
    """Each gene once."""

    name = "pattern"

    def plan(
        self, facts: Facts, rng: np.random.Generator, genes: Sequence[int] | None, limit: int, config: PlanConfig
    ) -> Iterator[Recipe]:
        """Most about genes that mark the niche, which have most to say; the others drawn from all."""
        slide = facts.slide
        label = restrict(facts.markers.label, genes)
        asked: set[int] = set()
        marks = rng.permutation(np.argwhere(label == 1))
        others = rng.permutation(np.argwhere(label == 0))
        for pairs, n in ((marks, round(limit * MARKER_SHARE)), (others, limit - round(limit * MARKER_SHARE))):
            given = 0
            for gene, niche in pairs:
                if given >= n:
                    break
                if int(gene) in asked or not facts.markers.frac_in[gene].any():
                    continue
                asked.add(int(gene))
                given += 1
                yield Recipe(self.name, slide.niches[niche], (str(slide.genes[gene]),), seed=new_seed(rng))

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
