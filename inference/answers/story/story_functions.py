"""What the strongest markers of a niche do, in the words of a gene table, each with its line."""

from __future__ import annotations

from data_prep.facts.facts import Facts
from data_prep.facts.known.seen_known import seen_markers
from data_prep.gene_text.summary_sentences import summary_sentences
from data_prep.knowledge.citation import Citation
from data_prep.knowledge.gene_list import GeneRecord

MOST_GENES = 5
"""Markers whose function is cited; genes without a record are passed over."""


def function_sentences(facts: Facts, niche: str, most: int = MOST_GENES) -> list[tuple[str, Citation]]:
    """One sentence for each of the strongest markers that the gene tables know, with its source.

    Args:
        facts: of a slide with knowledge.
        niche: name.
        most: number of genes.
    """
    known = facts.slide.knowledge
    if facts.known is None or known is None:
        return []
    told: list[tuple[str, Citation]] = []
    for marker in seen_markers(facts.known, niche):
        if len(told) == most:
            break
        record = known.record(marker.gene)
        if record is not None and (words := _first_words(record)):
            source = record.summary_citation if record.summary and record.summary_citation else record.citation
            told.append((f"{_named(marker.gene, record)}: {words}", source))
    return told


def _first_words(record: GeneRecord) -> str:
    """The first sentence of the summary, else the full name of the gene."""
    sentences = summary_sentences(record.summary) if record.summary else ()
    return sentences[0] if sentences else record.name and f"{record.name}."


def _named(gene: str, record: GeneRecord) -> str:
    """The gene of the slide, with the symbol of the record where that is another species' gene."""
    return gene if record.symbol == gene else f"{gene} ({record.species} {record.symbol})"
