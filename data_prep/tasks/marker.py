"""The task marker: is this gene a marker of this niche? Yes or no, from one focus map, in checkerboard quads."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from data_prep.claims import THE_NICHE, THIS_GENE, Claim, Names, gene_in_niche, located
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import FigureSpec
from data_prep.tasks.question import Question, QuestionSpec
from data_prep.tasks.task import QuestionLimits, Task, mask_other_genes, new_seed

MARKER_PROMPT = "Is this gene a marker of the highlighted niche?"
NAMED_MARKER_PROMPT = "Is {gene} a marker of {niche}?"


class Marker(Task):
    """Yes/no questions in groups of four. Half of the answers for every gene and every niche are yes."""

    name = "marker"
    is_yes_no = True

    def choose_questions(
        self, facts: Facts, rng: np.random.Generator, limits: QuestionLimits
    ) -> Iterator[QuestionSpec]:
        """Choose whole quads: the count is rounded down to a multiple of four."""
        label = mask_other_genes(facts.markers.label, limits.genes)
        for pair, niches in checkerboard_quads(label, rng, limits.count // 4):
            named = bool(rng.random() < limits.named_share)
            for gene in pair:
                for niche in niches:
                    yield self.spec(facts, gene, niche, named=named, seed=new_seed(rng))

    def spec(self, facts: Facts, gene: int, niche: int, *, named: bool = False, seed: int = 0) -> QuestionSpec:
        """The spec of the question about one gene and one niche. The label of an ambiguous pair is "no"."""
        label = "yes" if facts.markers.label[gene, niche] == 1 else "no"
        slide = facts.slide
        return QuestionSpec(self.name, slide.niches[niche], (str(slide.genes[gene]),), named, seed, label)

    def ask(self, canvas: Canvas, spec: QuestionSpec) -> Question:
        """Show one focus map."""
        return marker_question(canvas, spec.genes[0], spec.niche, named=spec.named)

    def right_claims(self, facts: Facts, spec: QuestionSpec) -> list[Claim]:
        """Enrichment with its strength, and the place where the gene is highest."""
        (gene,) = spec.genes
        return [gene_in_niche(facts, gene, spec.niche), located(facts, gene)]


def marker_question(
    canvas: Canvas, gene: str, niche: str, *, named: bool = False, image: np.ndarray | None = None
) -> Question:
    """The question whether a gene marks a niche, with one ``focus`` map.

    Args:
        canvas: draws the slide.
        gene: symbol.
        niche: name.
        named: whether the prompt names the gene and the niche, so that prior knowledge can help.
        image: the focus map if it is already drawn.
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
    """Pairs of genes and pairs of niches whose four questions have the answers yes, no, no, yes.

    Gene g1 marks niche n1 but not n2, and gene g2 marks n2 but not n1. Then half of the answers for every gene and
    every niche are yes, so no rule that adds evidence on the gene and on the niche is better than chance. No pair of
    gene and niche occurs twice.

    Args:
        label: (n_genes, n_niches) of 1 marker, 0 not, -1 ambiguous.
        rng: draws the quads and their order.
        limit: largest number of quads.

    Yields:
        ((g1, g2), (n1, n2)) as indices.
    """
    pairs = [(a, b) for a in range(label.shape[1]) for b in range(a + 1, label.shape[1])]
    first = [rng.permutation(np.flatnonzero((label[:, a] == 1) & (label[:, b] == 0))).tolist() for a, b in pairs]
    second = [rng.permutation(np.flatnonzero((label[:, b] == 1) & (label[:, a] == 0))).tolist() for a, b in pairs]
    used = np.zeros(label.shape, bool)
    n_chosen = 0
    open_pairs = list(range(len(pairs)))
    while open_pairs and (limit is None or n_chosen < limit):
        still_open = []
        for i in rng.permutation(open_pairs).tolist():
            a, b = pairs[i]
            g1 = _next_unused(first[i], used, a, b)
            g2 = _next_unused(second[i], used, a, b)
            if g1 is None or g2 is None:
                continue
            used[[g1, g1, g2, g2], [a, b, a, b]] = True
            yield (g1, g2), (a, b)
            n_chosen += 1
            if limit is not None and n_chosen >= limit:
                return
            still_open.append(i)
        open_pairs = still_open


def _next_unused(genes: list[int], used: np.ndarray, a: int, b: int) -> int | None:
    """Remove genes from the list until one has not been asked about in either niche."""
    while genes:
        gene = int(genes.pop())
        if not used[gene, a] and not used[gene, b]:
            return gene
    return None
