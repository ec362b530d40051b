"""Chooses what to ask: the claims that could be made of a niche, of a gene in it, of a gene and of two genes.

Nothing here says which claims are true. A question costs a few milliseconds, so the choice only leaves out what cannot
be, as a niche that lies far away is no neighbour, and what the counts could not check (`answerable`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from scipy.spatial import cKDTree

from data_prep.claims import CLAIM_TYPES, CONTRADICTED, SUPPORTED, Claim, check
from data_prep.claims.evidence import ERRORS
from data_prep.claims.kinds.enriched import fold_change
from data_prep.facts import marker_rule
from data_prep.facts.facts import Facts
from data_prep.slide import Slide
from inference.answers.statements import subject_of

N_GENES = 24
"""Genes of a niche's interview: half are likely markers, half are not, so no constant answer is right by itself."""
N_NEIGHBOURS = 10
"""Niches that are asked about as neighbours, the nearest first. On a flat tissue a niche touches six others on average,
by Euler's formula."""
N_CELL_TYPES = 8
"""Cell types that are asked about, those with most cells on the slide."""
_NEAR_QUANTILE = 0.02
"""Share of a niche's spots that decides how near another niche is; single strayed spots do not."""
_MOST_SPOTS = 2000
"""Spots of a niche that are measured for that."""


def slide_claims(kinds: Sequence[str], slide: Slide) -> list[Claim]:
    """Claims on the slide itself, which name no gene and no niche."""
    return list(_candidates([kind for kind in kinds if CLAIM_TYPES[kind].is_about_slide], slide, (), ()))


def niche_claims(kinds: Sequence[str], slide: Slide, niche: str, others: Sequence[str]) -> list[Claim]:
    """Claims on a niche itself and on its neighbours.

    Args:
        kinds: kinds of claim to consider.
        slide: the slide.
        niche: name.
        others: niches that could be its neighbours, in the order in which they are asked about.
    """
    allowed = {"": {""}, "niche": set(others), "cell type": common_cell_types(slide)}
    on_niches = [kind for kind in kinds if CLAIM_TYPES[kind].is_about_niches and not CLAIM_TYPES[kind].is_about_genes]
    found = _candidates(on_niches, slide, (), (niche,))
    return _in_order_of([claim for claim in found if claim.other in allowed[_other_kind(claim)]], others)


def gene_in_niche_claims(
    kinds: Sequence[str], slide: Slide, gene: str, niche: str, touching: Sequence[str] = ()
) -> list[Claim]:
    """Claims on a gene in a niche.

    Args:
        kinds: kinds of claim to consider.
        slide: the slide.
        gene: symbol.
        niche: name.
        touching: niches that the niche touches; claims on two niches are about these, in this order.
    """
    in_niches = [kind for kind in kinds if CLAIM_TYPES[kind].is_about_genes and CLAIM_TYPES[kind].is_about_niches]
    found = _candidates(in_niches, slide, (gene,), (niche,))
    return _in_order_of([claim for claim in found if not claim.other or claim.other in touching], touching)


def gene_claims(kinds: Sequence[str], slide: Slide, gene: str) -> list[Claim]:
    """Claims on a gene over the whole tissue."""
    on_genes = [kind for kind in kinds if not CLAIM_TYPES[kind].is_about_slide]
    return list(_candidates(on_genes, slide, (gene,), ()))


def pair_claims(kinds: Sequence[str], slide: Slide, gene: str, others: Sequence[str]) -> list[Claim]:
    """Claims on a gene and each of some others."""
    return [claim for other in others for claim in _candidates(kinds, slide, (gene, other), ()) if claim.other == other]


def answerable(claims: Iterable[Claim], facts: Facts) -> Iterator[Claim]:
    """The claims of which the counts know the right answer, yes or no, in their order.

    Claims that differ only in their value (nine places, four directions) stay together: they are kept where the counts
    support one of them, and where the counts contradict all.

    Args:
        claims: with real names.
        facts: facts of the slide. A claim is checked when it is its turn, so whoever takes a few waits for a few.
    """
    by_subject: dict[Claim, list[Claim]] = {}
    for claim in claims:
        by_subject.setdefault(subject_of(claim), []).append(claim)
    for rivals in by_subject.values():
        verdicts = {check(claim, facts).verdict for claim in rivals}
        if SUPPORTED in verdicts or verdicts == {CONTRADICTED}:
            yield from rivals


