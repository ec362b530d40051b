"""A toy slide with four niches, and knowledge with one concept of each kind for them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from data_prep.facts.facts import Facts
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.knowledge.reading import read_knowledge
from data_prep.read.options import ReadOptions
from data_prep.slide import Slide
from data_prep.slide_loading import load_slides
from tests.known_files import of_niche

if TYPE_CHECKING:
    from anndata import AnnData

BLOOD = of_niche(4, 6)
"""Genes whose texts, and no list, say that they belong to blood."""


def write_files(folder: Path) -> Path:
    """Oligodendrocytes are Layer 1, astrocytes Layer 2, hypoxia Layer 3, and texts about haemoglobin Layer 4."""
    folder.mkdir()
    types = {"Oligodendrocytes": of_niche(1), "Astrocytes": of_niche(2), "Adipocytes": [f"FAR{i}" for i in range(9)]}
    lines = [f"{name}\t{gene}\n" for name, genes in types.items() for gene in genes]
    (folder / "markers.tsv").write_text("cell type\tgene\n" + "".join(lines))
    everywhere = [f"GENE{number}" for number in range(40, 56)]
    sets = {"HALLMARK_HYPOXIA": of_niche(3), "vesicle fusion (GO:0006906)": everywhere}
    (folder / "sets.gmt").write_text("".join(f"{name}\t\t" + "\t".join(genes) + "\n" for name, genes in sets.items()))
    heads = "GeneID\tSymbol\tSynonyms\tdescription\ttype_of_gene\tReview_status\tGene_summary\n"
    rows = []
    for number in range(80):
        gene = f"GENE{number}"
        name = f"hemoglobin subunit {number}" if gene in BLOOD else f"factor {number}"
        rows.append(f"{number}\t{gene}\tOLD{number}\t{name}\tprotein-coding\tREVIEWED REFSEQ\tThis gene is a gene.\n")
    (folder / "gene_table_human.tsv").write_text(heads + "".join(rows))
    return folder


@pytest.fixture(scope="module")
def known_slide(toy: "Callable[..., AnnData]", tmp_path_factory: pytest.TempPathFactory) -> Slide:
    """The toy slide with its knowledge."""
    folder = write_files(tmp_path_factory.mktemp("search") / "known")
    (slide,) = load_slides([toy()], ReadOptions(("region",)))
    return with_knowledge(slide, read_knowledge([folder]))


@pytest.fixture(scope="module")
def facts(known_slide: Slide) -> Facts:
    """Facts of the toy slide."""
    return Facts.measure(known_slide)
