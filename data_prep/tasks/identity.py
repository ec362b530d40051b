"""The task identity: choose the name of a niche, from its place and its markers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from data_prep.claims import THE_NICHE, Claim, Names
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import FigureSpec
from data_prep.tasks.question import Question, QuestionSpec
from data_prep.tasks.task import QuestionLimits, Task, choose_prompt, mask_other_genes, new_seed

IDENTITY_PROMPTS = (
    "The black niche is marked by {genes}. Which is it: {options}?",
    "Markers of the niche in black: {genes}. Its name is one of {options}; which?",
    "Name the black niche, whose markers are {genes}. Options: {options}.",
)
MOST_OPTIONS = 6
MOST_MARKERS = 5
_UNINFORMATIVE = re.compile(
    r"(?:cluster|niche|leiden|louvain|domain|region|group|type)?[\s_.:-]*\d+|unknown|other|mixed?", re.IGNORECASE
)
"""Names that do not say what a niche is."""


class Identity(Task):
    """A question of knowledge: the prompt contains gene symbols and niche names."""

    name = "identity"

    def choose_questions(
        self, facts: Facts, rng: np.random.Generator, limits: QuestionLimits
    ) -> Iterator[QuestionSpec]:
        """Choose niche after niche with other markers and options; niches with uninformative names are left out."""
        slide = facts.slide
        names = [name for name in facts.shapes if not _UNINFORMATIVE.fullmatch(name.strip())]
        label = mask_other_genes(facts.markers.label, limits.genes)
        if len(names) < 2:
            return
        for number in range(limits.count):
            niche = names[number % len(names)]
            column = slide.niche_index(niche)
            markers = np.flatnonzero(label[:, column] == 1)
            if not markers.size:
                continue
            strongest = markers[np.argsort(-facts.markers.log2fc[markers, column], kind="stable")][: 4 * MOST_MARKERS]
            shown = rng.permutation(strongest)[:MOST_MARKERS]
            others = rng.permutation([name for name in names if name != niche])[: MOST_OPTIONS - 1]
            options = tuple(str(name) for name in rng.permutation([niche, *others]))
            symbols = tuple(str(slide.genes[gene]) for gene in shown)
            yield QuestionSpec(self.name, niche, symbols, named=True, seed=new_seed(rng), options=options)

    def ask(self, canvas: Canvas, spec: QuestionSpec) -> Question:
        """Show all niches, the asked one in black; name its markers and the options."""
        numbered = {str(position + 1): name for position, name in enumerate(spec.options)}
        options = "; ".join(f"{number}) {name}" for number, name in numbered.items())
        prompt = choose_prompt(spec, IDENTITY_PROMPTS).format(genes=", ".join(spec.genes), options=options)
        return Question(
            images=(canvas.niches(spec.niche),),
            prompt=prompt,
            names=Names({}, {THE_NICHE: spec.niche}, options=numbered),
            specs=(FigureSpec("niches", (), spec.niche, canvas.size),),
        )

    def right_claims(self, facts: Facts, spec: QuestionSpec) -> list[Claim]:
        """The number of the right name."""
        return [Claim("identity", niche=spec.niche, value=spec.niche)]
