"""The tasks: what is asked of a picture, and what the right answer is.

``marker_question`` and ``describe_question`` build what a model is shown, in training and in use alike;
``marker_examples`` and ``describe_examples`` add the right answers, drawn so that no text gives them away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from data_prep.check import marker_claims, niche_claims
from data_prep.claims import THE_NICHE, THIS_GENE, Claim, Names, speak_description, speak_marker
from data_prep.facts import Facts
from data_prep.figure import PANELS, Canvas, FigureSpec

MARKER_PROMPT = "Is this gene a marker of the highlighted niche?"
NAMED_MARKER_PROMPT = "Is {gene} a marker of {niche}?"
DESCRIBE_PROMPT = "Describe the black niche and say which panels show its markers."
TASKS = ("marker", "describe")


@dataclass(frozen=True, eq=False)
class Question:
    """What a model is shown.

    Attributes:
        images: uint8 arrays (size, size, 3), shown before the text in this order.
        prompt: the question.
        names: what "this gene", the panel letters, "the niche" and the colours stand for.
        specs: the specs of the images.
    """

    images: tuple[np.ndarray, ...]
    prompt: str
    names: Names
    specs: tuple[FigureSpec, ...]


@dataclass(frozen=True, eq=False)
class Example:
    """A question with its right answer and where it comes from.

    Attributes:
        question: what is shown.
        completion: the right answer, in references.
        claims: the claims that the answer speaks, in references.
        task: one of ``TASKS``.
        slide: name of the slide.
        donor: donor of the slide.
        niche: name of the asked niche.
        genes: symbols shown, in the order of the pictures or panels.
        label: "yes" or "no" for yes/no tasks, else "".
    """

    question: Question
    completion: str
    claims: tuple[Claim, ...]
    task: str
    slide: str
    donor: str
    niche: str
    genes: tuple[str, ...]
    label: str


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


def marker_examples(
    facts: Facts,
    rng: np.random.Generator,
    limit: int | None = None,
    genes: Sequence[int] | None = None,
    *,
    named: float = 0.0,
) -> Iterator[Example]:
    """Yes/no questions in checkerboard quads, four at a time.

    Args:
        facts: of the slide.
        rng: decides which.
        limit: largest number of examples (rounded down to whole quads).
        genes: indices of the genes that may be asked (a split); None for all.
        named: fraction of the quads asked by gene symbol and niche name.
    """
    label = _restrict(facts.markers.label, genes)
    for pair, niches in checkerboard_quads(label, rng, None if limit is None else limit // 4):
        by_name = bool(rng.random() < named)
        for gene in pair:
            for niche in niches:
                yield marker_example(facts, gene, niche, named=by_name)


def marker_example(facts: Facts, gene: int, niche: int, *, named: bool = False) -> Example:
    """The marker question of one gene and niche with its answer; an ambiguous pair is answered as "not a marker"."""
    slide = facts.slide
    symbol, name = str(slide.genes[gene]), slide.niches[niche]
    claims = marker_claims(facts, symbol, name, tuple(facts.gene_centroids([symbol])[0]))
    return Example(
        question=marker_question(facts.canvas, symbol, name, named=named),
        completion=speak_marker(claims),
        claims=tuple(claims),
        task="marker",
        slide=slide.name,
        donor=slide.meta.donor,
        niche=name,
        genes=(symbol,),
        label="yes" if claims[0].kind == "enriched" else "no",
    )


def describe_examples(
    facts: Facts, rng: np.random.Generator, per_niche: int = 1, genes: Sequence[int] | None = None
) -> Iterator[Example]:
    """Descriptions of every niche, ``per_niche`` each with other candidate genes."""
    slide = facts.slide
    label = _restrict(facts.markers.label, genes)
    for niche in facts.shapes:
        for _ in range(per_niche):
            panels = draw_panels(label, slide.niche_index(niche), rng)
            if panels is None:
                break
            candidates = tuple(str(slide.genes[g]) for g in panels)
            claims = niche_claims(facts, niche, dict(zip(PANELS, candidates, strict=True)))
            yield Example(
                question=describe_question(facts.canvas, niche, candidates),
                completion=speak_description(claims),
                claims=tuple(claims),
                task="describe",
                slide=slide.name,
                donor=slide.meta.donor,
                niche=niche,
                genes=candidates,
                label="",
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


def _restrict(label: np.ndarray, genes: Sequence[int] | None) -> np.ndarray:
    """Labels with every gene outside ``genes`` made ambiguous, so that nothing asks for it."""
    if genes is None:
        return label
    kept = np.full_like(label, -1)
    kept[list(genes)] = label[list(genes)]
    return kept


def _next_unused(genes: list[int], used: np.ndarray, a: int, b: int) -> int | None:
    """Takes genes off the list until one has not been asked in either niche."""
    while genes:
        gene = int(genes.pop())
        if not used[gene, a] and not used[gene, b]:
            return gene
    return None