def nearest_niches(slide: Slide, niche: str, n: int = N_NEIGHBOURS) -> list[str]:
    """The niches that come closest to a niche, the closest first; of equally close ones that with the nearest centre.

    So their order does not depend on their names.
    """
    own = slide.xy[slide.spots_of(niche)]
    centre = own.mean(axis=0)
    own = own[:: -(-len(own) // _MOST_SPOTS)]
    distance = {}
    for other in slide.niches:
        if other != niche:
            xy = slide.xy[slide.spots_of(other)]
            nearest = float(np.quantile(cKDTree(xy).query(own)[0], _NEAR_QUANTILE))
            distance[other] = nearest, float(np.hypot(*(xy.mean(axis=0) - centre)))
    return sorted(distance, key=lambda other: distance[other])[:n]


def candidate_genes(facts: Facts, niche: str, n: int = N_GENES) -> list[str]:
    """Genes to ask about in a niche: half are likely markers, half are not. Of all of them the counts know which.

    Likely markers have the largest effect that the counts vouch for (log2 fold change less two standard errors). The
    others are the likely
    markers of the other niches, of each in turn, that are raised less than a marker here: their maps are as bright as
    those of markers. In each turn the largest effect comes first, so names of niches choose nothing.

    Args:
        facts: facts of the slide.
        niche: name.
        n: number of genes; fewer come back if the counts know the answer of fewer.
    """
    slide, table = facts.slide, facts.markers
    column = slide.niche_index(niche)
    known = table.label[:, column] != marker_rule.UNCLEAR
    known &= np.diff(slide.counts.indptr) > 0  # has counts: no zero is stored, and the counts may lie on disk
    vouched = np.where(table.frac_in >= marker_rule.DETECTED_MIN, table.log2fc - ERRORS * table.error, -np.inf)
    others = sorted(set(range(vouched.shape[1])) - {column})
    likely = _falling(vouched[:, column], known)
    not_here = known & (table.log2fc[:, column] < marker_rule.LOG2FC_MARKER)
    of_others = (enumerate(_falling(vouched[:, other], not_here)) for other in others)
    turns = (
        (turn, -vouched[gene, other], gene) for other, row in zip(others, of_others, strict=True) for turn, gene in row
    )
    elsewhere = [gene for _, _, gene in sorted(turns)]
    chosen = dict.fromkeys(likely[: n - n // 2])
    for gene in (*elsewhere, *likely):
        if len(chosen) < n:
            chosen.setdefault(gene)
    return [str(slide.genes[gene]) for gene in chosen]


def vouched_effect(facts: Facts, gene: str, niche: str, *, is_lowered: bool = False) -> float:
    """How far a gene is raised in a niche, or lowered, by the counts: the log2 fold change less two errors."""
    fold = fold_change(facts, gene, niche)
    return (-fold.value if is_lowered else fold.value) - ERRORS * fold.error


def has_counts(slide: Slide, gene: str) -> bool:
    """Whether a gene has any count on a slide. Without one there is nothing to see, and nothing is asked."""
    row = slide.gene_index(gene)
    return bool(slide.counts.indptr[row + 1] > slide.counts.indptr[row])


def _in_order_of(claims: list[Claim], names: Sequence[str]) -> list[Claim]:
    """Claims by kind, as they are, and those on other niches in the order of some names."""
    kinds = list(dict.fromkeys(claim.kind for claim in claims))
    place = {name: number for number, name in enumerate(names)}

    def order(claim: Claim) -> tuple[int, int]:
        return kinds.index(claim.kind), place[claim.other] if _other_kind(claim) == "niche" else 0

    return sorted(claims, key=order)


def _candidates(kinds: Sequence[str], slide: Slide, genes: Sequence[str], niches: Sequence[str]) -> Iterator[Claim]:
    for kind in kinds:
        question = CLAIM_TYPES[kind].question
        if question is not None:
            yield from question.candidates(slide, genes, niches)


def _other_kind(claim: Claim) -> str:
    """What the other of a claim is: "niche", "gene" or "cell type"; "" if it has none."""
    return CLAIM_TYPES[claim.kind].other if claim.other else ""


def common_cell_types(slide: Slide) -> set[str]:
    """The cell types with most cells."""
    count = np.bincount(slide.cell_type[slide.cell_type >= 0], minlength=len(slide.cell_types))
    return {slide.cell_types[code] for code in np.argsort(-count, kind="stable")[:N_CELL_TYPES]}


def _falling(value: np.ndarray, allowed: np.ndarray) -> list[int]:
    """The allowed genes by falling value; equal values stay in the slide's order."""
    order = np.argsort(-np.nan_to_num(value, nan=-np.inf), kind="stable")
    return order[allowed[order]].tolist()
