"""A toy slide with files about it: four niches in quadrants, gene i raised in niche i % 4."""

from collections.abc import Callable
from pathlib import Path

import pytest

from data_prep.facts.facts import Facts
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.knowledge.reading import read_knowledge
from data_prep.read.options import ReadOptions
from data_prep.slide_loading import load_slides


def of_niche(niche: int, n: int = 10, first: int = 0) -> list[str]:
    """Genes that are raised in a niche, from 1 on."""
    return [f"GENE{4 * number + niche - 1}" for number in range(first, first + n)]


@pytest.fixture(scope="session")
def knowledge_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Marker lists of two types, gene sets, a gene table and pairs; the toy's genes are human by their case."""
    folder = tmp_path_factory.mktemp("knowledge")
    markers = [("Alpha cells", gene) for gene in [*of_niche(1), "ABSENT1"]]
    markers += [("Beta cells", gene) for gene in [*of_niche(2), *of_niche(3, 2)]]
    lines = [f"{name}\t{gene}" for name, gene in markers]
    (folder / "markers.tsv").write_text("cell type\tgene\n" + "\n".join(lines) + "\n")
    sets = {"ALPHA_PROCESS": [*of_niche(1, 8, 2), "GENE1"], "MIXED_PROCESS": of_niche(1, 3) + of_niche(4, 6)}
    (folder / "sets.gmt").write_text("".join(f"{name}\tof a test\t" + "\t".join(g) + "\n" for name, g in sets.items()))
    heads = "GeneID\tSymbol\tSynonyms\tdescription\ttype_of_gene\tReview_status\tGene_summary"
    rows = [
        f"{number}\tGENE{number}\tOLD{number}\tgene number {number}\tprotein-coding\tREVIEWED REFSEQ\t"
        f"This gene encodes a kinase of pathway {number}. Mutations in this gene cause disease {number}."
        for number in range(0, 60)
    ]
    (folder / "gene_table_human.tsv").write_text("\n".join([heads, *rows]) + "\n")
    pairs = [("GENE0", "GENE1"), ("GENE4", "GENE8"), ("GENE2", "GENE3")]
    (folder / "pairs_human.tsv").write_text("ligand\treceptor\n" + "".join(f"{a}\t{b}\n" for a, b in pairs))
    return folder


@pytest.fixture(scope="session")
def known_facts(toy: Callable, tmp_path_factory: pytest.TempPathFactory, knowledge_folder: Path) -> Facts:
    """Facts of the toy slide, with knowledge."""
    path = tmp_path_factory.mktemp("slides") / "toy.h5ad"
    adata = toy(side=32)
    adata.uns["organism"] = "human"
    adata.write_h5ad(path)
    (slide,) = load_slides([path], ReadOptions(niche_keys=("region",)))
    return Facts.measure(with_knowledge(slide, read_knowledge([knowledge_folder])))
