"""describe: what a niche is like, and which of four genes mark it; from a map of all niches and a montage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from data_prep.check import niche_claims
from data_prep.claims import THE_NICHE, Names, speak_description
from data_prep.facts import Facts
from data_prep.figure import PANELS, Canvas, FigureSpec
from data_prep.tasks.base import Example, PlanConfig, Question, Recipe, Task, restrict

DESCRIBE_PROMPT = "Describe the black niche and say which panels show its markers."


class Describe(Task):
    """Descriptions of every niche in turn, each time with other candidate genes."""

    name = "describe"

    def plan(
        self, facts: Facts, rng: np.random.Generator, genes: Sequence[int] | None, limit: int, config: PlanConfig
    ) -> Iterator[Recipe]:
        """Niche after niche, until ``limit`` or until no niche has four askable genes."""
        slide = facts.slide
        label = restrict(facts.markers.label, genes)
        names = list(facts.shapes)
        for place in range(limit):
            niche = names[place % len(names)]
            panels = draw_panels(label, slide.niche_index(niche), rng)
            if panels is not None:
                yield Recipe(self.name, niche, tuple(str(slide.genes[gene]) for gene in panels))

    def ask(self, canvas: Canvas, recipe: Recipe) -> Question:
        """The niches, the asked one in black, and the genes."""
        return describe_question(canvas, recipe.niche, recipe.genes)

    def make(self, facts: Facts, recipe: Recipe) -> Example:
        """Place, extent, form, neighbours, markers, and genes that are not."""
        claims = niche_claims(facts, recipe.niche, dict(zip(PANELS, recipe.genes, strict=True)))
        return self._example(facts, recipe, speak_description(claims), claims)


def describe_question(canvas: Canvas, niche: str, candidates: Sequence[str]) -> Question:
    """Asks for a description of a niche, from the map of all niches and a montage of up to four candidate genes."""
    colours = {colour: name for name, colour in canvas.niche_colours().items() if name != niche}
    return Question(
        images=(canvas.niches(niche), canvas.montage(candidates, niche)),
        prompt=DESCRIBE_PROMPT,
        names=Names(dict(zip(PANELS, candidates, strict=False)), {THE_NICHE: niche, **colours}),
        specs=(
            FigureSpec("niches", (), niche, canvas.size),
            FigureSpec("montage", tuple(candidates), niche, canvas.size),
        ),
    )


def draw_panels(label: np.ndarray, niche: int, rng: np.random.Generator) -> list[int] | None:
    """Four genes for a montage: up to three markers of the niche, the rest decoys that mark another niche if possible.

    Returns:
        Gene indices in panel order, or None when the niche has no four askable genes.
    """
    markers = np.flatnonzero(label[:, niche] == 1)
    others = np.flatnonzero(label[:, niche] == 0)
    hard = others[(label[others] == 1).any(axis=1)]
    n_markers = min(int(rng.integers(0, len(PANELS))), markers.size)
    n_decoys = len(PANELS) - n_markers
    decoys = hard if hard.size >= n_decoys and rng.random() < 0.8 else others
    if decoys.size < n_decoys:
        return None
    chosen = [*rng.choice(markers, n_markers, replace=False), *rng.choice(decoys, n_decoys, replace=False)]
    return [int(gene) for gene in rng.permutation(chosen)]
