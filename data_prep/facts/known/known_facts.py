"""KnownFacts: what the counts of a slide say of everything that a user's files name. Each part is measured once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data_prep.facts.known.programmes import Programmes
from data_prep.facts.known.signals import PairColumns, Signals
from data_prep.facts.known.signatures import Signature, measure_signature
from data_prep.facts.known.type_scores import TypeScores
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import MarkerTable
from data_prep.facts.niche_shapes import NicheShape
from data_prep.knowledge.gene_list import GENE_SET
from data_prep.knowledge.on_slide import SlideKnowledge
from data_prep.slide import Slide

BORDERING = 0.15
"""Share of the edges that leave a niche from which on it borders another one, as for the claim *adjacent*."""


@dataclass(frozen=True, eq=False)
class KnownFacts:
    """Lists, sets, cell types and signals of one slide.

    Attributes:
        knowledge: what the files say of the slide's genes.
        tissue: the labelled spots.
        markers: marker statistics.
        shapes: contacts of each niche.
    """

    knowledge: SlideKnowledge
    tissue: LabelledTissue
    markers: MarkerTable
    shapes: Mapping[str, NicheShape]

    @property
    def slide(self) -> Slide:
        """The slide."""
        return self.tissue.slide

    def signature(self, label: str) -> Signature | None:
        """How far a list, by its label, is raised in each niche; None for an unknown list."""
        mapped = self.knowledge.lists.get(label)
        if mapped is None:
            return None
        if label not in self._signatures:
            self._signatures[label] = measure_signature(self.tissue, mapped.codes)
        return self._signatures[label]

    @cached_property
    def has_counts(self) -> np.ndarray:
        """(n_genes,) whether each gene has a count in the labelled tissue."""
        spots = np.zeros(self.slide.n_spots)
        spots[self.tissue.spots] = 1.0
        return np.asarray(self.slide.counts.T @ spots).ravel() > 0

    @cached_property
    def types(self) -> TypeScores:
        """Which cell types the niches look like."""
        return TypeScores.measure(self.knowledge.types, self.markers, self.has_counts)

    @cached_property
    def programmes(self) -> Programmes:
        """Which gene sets are over-represented among the niches' markers."""
        sets = {label: mapped for label, mapped in self.knowledge.lists.items() if mapped.of_list.kind == GENE_SET}
        return Programmes.measure(
            {label: mapped.codes for label, mapped in sets.items()},
            {label: len(mapped.of_list.genes) for label, mapped in sets.items()},
            self.markers,
        )

    @cached_property
    def signals(self) -> Signals:
        """Which ligands and receptors are raised on the two sides of a border."""
        index = self.slide.gene_index
        pairs = PairColumns(
            tuple(tuple(index(gene) for gene in pair.ligand) for pair in self.knowledge.pairs),
            tuple(tuple(index(gene) for gene in pair.receptor) for pair in self.knowledge.pairs),
        )
        code = {name: number for number, name in enumerate(self.slide.niches)}
        borders = [(code[niche], code[other]) for niche in self.shapes for other in self.bordering(niche)]
        return Signals.measure(self.tissue, self.markers, pairs, sorted(borders))

    def bordering(self, niche: str) -> list[str]:
        """The niches that border a niche, seen from either side."""
        contacts = self.shapes[niche].contacts
        return [
            other
            for other, share in contacts.items()
            if other in self.shapes and max(share, self.shapes[other].contacts.get(niche, 0.0)) >= BORDERING
        ]

    @cached_property
    def pair_numbers(self) -> Mapping[tuple[str, str], int]:
        """(ligand, receptor) as `complex_name` writes them → number of the pair."""
        return {
            (complex_name(pair.ligand), complex_name(pair.receptor)): at for at, pair in enumerate(self.knowledge.pairs)
        }

    @cached_property
    def _signatures(self) -> dict[str, Signature]:
        return {}


def complex_name(genes: tuple[str, ...]) -> str:
    """The name of a ligand or receptor: its genes, joined by "+" for a complex."""
    return "+".join(genes)
