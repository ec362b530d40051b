"""The task pattern: describe the map of one gene, in the tissue, in a niche and compared with sequencing depth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from data_prep.claims import THE_NICHE, THIS_GENE, Claim, Names, enrichment_claims, gene_claims, within_claims
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import FigureSpec
from data_prep.tasks.question import Question, QuestionSpec
from data_prep.tasks.task import QuestionLimits, Task, choose_prompt, mask_other_genes, new_seed

PATTERN_PROMPTS = (
    "Describe the pattern of this gene, also in the black niche; the last map is sequencing depth.",
    "What does the map of this gene show, in the tissue and in the niche in black? Depth is shown last.",
    "Tell how this gene is spread over the tissue and within the black niche, and whether it is only depth.",
)
SPATIAL_CLAIMS = frozenset({"partial", "rim", "spills_over", "gradient", "follows_depth"})
"""Kinds of claim that a fold change cannot see. They are true of few genes, so the task searches for such genes."""
SPATIAL_SHARE = 0.5
"""Share of the questions about such genes, if the slide has enough of them."""
MARKER_SHARE = 0.6
"""Share of the other questions that ask about a gene and a niche that it marks; the rest ask about non-markers."""
SEARCHED_PER_QUESTION = 8
"""Number of pairs of gene and niche that are searched for each question."""


class Pattern(Task):
    """Questions about a gene and a niche, each gene at most once."""

    name = "pattern"

    def choose_questions(
        self, facts: Facts, rng: np.random.Generator, limits: QuestionLimits
    ) -> Iterator[QuestionSpec]:
        """Choose genes with a spatial claim first, then markers of the niche, then non-markers."""
        label = mask_other_genes(facts.markers.label, limits.genes)
        detected = facts.markers.frac_in.max(axis=1) > 0
        marked, others = (rng.permutation(np.argwhere((label == answer) & detected[:, None])) for answer in (1, 0))
        half = SEARCHED_PER_QUESTION * limits.count // 2
        searched = rng.permutation(np.concatenate([marked[:half], others[:half]]))
        spatial = (pair for pair in searched if has_spatial_claim(facts, *self._names(facts, pair)))
        asked: set[int] = set()
        yield from self._specs(facts, spatial, round(limits.count * SPATIAL_SHARE), asked, rng)
        yield from self._specs(facts, marked, round((limits.count - len(asked)) * MARKER_SHARE), asked, rng)
        yield from self._specs(facts, others, limits.count - len(asked), asked, rng)

    def _specs(
        self, facts: Facts, pairs: Iterable[np.ndarray], count: int, asked: set[int], rng: np.random.Generator
    ) -> Iterator[QuestionSpec]:
        """At most ``count`` specs about genes that are not in ``asked``, to which they are added."""
        n_chosen = 0
        for pair in pairs:
            if n_chosen >= count:
                return
            if int(pair[0]) not in asked:
                asked.add(int(pair[0]))
                n_chosen += 1
                gene, niche = self._names(facts, pair)
                yield QuestionSpec(self.name, niche, (gene,), seed=new_seed(rng))

    @staticmethod
    def _names(facts: Facts, pair: np.ndarray) -> tuple[str, str]:
        return str(facts.slide.genes[pair[0]]), facts.slide.niches[pair[1]]

    def ask(self, canvas: Canvas, spec: QuestionSpec) -> Question:
        """Show the gene over the whole tissue, all niches with the asked one in black, and sequencing depth."""
        colours = {colour: name for name, colour in canvas.niche_colours().items() if name != spec.niche}
        return Question(
            images=(canvas.expression(spec.genes)[0], canvas.niches(spec.niche), canvas.depth()),
            prompt=choose_prompt(spec, PATTERN_PROMPTS),
            names=Names({THIS_GENE: spec.genes[0]}, {THE_NICHE: spec.niche, **colours}),
            specs=(
                FigureSpec("expression", spec.genes, "", canvas.size),
                FigureSpec("niches", (), spec.niche, canvas.size),
                FigureSpec("depth", (), "", canvas.size),
            ),
        )

    def right_claims(self, facts: Facts, spec: QuestionSpec) -> list[Claim]:
        """Pattern, peak, direction and depth; then enrichment, partial expression, rim and spill-over in the niche."""
        (gene,) = spec.genes
        claims = [*gene_claims(facts, gene), *enrichment_claims(facts, gene, spec.niche)]
        return [*claims, *within_claims(facts, gene, spec.niche)]


def has_spatial_claim(facts: Facts, gene: str, niche: str) -> bool:
    """Whether a gene and a niche allow a claim that a fold change cannot see."""
    claims = (*within_claims(facts, gene, niche), *gene_claims(facts, gene))
    return any(claim.kind in SPATIAL_CLAIMS for claim in claims)
