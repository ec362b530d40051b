"""SlideKnowledge: what the files say about the genes of one slide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

import numpy as np

from data_prep.knowledge.cell_types import KnownTypes
from data_prep.knowledge.garbage import no_search_for_cycles
from data_prep.knowledge.gene_index import GeneIndex
from data_prep.knowledge.gene_list import GeneList, GeneRecord, Knowledge, LigandReceptor
from data_prep.knowledge.organs import organs_of
from data_prep.knowledge.species import HUMAN, other, species_by_case, species_in_words
from data_prep.knowledge.symbol_mapping import SymbolMapper, SymbolMapping
from data_prep.slide import Slide

_LOOKED_AT = 100
"""Symbols of a list whose case tells its species."""


@dataclass(frozen=True, eq=False)
class MappedList:
    """A list, and which genes of the slide it names.

    Attributes:
        of_list: the list.
        genes: gene of the slide → symbol in the list, in the order of the list. Of two symbols of one gene, the first.
        codes: columns of these genes in the slide, int64, sorted; empty if the slide has none of them.
    """

    of_list: GeneList
    genes: Mapping[str, str]
    codes: np.ndarray

    @property
    def label(self) -> str:
        """The label of the list."""
        return self.of_list.label


@dataclass(frozen=True)
class MappedPair:
    """A ligand and its receptor, all parts of which are on the slide.

    Attributes:
        interaction: what the file says.
        ligand: genes of the slide.
        receptor: likewise.
    """

    interaction: LigandReceptor
    ligand: tuple[str, ...]
    receptor: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SlideKnowledge:
    """Lists, pairs and records of the genes of one slide. Make it with `of`.

    Attributes:
        knowledge: what the files say.
        species: of the slide: "human", "mouse", or "" if unknown.
        lists: label → list, in the order of the files; also lists without a gene on the slide.
        pairs: pairs that the slide can show, each once; those of its own species come first.
        mapping: how the symbols were mapped.
        types: cell types that may describe the slide: those of its organ, where its file names a tissue.
    """

    knowledge: Knowledge
    species: str
    lists: Mapping[str, MappedList]
    pairs: tuple[MappedPair, ...]
    mapping: SymbolMapping
    types: KnownTypes
    _own: GeneIndex = field(repr=False)
    _foreign: GeneIndex = field(repr=False)

    @classmethod
    def of(cls, knowledge: Knowledge, slide: Slide, tissue: str = "") -> SlideKnowledge:
        """Maps all lists and pairs to the genes of a slide; `symbol_mapping` has the rules.

        Args:
            knowledge: what the files say.
            slide: the slide.
            tissue: words that name its tissue and so choose the cell types; "" for what its file says.
        """
        genes = [str(gene) for gene in slide.genes]
        species = species_of_slide(slide)
        column = {gene: code for code, gene in enumerate(genes)}
        with no_search_for_cycles():
            records = knowledge.genes if species else ()
            own = GeneIndex(record for record in records if record.species == species)
            foreign = GeneIndex(record for record in records if record.species == other(species))
            mapper = SymbolMapper(genes, species, own, foreign, knowledge.orthologs)
            lists = {label: _mapped_list(of_list, mapper, column) for label, of_list in knowledge.lists.items()}
            pairs = _mapped_pairs(knowledge.interactions, mapper)
        types = KnownTypes.of(tuple(lists.values()), organs_of(tissue or slide.meta.tissue), slide.n_genes)
        return cls(knowledge, species, lists, pairs, mapper.report(), types, own, foreign)

    def codes_of(self, name: str) -> np.ndarray:
        """Columns of the genes of a list, by its label, or of a cell type; empty for an unknown name."""
        if name in self.lists:
            return self.lists[name].codes
        at = self.types.index(name)
        return np.zeros(0, np.int64) if at is None else self.types.codes(at)

    def record(self, gene: str) -> GeneRecord | None:
        """What a gene table says of a gene of the slide; None if nothing, or if the symbol is ambiguous.

        Where only the table of the other species is there, it is the record of the one ortholog. Its species and its
        citation say so.
        """
        if not self.species:
            return self._any_species.record(gene)
        found = self._own.record(gene)
        if found is None and not self._own.places(gene):
            others = self._other_symbols.get(gene, ())
            found = self._foreign.record(others[0]) if len(others) == 1 else None
        return found

    def lists_of(self, gene: str) -> list[MappedList]:
        """The lists that name a gene of the slide."""
        return [self.lists[label] for label in self._labels_of.get(gene, ())]

    @cached_property
    def _labels_of(self) -> dict[str, list[str]]:
        labels: dict[str, list[str]] = {}
        for label, mapped in self.lists.items():
            for gene in mapped.genes:
                labels.setdefault(gene, []).append(label)
        return labels

    @cached_property
    def _other_symbols(self) -> dict[str, list[str]]:
        """Symbol of the slide's species → symbols of its orthologs."""
        symbols: dict[str, list[str]] = {}
        for pair in self.knowledge.orthologs:
            ours, theirs = (pair.human, pair.mouse) if self.species == HUMAN else (pair.mouse, pair.human)
            if theirs not in symbols.setdefault(ours, []):
                symbols[ours].append(theirs)
        return symbols

    @cached_property
    def _any_species(self) -> GeneIndex:
        return GeneIndex(self.knowledge.genes)


def with_knowledge(slide: Slide, knowledge: Knowledge, tissue: str = "") -> Slide:
    """The same slide with what files say of its genes; arguments as for `SlideKnowledge.of`."""
    return replace(slide, knowledge=SlideKnowledge.of(knowledge, slide, tissue))


def species_of_slide(slide: Slide) -> str:
    """The species that the file of a slide names, else what the case of its symbols shows; "" for others or both."""
    if slide.meta.organism:
        named = species_in_words(slide.meta.organism)
        return named[0] if len(named) == 1 else ""
    return species_by_case(str(gene) for gene in slide.genes)


def _mapped_list(of_list: GeneList, mapper: SymbolMapper, column: Mapping[str, int]) -> MappedList:
    # Lists of both species, as PanglaoDB's, are written in the symbols of one of them.
    one = len(of_list.species) == 1
    species = of_list.species[0] if one else species_by_case(islice(of_list.genes, _LOOKED_AT))
    genes: dict[str, str] = {}
    for symbol in of_list.genes:
        gene = mapper.map(symbol, species).gene
        if gene:
            genes.setdefault(gene, symbol)
    codes = np.sort(np.fromiter((column[gene] for gene in genes), np.int64, len(genes)))
    return MappedList(of_list, genes, codes)


def _mapped_pairs(interactions: Iterable[LigandReceptor], mapper: SymbolMapper) -> tuple[MappedPair, ...]:
    pairs: dict[tuple[tuple[str, ...], tuple[str, ...]], MappedPair] = {}
    for interaction in sorted(interactions, key=lambda one: one.species != mapper.species):
        ligand, receptor = (
            tuple(mapper.map(symbol, interaction.species).gene for symbol in part)
            for part in (interaction.ligand, interaction.receptor)
        )
        if all(ligand) and all(receptor):
            pairs.setdefault((ligand, receptor), MappedPair(interaction, ligand, receptor))
    return tuple(pairs.values())
