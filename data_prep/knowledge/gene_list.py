"""GeneList: a named list of genes, such as the markers of a cell type or the genes of a pathway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from data_prep.knowledge.citation import Citation, Source

MARKER_LIST, GENE_SET = "marker list", "gene set"
"""Kinds of list: markers of a cell type or region, and genes of one process, pathway or state."""


@dataclass(frozen=True, eq=False)
class GeneList:
    """One list of a file.

    Attributes:
        label: unique among all lists that were read: the name, and where two lists have it, its file and tissue.
        name: as the file has it.
        kind: `MARKER_LIST` or `GENE_SET`.
        genes: symbol as the file has it → number of the line that names it, in the file's order.
        source: the file.
        species: "human", "mouse"; empty if the file does not say.
        tissue: organ or tissue that the file gives; "" for none.
    """

    label: str
    name: str
    kind: str
    genes: Mapping[str, int]
    source: Source
    species: tuple[str, ...] = ()
    tissue: str = ""

    def citation(self, gene: str) -> Citation:
        """The line that names a gene."""
        return Citation(self.source, self.genes[gene])

    @property
    def first_citation(self) -> Citation:
        """The first line of the list."""
        return Citation(self.source, next(iter(self.genes.values())))


@dataclass(frozen=True)
class GeneRecord:
    """What a gene table says of one gene.

    Attributes:
        symbol: the official symbol.
        species: "human" or "mouse"; "" if the file does not say.
        gene_id: NCBI gene id; "" if unknown.
        synonyms: other symbols.
        name: for example "myelin basic protein".
        summary: RefSeq summary; "" for none.
        citation: its line.
        gene_type: for example "protein-coding"; "" if unknown.
        summary_citation: the line of the summary, where another file has it.
    """

    symbol: str
    species: str
    gene_id: str
    synonyms: tuple[str, ...]
    name: str
    summary: str
    citation: Citation
    gene_type: str = ""
    summary_citation: Citation | None = None


@dataclass(frozen=True)
class LigandReceptor:
    """A ligand and its receptor.

    Attributes:
        ligand: symbols of its parts; more than one for a complex.
        receptor: likewise.
        species: "human", "mouse" or "".
        citation: its line.
    """

    ligand: tuple[str, ...]
    receptor: tuple[str, ...]
    species: str
    citation: Citation


@dataclass(frozen=True)
class Ortholog:
    """One pair of orthologous genes, by symbol.

    Attributes:
        human: symbol.
        mouse: symbol.
        citation: its line.
    """

    human: str
    mouse: str
    citation: Citation


@dataclass(frozen=True, eq=False)
class Knowledge:
    """Everything that the files of a user say.

    Attributes:
        lists: label → list, in the order of the files.
        genes: records of genes, in the order of the files.
        interactions: ligands and receptors.
        orthologs: human and mouse genes.
        sources: the files that were read.
        notes: what was left out and why, one sentence each, for people.
    """

    lists: Mapping[str, GeneList] = field(default_factory=dict)
    genes: tuple[GeneRecord, ...] = ()
    interactions: tuple[LigandReceptor, ...] = ()
    orthologs: tuple[Ortholog, ...] = ()
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()

    def of_kind(self, kind: str) -> dict[str, GeneList]:
        """The lists of one kind."""
        return {label: of_list for label, of_list in self.lists.items() if of_list.kind == kind}
