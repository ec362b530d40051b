"""Knowledge of any slide, made by the columns of its genes, for tests over all kinds of claim."""

from collections.abc import Sequence

from data_prep.knowledge.citation import Citation, Source
from data_prep.knowledge.gene_list import GENE_SET, MARKER_LIST, GeneList, Knowledge, LigandReceptor
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.slide import Slide

FILE = Source("lists.tsv", "test")


def gene_list(label: str, genes: Sequence[str], kind: str = MARKER_LIST, source: Source = FILE) -> GeneList:
    """A list whose genes stand on lines 1, 2, ... of its file."""
    return GeneList(label, label, kind, {str(gene): line for line, gene in enumerate(genes, start=1)}, source)


def knowledge_of(
    lists: Sequence[GeneList] = (), pairs: Sequence[tuple[Sequence[str], Sequence[str]]] = ()
) -> Knowledge:
    """Lists, and ligands with their receptors on lines 1, 2, ... of a file of pairs."""
    interactions = tuple(
        LigandReceptor(tuple(ligand), tuple(receptor), "", Citation(Source("pairs.csv", "test"), line))
        for line, (ligand, receptor) in enumerate(pairs, start=1)
    )
    return Knowledge(lists={one.label: one for one in lists}, interactions=interactions)


def with_lists(slide: Slide) -> Slide:
    """The slide with marker lists, sets and pairs of genes in fixed columns, whatever the genes are called."""
    genes = [str(gene) for gene in slide.genes]
    n = max(len(genes) // 4, 3)
    lists = [
        gene_list(name, genes[at : at + n]) for at, name in enumerate(("Alpha cells", "Beta cells", "Gamma cells"))
    ]
    lists += [gene_list(f"SET_{at}", genes[at::3], GENE_SET) for at in range(3)]
    pairs = [((one,), (other,)) for one, other in zip(genes, reversed(genes), strict=True) if one != other]
    return with_knowledge(slide, knowledge_of(lists, pairs))
