"""Prerequisites: when a claim makes sense. A claim without its prerequisites is uncheckable, and it is not asked."""

from __future__ import annotations

from data_prep.facts.facts import Facts

DETECTED = 0.05
"""Least share of a niche's spots that have a gene, for claims on the gene inside the niche. A gene of one half of the
niche must be in a tenth of that half's spots, as a marker must be in a tenth of its niche's."""

ABSENT = 0.01
"""A gene in fewer of the spots is absent. A gene that is absent from every niche has no map to make claims on."""


def has_map(facts: Facts, *genes: str) -> bool:
    """Whether each of some genes is in enough spots of some niche for a claim on its map over the tissue."""
    return all(facts.markers.frac_in[facts.slide.gene_index(gene)].max() >= ABSENT for gene in genes)


def is_detected(facts: Facts, gene: str, niche: str) -> bool:
    """Whether a gene is in enough spots of a niche for a claim on how it is spread there."""
    row, column = facts.slide.gene_index(gene), facts.slide.niche_index(niche)
    return bool(facts.markers.frac_in[row, column] >= DETECTED)


def is_scattered(facts: Facts, niche: str) -> bool:
    """Whether a niche is so mixed with others that it has no inside and no pieces."""
    return facts.shapes[niche].form == "scattered"
