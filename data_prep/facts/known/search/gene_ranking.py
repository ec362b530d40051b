"""Which genes of a slide fit the words of a phrase, and where each is raised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data_prep.facts.known.search.concept_names import spoken_concept
from data_prep.facts.known.search.concepts import GENES, TYPE, Concept
from data_prep.facts.known.search.slide_search import SlideSearch
from data_prep.facts.marker_rule import LOG2FC_MARKER, Q_MARKER

LIST_SHARE = 0.5
"""Fit of a gene that the nearest list names, beside 1 for a gene whose own text is the phrase."""
MOST_GENES = 20


@dataclass(frozen=True)
class FittingGene:
    """A gene that fits a phrase.

    Attributes:
        gene: symbol on the slide.
        slice: name of the slide, as for niches.
        fit: 0 to 1.5, how well its text and the lists that name it fit.
        niche: where it is raised most surely, by the marker rule's fold change and q; "" for nowhere.
        log2fc: its log2 fold change there; 0 for nowhere.
        why: the text or the list that names it, with its citation.
    """

    gene: str
    slice: str
    fit: float
    niche: str
    log2fc: float
    why: str


def rank_fitting_genes(search: SlideSearch, most: int = MOST_GENES) -> tuple[FittingGene, ...]:
    """The genes of a slide that fit a phrase, the best first; among equals the one that is raised more."""
    facts = search.facts
    concepts = [concept for part in search.concepts for concept in part]
    text = np.zeros(facts.slide.n_genes)
    lists = np.zeros(facts.slide.n_genes)
    largest = max((concept.weight for concept in concepts if concept.kind != GENES), default=1.0)
    for concept in concepts:
        if concept.kind == GENES:
            for code, similarity in concept.similar.items():
                text[code] = max(text[code], similarity)
        else:
            lists[concept.codes] = np.maximum(lists[concept.codes], LIST_SHARE * concept.weight / largest)
    fit = text + lists
    strongest = facts.markers.log2fc.max(axis=1)
    order = np.lexsort((-strongest, -fit))[:most]
    return tuple(_fitting(search, concepts, int(code), float(fit[code])) for code in order if fit[code] > 0)


def _fitting(search: SlideSearch, concepts: Sequence[Concept], code: int, fit: float) -> FittingGene:
    markers, slide = search.facts.markers, search.facts.slide
    raised = (markers.log2fc[code] >= LOG2FC_MARKER) & (markers.q_value[code] < Q_MARKER)
    niche, change = "", 0.0
    if raised.any():
        at = int(np.where(raised, markers.log2fc[code], -np.inf).argmax())
        niche, change = slide.niches[at], float(markers.log2fc[code, at])
    gene = str(slide.genes[code])
    return FittingGene(gene, slide.name, fit, niche, change, _reason(search, concepts, code, gene))


def _reason(search: SlideSearch, concepts: Sequence[Concept], code: int, gene: str) -> str:
    known = search.facts.known
    assert known is not None  # a search has it
    said = []
    record = known.knowledge.record(gene)
    if record is not None and any(code in concept.similar for concept in concepts):
        said.append(f"{record.name} ({record.summary_citation or record.citation})")
    naming = [concept for concept in concepts if concept.kind != GENES and code in concept.codes]
    if naming:
        best = max(naming, key=lambda concept: concept.weight)
        if best.kind == TYPE:
            lists = known.knowledge.types.lists[best.at]
            mapped = next(mapped for mapped in lists if gene in mapped.genes)
        else:
            mapped = known.knowledge.lists[best.name]
        citation = mapped.of_list.citation(mapped.genes[gene])
        said.append(f"in the list {spoken_concept(mapped.of_list.name)} ({citation})")
    return "; ".join(said)
