"""The sentence that says why a niche fits a phrase: the strongest concepts, their numbers and their citations."""

from __future__ import annotations

import numpy as np

from data_prep.facts.known.search.concept_names import spoken_concept
from data_prep.facts.known.search.concepts import GENES, SHARPNESS, TYPE, Concept, shrunk_change
from data_prep.facts.known.search.slide_search import RAISED, SlideSearch

MOST_SAID = 2
"""Concepts of one sentence."""
WORTH_SAYING = 0.3
"""A concept with less evidence is not said."""
MOST_SYMBOLS = 3


def why(search: SlideSearch, niche: int) -> str:
    """One sentence about a niche, by its code."""
    said = _concepts_said(search, niche)
    name = search.facts.slide.niches[niche]
    is_reference = name == search.reference
    if is_reference:
        said.insert(0, _of_reference(search))
    said += [words for words in search.place.said[niche] if not (is_reference and words.endswith(f"with {name}"))]
    if not said:
        return "nothing that the words name is raised here"
    weak = search.names_concepts and 0 < search.words[niche] < RAISED
    return ("weak: " if weak else "") + "; ".join(said)


def _concepts_said(search: SlideSearch, niche: int) -> list[str]:
    """The strongest concepts of the phrase in a niche."""
    strength: list[tuple[float, Concept]] = []
    for part in search.concepts:
        largest = max((concept.weight for concept in part), default=1.0)
        strength += [
            ((concept.weight / largest) ** SHARPNESS * float(concept.evidence[niche]), concept)
            for concept in part
            if concept.evidence[niche] >= WORTH_SAYING
        ]
    strength.sort(key=lambda one: -one[0])
    return [_said(search, concept, niche) for _, concept in strength[:MOST_SAID]]


def _said(search: SlideSearch, concept: Concept, niche: int) -> str:
    known = search.facts.known
    assert known is not None  # a search has it
    if concept.kind == GENES:
        return _genes_said(search, concept, niche)
    if concept.kind == TYPE:
        likeness = known.types.likeness(concept.at, niche)
        citation = known.knowledge.types.lists[concept.at][0].of_list.first_citation
        name = spoken_concept(concept.name)
        of_lists = f"{likeness.n_markers} of {likeness.n_genes} genes of its lists are markers"
        return f"{name} ({of_lists}, {citation})"
    of_list = known.knowledge.lists[concept.name].of_list
    signature = known.signature(concept.name)
    ratio = "" if signature is None else f" {signature.log2_ratio[niche]:+.1f}"
    if ratio.endswith("nan"):
        ratio = f", of which {len(concept.codes)} genes are measured"
    return f"{spoken_concept(of_list.name)}{ratio} ({of_list.first_citation})"


def _genes_said(search: SlideSearch, concept: Concept, niche: int) -> str:
    known, slide = search.facts.known, search.facts.slide
    assert known is not None  # a search has it
    change, error = (part[concept.codes, niche] for part in (known.markers.log2fc, known.markers.error))
    similarity = np.array([concept.similar[int(code)] for code in concept.codes])
    order = np.argsort(-similarity * shrunk_change(change, error), kind="stable")[:MOST_SYMBOLS]
    raised = [int(at) for at in order if change[at] > 0]
    symbols = ", ".join(f"{slide.genes[concept.codes[at]]} {change[at]:+.1f}" for at in raised)
    record = known.knowledge.record(str(slide.genes[concept.codes[raised[0]]])) if raised else None
    source = f" ({record.summary_citation or record.citation})" if record else ""
    return f"genes whose texts say it: {symbols}{source}"


def _of_reference(search: SlideSearch) -> str:
    if search.rim is not None:
        comparison = "more" if search.rim > 0 else "no more"
        return f"its rim shows {comparison} of it than its core (evidence {search.rim:+.1f})"
    return f"it is {search.reference} itself" + (", whose rim is too thin to measure" if search.names_concepts else "")
