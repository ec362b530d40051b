"""identity: what a niche is called, from its place and its markers, out of the names of the slide's niches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from data_prep.claims import THE_NICHE, Claim, Names
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas, FigureSpec
from data_prep.tasks.question import PlanConfig, Question, Recipe, Task, new_seed, restrict, reworded

IDENTITY_PROMPTS = (
    "The black niche is marked by {genes}. Which is it: {options}?",
    "Markers of the niche in black: {genes}. Its name is one of {options}; which?",
    "Name the black niche, whose markers are {genes}. Options: {options}.",
)
MOST_OPTIONS = 6
MOST_MARKERS = 5
_NAMELESS = re.compile(
    r"(?:cluster|niche|leiden|louvain|domain|region|group|type)?[\s_.:-]*\d+|unknown|other|mixed?", re.IGNORECASE
)
"""Names that say nothing of what a niche is."""


class Identity(Task):
    """A question of knowledge: gene symbols and niche names stand in the prompt."""

    name = "identity"

    def plan(
        self, facts: Facts, rng: np.random.Generator, genes: Sequence[int] | None, limit: int, config: PlanConfig
    ) -> Iterator[Recipe]:
        """Niche after niche, each time with other markers and options; niches without a telling name are no option."""
        slide = facts.slide
        names = [name for name in facts.shapes if not _NAMELESS.fullmatch(name.strip())]
        label = restrict(facts.markers.label, genes)
        if len(names) < 2:
            return
        for place in range(limit):
            niche = names[place % len(names)]
            column = slide.niche_index(niche)
            known = np.flatnonzero(label[:, column] == 1)
            if not known.size:
                continue
            strongest = known[np.argsort(-facts.markers.log2fc[known, column], kind="stable")][: 4 * MOST_MARKERS]
            shown = rng.permutation(strongest)[:MOST_MARKERS]
            others = rng.permutation([name for name in names if name != niche])[: MOST_OPTIONS - 1]
            options = tuple(str(name) for name in rng.permutation([niche, *others]))
            symbols = tuple(str(slide.genes[gene]) for gene in shown)
            yield Recipe(self.name, niche, symbols, named=True, seed=new_seed(rng), options=options)

    def ask(self, canvas: Canvas, recipe: Recipe) -> Question:
        """The niches, the asked one in black; its markers and the options in words."""
        numbered = {str(place + 1): name for place, name in enumerate(recipe.options)}
        options = "; ".join(f"{number}) {name}" for number, name in numbered.items())
        prompt = reworded(recipe, IDENTITY_PROMPTS).format(genes=", ".join(recipe.genes), options=options)
        return Question(
            images=(canvas.niches(recipe.niche),),
            prompt=prompt,
            names=Names({}, {THE_NICHE: recipe.niche}, options=numbered),
            specs=(FigureSpec("niches", (), recipe.niche, canvas.size),),
        )

    def answer(self, facts: Facts, recipe: Recipe) -> list[Claim]:
        """The number of the name."""
        return [Claim("identity", niche=recipe.niche, value=recipe.niche)]
