"""marker: is this gene a marker of this niche? Yes or no, from one focus map, in checkerboard quads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from data_prep.claims import THE_NICHE, THIS_GENE, Claim, Names, gene_in_niche, located
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas, FigureSpec
from data_prep.tasks.question import PlanConfig, Question, Recipe, Task, new_seed, restrict

MARKER_PROMPT = "Is this gene a marker of the highlighted niche?"
NAMED_MARKER_PROMPT = "Is {gene} a marker of {niche}?"


class Marker(Task):
    """Yes/no questions, four at a time: every gene and every niche is asked exactly half yes."""

    name = "marker"
    is_yes_no = True

    def plan(
        self, facts: Facts, rng: np.random.Generator, genes: Sequence[int] | None, limit: int, config: PlanConfig
    ) -> Iterator[Recipe]:
        """Whole quads only: ``limit`` is rounded down to a multiple of four."""
        label = restrict(facts.markers.label, genes)
        for pair, niches in checkerboard_quads(label, rng, limit // 4):
            named = bool(rng.random() < config.named)
            for gene in pair:
                for niche in niches:
                    yield self.recipe(facts, gene, niche, named=named, seed=new_seed(rng))

    def recipe(self, facts: Facts, gene: int, niche: int, *, named: bool = False, seed: int = 0) -> Recipe:
        """The question about one gene and niche; an ambiguous pair is answered as "not a marker"."""
        label = "yes" if facts.markers.label[gene, niche] == 1 else "no"
        slide = facts.slide
        return Recipe(self.name, slide.niches[niche], (str(slide.genes[gene]),), named, seed, label)

    def ask(self, canvas: Canvas, recipe: Recipe) -> Question:
        """One focus map."""
        return marker_question(canvas, recipe.genes[0], recipe.niche, named=recipe.named)

    def answer(self, facts: Facts, recipe: Recipe) -> list[Claim]:
        """Yes or no, how strongly, and where the gene is highest."""
        (gene,) = recipe.genes
        return [gene_in_niche(facts, gene, recipe.niche), located(facts, gene)]


def marker_question(
    canvas: Canvas, gene: str, niche: str, *, named: bool = False, image: np.ndarray | None = None
) -> Question:
    """Asks whether a gene marks a niche, from one ``focus`` map.

    Args:
        canvas: draws the slide.
        gene: symbol.
        niche: name.
        named: ask by gene symbol and niche name (prior knowledge may help), not "this gene" (only the picture can).
        image: the focus map, where it is drawn already.
    """
    picture = canvas.focus([gene], niche)[0] if image is None else image
    return Question(
        images=(picture,),
        prompt=NAMED_MARKER_PROMPT.format(gene=gene, niche=niche) if named else MARKER_PROMPT,
        names=Names({THIS_GENE: gene}, {THE_NICHE: niche}),
        specs=(FigureSpec("focus", (gene,), niche, canvas.size),),
    )


def checkerboard_quads(
    label: np.ndarray, rng: np.random.Generator, limit: int | None = None
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Pairs of genes and niches whose four questions have the answers yes, no, no, yes.

    With g1 marking n1 but not n2 and g2 marking n2 but not n1, every gene and every niche is asked exactly half yes, so
    no rule that adds up what it knows of the gene and of the niche can beat chance. No (gene, niche) comes twice.

    Args:
        label: (n_genes, n_niches) of 1 marker, 0 not, -1 ambiguous.
        rng: decides which quads, and their order.
        limit: largest number of quads.

    Yields:
        ((g1, g2), (n1, n2)) as indices.
    """
    pairs = [(a, b) for a in range(label.shape[1]) for b in range(a + 1, label.shape[1])]
    first = [rng.permutation(np.flatnonzero((label[:, a] == 1) & (label[:, b] == 0))).tolist() for a, b in pairs]
    second = [rng.permutation(np.flatnonzero((label[:, b] == 1) & (label[:, a] == 0))).tolist() for a, b in pairs]
    used = np.zeros(label.shape, bool)
    given = 0
    open_pairs = list(range(len(pairs)))
    while open_pairs and (limit is None or given < limit):
        still_open = []
        for i in rng.permutation(open_pairs).tolist():
            a, b = pairs[i]
            g1 = _next_unused(first[i], used, a, b)
            g2 = _next_unused(second[i], used, a, b)
            if g1 is None or g2 is None:
                continue
            used[[g1, g1, g2, g2], [a, b, a, b]] = True
            yield (g1, g2), (a, b)
            given += 1
            if limit is not None and given >= limit:
                return
            still_open.append(i)
        open_pairs = still_open


def _next_unused(genes: list[int], used: np.ndarray, a: int, b: int) -> int | None:
    """Takes genes off the list until one has not been asked in either niche."""
    while genes:
        gene = int(genes.pop())
        if not used[gene, a] and not used[gene, b]:
            return gene
    return None
