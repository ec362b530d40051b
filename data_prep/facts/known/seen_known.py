"""Seen against known: the markers that a slide shows of a niche beside those that the lists of its cell type name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from data_prep.facts.known.known_facts import KnownFacts
from data_prep.facts.marker_rule import MARKER, NOT_MARKER
from data_prep.knowledge.citation import Citation
from data_prep.knowledge.on_slide import MappedList

NOT_ON_SLIDE, NO_COUNTS = "not measured on this slide", "measured, without a count"
TOO_FEW, ELSEWHERE, NOT_RAISED = "too few counts to tell", "a marker elsewhere", "measured, and not raised here"
"""Why a known marker is not seen."""
REASONS = (ELSEWHERE, NOT_RAISED, TOO_FEW, NO_COUNTS, NOT_ON_SLIDE)
"""The reasons, those first that the counts give."""
ERRORS = 2.0
"""Markers stand by their log2 fold change less so many errors."""


@dataclass(frozen=True)
class SeenMarker:
    """A marker of the niche by the counts.

    Attributes:
        gene: symbol.
        log2fc: log2 fold change.
        error: its standard error.
        sources: the lines of the type's lists that name it; none for a candidate.
    """

    gene: str
    log2fc: float
    error: float
    sources: tuple[Citation, ...]


@dataclass(frozen=True)
class UnseenMarker:
    """A gene that the lists name and the counts do not show.

    Attributes:
        gene: symbol on the slide, or in the list if the slide lacks it.
        reason: one of the reasons of this module.
        niches: where it is a marker instead.
        source: the line that names it.
    """

    gene: str
    reason: str
    niches: tuple[str, ...]
    source: Citation


@dataclass(frozen=True)
class SeenAgainstKnown:
    """The markers of one niche beside the lists of one cell type.

    Attributes:
        cell_type: its name.
        known: markers that the lists name, by falling effect.
        candidates: markers that they do not name, likewise. New to the lists, not to science.
        unseen: genes that the lists name and that are no markers here, those that most lists name first.
    """

    cell_type: str
    known: tuple[SeenMarker, ...]
    candidates: tuple[SeenMarker, ...]
    unseen: tuple[UnseenMarker, ...]


def compare_with_known(facts: KnownFacts, niche: str, cell_type: str) -> SeenAgainstKnown | None:
    """Sorts the markers of a niche by whether the lists of a cell type name them; None for an unknown type."""
    types = facts.knowledge.types
    at = types.index(cell_type)
    if at is None:
        return None
    lists = types.lists[at]
    seen = seen_markers(facts, niche, lists)
    shown = {marker.gene for marker in seen}
    return SeenAgainstKnown(
        cell_type=types.names[at],
        known=tuple(marker for marker in seen if marker.sources),
        candidates=tuple(marker for marker in seen if not marker.sources),
        unseen=tuple(_unseen(facts, niche, lists, shown)),
    )


def seen_markers(facts: KnownFacts, niche: str, lists: Iterable[MappedList] = ()) -> list[SeenMarker]:
    """The markers of a niche, by falling effect, with the lines of some lists that name them."""
    slide, table = facts.slide, facts.markers
    column = slide.niche_index(niche)
    codes = np.flatnonzero(table.label[:, column] == MARKER)
    vouched = table.log2fc[codes, column] - ERRORS * table.error[codes, column]
    lists = tuple(lists)
    return [
        SeenMarker(
            gene=(gene := str(slide.genes[code])),
            log2fc=float(table.log2fc[code, column]),
            error=float(table.error[code, column]),
            sources=tuple(one.of_list.citation(one.genes[gene]) for one in lists if gene in one.genes),
        )
        for code in codes[np.argsort(-vouched, kind="stable")]
    ]


def _unseen(facts: KnownFacts, niche: str, lists: tuple[MappedList, ...], shown: set[str]) -> list[UnseenMarker]:
    """Genes of the lists that are no markers of the niche."""
    found: dict[str, UnseenMarker] = {}
    n_lists: dict[str, int] = {}
    for one in lists:
        on_slide = {symbol: gene for gene, symbol in one.genes.items()}
        for symbol in one.of_list.genes:
            gene = on_slide.get(symbol, "")
            name = gene or symbol
            n_lists[name] = n_lists.get(name, 0) + 1
            if name not in found and name not in shown:
                reason, niches = _reason(facts, niche, gene)
                found[name] = UnseenMarker(name, reason, niches, one.of_list.citation(symbol))
    return sorted(found.values(), key=lambda marker: -n_lists[marker.gene])


def _reason(facts: KnownFacts, niche: str, gene: str) -> tuple[str, tuple[str, ...]]:
    """Why a gene is no marker of a niche, and of which niches it is one; "" is a gene that the slide lacks."""
    if not gene:
        return NOT_ON_SLIDE, ()
    slide, code = facts.slide, facts.slide.gene_index(gene)
    if not facts.has_counts[code]:
        return NO_COUNTS, ()
    labels = facts.markers.label[code]
    elsewhere = tuple(slide.niches[at] for at in np.flatnonzero(labels == MARKER))
    if elsewhere:
        return ELSEWHERE, elsewhere
    return (NOT_RAISED if labels[slide.niche_index(niche)] == NOT_MARKER else TOO_FEW), ()
