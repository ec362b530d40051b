"""Candidates: the claims of a kind that could be made about some genes and niches, whether true or false.

Each function returns the `Candidates` of one kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from data_prep.claims.claim import Claim
from data_prep.claims.claim_question import Candidates
from data_prep.slide import Slide

_NO_VALUE = ("",)


def of_slide(kind: str) -> Candidates:
    """One claim about the slide, whatever the genes and niches."""

    def candidates(slide: Slide, genes: Sequence[str], niches: Sequence[str]) -> Iterator[Claim]:
        return iter((Claim(kind),))

    return candidates


def of_genes(kind: str, values: Iterable[str] = _NO_VALUE) -> Candidates:
    """Every gene with every value."""

    def candidates(slide: Slide, genes: Sequence[str], niches: Sequence[str]) -> Iterator[Claim]:
        return (Claim(kind, gene, value=value) for gene in genes for value in values)

    return candidates


def of_niches(kind: str, values: Iterable[str]) -> Candidates:
    """Every niche with every value."""

    def candidates(slide: Slide, genes: Sequence[str], niches: Sequence[str]) -> Iterator[Claim]:
        return (Claim(kind, niche=niche, value=value) for niche in niches for value in values)

    return candidates


def of_genes_in_niches(kind: str, values: Iterable[str] = _NO_VALUE) -> Candidates:
    """Every gene in every niche with every value."""

    def candidates(slide: Slide, genes: Sequence[str], niches: Sequence[str]) -> Iterator[Claim]:
        return (Claim(kind, gene, niche, value) for gene in genes for niche in niches for value in values)

    return candidates


def of_niche_pairs(kind: str) -> Candidates:
    """Every niche with every other niche."""

    def candidates(slide: Slide, genes: Sequence[str], niches: Sequence[str]) -> Iterator[Claim]:
        return (Claim(kind, niche=niche, other=other) for niche in niches for other in _others(slide, niche))

    return candidates


def of_genes_at_borders(kind: str) -> Candidates:
    """Every gene at the border of every niche with every other niche."""

    def candidates(slide: Slide, genes: Sequence[str], niches: Sequence[str]) -> Iterator[Claim]:
        pairs = [(niche, other) for niche in niches for other in _others(slide, niche)]
        return (Claim(kind, gene, niche, other=other) for gene in genes for niche, other in pairs)

    return candidates


def of_gene_pairs(kind: str) -> Candidates:
    """Every pair of two different genes, once."""

    def candidates(slide: Slide, genes: Sequence[str], niches: Sequence[str]) -> Iterator[Claim]:
        return (Claim(kind, first, other=second) for first, second in combinations(genes, 2))

    return candidates


def of_cell_types(kind: str, values: Iterable[str]) -> Candidates:
    """Every cell type in every niche with every value; none where the niches are the cell types themselves."""

    def candidates(slide: Slide, genes: Sequence[str], niches: Sequence[str]) -> Iterator[Claim]:
        types = () if set(slide.cell_types) == set(slide.niches) else slide.cell_types
        return (Claim(kind, niche=n, value=value, other=name) for n in niches for name in types for value in values)

    return candidates


def of_known_lists(kind: str, list_kinds: Sequence[str]) -> Candidates:
    """Every list of some kinds that has genes on the slide, in every niche; none without knowledge."""

    def candidates(slide: Slide, genes: Sequence[str], niches: Sequence[str]) -> Iterator[Claim]:
        lists = () if slide.knowledge is None else slide.knowledge.lists.values()
        labels = [mapped.label for mapped in lists if len(mapped.codes) and mapped.of_list.kind in list_kinds]
        return (Claim(kind, niche=niche, other=label) for niche in niches for label in labels)

    return candidates


def of_known_types(kind: str) -> Candidates:
    """Every cell type that may describe the slide, in every niche; none without knowledge."""

    def candidates(slide: Slide, genes: Sequence[str], niches: Sequence[str]) -> Iterator[Claim]:
        names = () if slide.knowledge is None else slide.knowledge.types.names
        return (Claim(kind, niche=niche, other=name) for niche in niches for name in names)

    return candidates


def of_known_pairs(kind: str) -> Candidates:
    """Every ligand and receptor from every niche to every other one; complexes, which no figure shows, left out."""

    def candidates(slide: Slide, genes: Sequence[str], niches: Sequence[str]) -> Iterator[Claim]:
        pairs = () if slide.knowledge is None else slide.knowledge.pairs
        single = [(pair.ligand[0], pair.receptor[0]) for pair in pairs if len(pair.ligand) == len(pair.receptor) == 1]
        between = [(niche, other) for niche in niches for other in _others(slide, niche)]
        return (Claim(kind, ligand, niche, other, receptor) for niche, other in between for ligand, receptor in single)

    return candidates


def _others(slide: Slide, niche: str) -> list[str]:
    return [other for other in slide.niches if other != niche]
