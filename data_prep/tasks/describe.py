"""describe: what a niche is like, and which of four genes mark it; from a map of all niches and a montage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from data_prep.claims import THE_NICHE, Claim, Names, composition_claims, niche_claims
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import PANELS, TYPE_PANELS, Canvas, FigureSpec
from data_prep.tasks.question import PlanConfig, Question, Recipe, Task, new_seed, restrict

DESCRIBE_PROMPT = "Describe the black niche and say which panels show its markers."
COMPOSITION_PROMPT = "The lettered cell types are shown too."


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
                symbols = tuple(str(slide.genes[gene]) for gene in panels)
                yield Recipe(self.name, niche, symbols, seed=new_seed(rng), cell_types=_draw_types(facts, niche, rng))

    def ask(self, canvas: Canvas, recipe: Recipe) -> Question:
        """The niches, the asked one in black, and the genes."""
        question = describe_question(canvas, recipe.niche, recipe.genes)
        if not recipe.cell_types:
            return question
        types = recipe.cell_types
        return replace(
            question,
            images=(*question.images, canvas.composition(types, recipe.niche)),
            prompt=f"{question.prompt} {COMPOSITION_PROMPT}",
            names=replace(question.names, cell_types=dict(zip(TYPE_PANELS, types, strict=False))),
            specs=(*question.specs, FigureSpec("composition", types, recipe.niche, canvas.size)),
        )

    def answer(self, facts: Facts, recipe: Recipe) -> list[Claim]:
        """Place, extent, form, neighbours, markers, and genes that are not."""
        claims = niche_claims(facts, recipe.niche)
        if recipe.cell_types:
            claims += composition_claims(facts, recipe.niche, list(recipe.cell_types))
        return [*claims, *panel_claims(facts, recipe.niche, recipe.genes)]


def panel_claims(facts: Facts, niche: str, genes: Sequence[str]) -> list[Claim]:
    """Which of some genes mark a niche, then which do not; none may be ambiguous there."""
    label = facts.markers.label[:, facts.slide.niche_index(niche)]
    is_marker = {gene: label[facts.slide.gene_index(gene)] == 1 for gene in genes}
    yes = [Claim("enriched", gene, niche) for gene in genes if is_marker[gene]]
    return yes + [Claim("not_enriched", gene, niche) for gene in genes if not is_marker[gene]]


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


def _draw_types(facts: Facts, niche: str, rng: np.random.Generator) -> tuple[str, ...]:
    """Up to four cell types to show: the commonest two and others, shuffled; none where the niches are types."""
    types = facts.slide.cell_types
    if not types or set(types) == set(facts.slide.niches):
        return ()
    share = facts.composition[niche]
    order = sorted(types, key=lambda name: -share[name])
    others = [str(name) for name in rng.permutation(order[2:])[:2]]
    return tuple(str(name) for name in rng.permutation([*order[:2], *others]))
