"""The task describe: describe a niche and say which of four genes mark it, from a niche map and a montage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from data_prep.claims import THE_NICHE, Claim, Names, composition_claims, niche_claims
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import PANELS, TYPE_PANELS, FigureSpec
from data_prep.tasks.question import Question, QuestionSpec
from data_prep.tasks.task import QuestionLimits, Task, mask_other_genes, new_seed

DESCRIBE_PROMPT = "Describe the black niche and say which panels show its markers."
COMPOSITION_PROMPT = "The lettered cell types are shown too."


class Describe(Task):
    """Questions about all niches in turn, each time with other candidate genes."""

    name = "describe"

    def choose_questions(
        self, facts: Facts, rng: np.random.Generator, limits: QuestionLimits
    ) -> Iterator[QuestionSpec]:
        """Choose niche after niche; a niche without four suitable genes gives no question."""
        slide = facts.slide
        label = mask_other_genes(facts.markers.label, limits.genes)
        names = list(facts.shapes)
        for number in range(limits.count):
            niche = names[number % len(names)]
            panels = choose_panels(label, slide.niche_index(niche), rng)
            if panels is not None:
                symbols = tuple(str(slide.genes[gene]) for gene in panels)
                yield QuestionSpec(
                    self.name, niche, symbols, seed=new_seed(rng), cell_types=_choose_cell_types(facts, niche, rng)
                )

    def ask(self, canvas: Canvas, spec: QuestionSpec) -> Question:
        """Show all niches, the asked one in black, a montage of the genes, and the cell types if there are any."""
        question = describe_question(canvas, spec.niche, spec.genes)
        if not spec.cell_types:
            return question
        types = spec.cell_types
        return replace(
            question,
            images=(*question.images, canvas.composition(types, spec.niche)),
            prompt=f"{question.prompt} {COMPOSITION_PROMPT}",
            names=replace(question.names, cell_types=dict(zip(TYPE_PANELS, types, strict=False))),
            specs=(*question.specs, FigureSpec("composition", types, spec.niche, canvas.size)),
        )

    def right_claims(self, facts: Facts, spec: QuestionSpec) -> list[Claim]:
        """Place, extent, form, neighbours and cell types of the niche, then its markers and non-markers."""
        claims = niche_claims(facts, spec.niche)
        if spec.cell_types:
            claims += composition_claims(facts, spec.niche, list(spec.cell_types))
        return [*claims, *panel_claims(facts, spec.niche, spec.genes)]


def panel_claims(facts: Facts, niche: str, genes: Sequence[str]) -> list[Claim]:
    """Claims on the genes that mark a niche, then on those that do not. No gene may be ambiguous there."""
    label = facts.markers.label[:, facts.slide.niche_index(niche)]
    is_marker = {gene: label[facts.slide.gene_index(gene)] == 1 for gene in genes}
    yes = [Claim("enriched", gene, niche) for gene in genes if is_marker[gene]]
    return yes + [Claim("not_enriched", gene, niche) for gene in genes if not is_marker[gene]]


def describe_question(canvas: Canvas, niche: str, candidates: Sequence[str]) -> Question:
    """The question for a description of a niche, with a map of all niches and a montage of up to four genes."""
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


def choose_panels(label: np.ndarray, niche: int, rng: np.random.Generator) -> list[int] | None:
    """Choose four genes for a montage: up to three markers of the niche; the rest are decoys, often of another niche.

    Returns:
        Gene indices in panel order, or None if the niche has too few genes with a clear label.
    """
    markers = np.flatnonzero(label[:, niche] == 1)
    others = np.flatnonzero(label[:, niche] == 0)
    markers_elsewhere = others[(label[others] == 1).any(axis=1)]
    n_markers = min(int(rng.integers(0, len(PANELS))), markers.size)
    n_decoys = len(PANELS) - n_markers
    decoys = markers_elsewhere if markers_elsewhere.size >= n_decoys and rng.random() < 0.8 else others
    if decoys.size < n_decoys:
        return None
    chosen = [*rng.choice(markers, n_markers, replace=False), *rng.choice(decoys, n_decoys, replace=False)]
    return [int(gene) for gene in rng.permutation(chosen)]


def _choose_cell_types(facts: Facts, niche: str, rng: np.random.Generator) -> tuple[str, ...]:
    """Choose up to four cell types: the two commonest and others, shuffled; none if the niches are cell types."""
    share = facts.composition.get(niche, {})
    if not share or set(share) == set(facts.slide.niches):
        return ()
    order = sorted(share, key=lambda name: -share[name].value)
    others = [str(name) for name in rng.permutation(order[2:])[:2]]
    return tuple(str(name) for name in rng.permutation([*order[:2], *others]))
