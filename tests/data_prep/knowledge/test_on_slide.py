"""What files say of the genes of one slide: lists, pairs, records, and its species."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.knowledge.on_slide import SlideKnowledge, species_of_slide
from data_prep.knowledge.reading import read_knowledge
from data_prep.slide import Slide, SlideMeta

FILES = {
    "markers.gmt": "Oligodendrocytes\t\tPLP1\tMBP\tCD20\tGOLLI\nNothing here\t\tXYZ\n",
    "both.tsv": "species\tcell type\tgene\nMm Hs\tBoth\tMBP\nMm Hs\tBoth\tPLP2\n",
    "mouse_markers.gmt": "Myelin\t\tMbp\tMobp\n",
    "info.tsv": (
        "#tax_id\tGeneID\tSymbol\tSynonyms\tdescription\n"
        "9606\t4155\tMBP\tGOLLI\thuman one\n9606\t5\tPLP1\t-\tproteolipid\n"
        "9606\t931\tMS4A1\tCD20\tB cells\n10090\t17196\tMbp\t-\tmouse one\n10090\t1\tPrg2\tMBP\tgranules\n"
    ),
    "orthologs.csv": "human_symbol,mouse_symbol\nMBP,Mbp\nPLP1,Plp1\nMS4A1,Ms4a1\nAPP,App\nCD74,Cd74\n",
    "pairs_human.csv": "ligand,receptor\nAPP,CD74\nAPP,CD74_MBP\nAPP,CD74_XYZ\n",
    "pairs_mouse.csv": "ligand,receptor\nApp,Cd74\n",
}


def slide(*genes: str, organism: str = "") -> Slide:
    return Slide(
        name="toy",
        counts=sp.csc_matrix(np.ones((2, len(genes)), np.float32)),
        xy=np.array([[0.0, 0.0], [1.0, 1.0]]),
        genes=np.array(genes, object),
        niche=np.full(2, -1, np.int32),
        niches=(),
        meta=SlideMeta(organism=organism),
    )


@pytest.fixture
def of_slide(tmp_path: Path) -> Callable[..., SlideKnowledge]:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    knowledge = read_knowledge([tmp_path])
    return lambda *genes, organism="": SlideKnowledge.of(knowledge, slide(*genes, organism=organism))


MOUSE = ("App", "Cd74", "Prg2", "Mbp", "Ms4a1", "Plp1")


def test_lists_are_mapped_to_sorted_columns(of_slide: Callable) -> None:
    known = of_slide(*MOUSE, organism="Mus musculus")
    assert known.species == "mouse"
    oligodendrocytes = known.lists["Oligodendrocytes"]
    assert oligodendrocytes.genes == {"Plp1": "PLP1", "Mbp": "MBP", "Ms4a1": "CD20"}, "GOLLI is MBP once more"
    assert known.lists["Both"].genes == {"Mbp": "MBP"}, "in human symbols, so not the synonym of Prg2"
    assert (oligodendrocytes.codes.tolist(), oligodendrocytes.codes.dtype) == ([3, 4, 5], np.int64)
    assert oligodendrocytes.of_list.citation("MBP").line == 1
    nothing = known.lists["Nothing here"]
    assert (nothing.genes, nothing.codes.tolist(), nothing.label) == ({}, [], "Nothing here")
    assert [mapped.label for mapped in known.lists_of("Mbp")] == ["Both", "Oligodendrocytes", "Myelin"]
    assert known.lists_of("App") == known.lists_of("no such gene") == []


def test_mouse_lists_are_mapped_to_a_human_slide(of_slide: Callable) -> None:
    known = of_slide("MBP", "MOBP", organism="Homo sapiens")
    assert known.lists["Myelin"].genes == {"MBP": "Mbp", "MOBP": "Mobp"}
    assert (known.mapping.counts["ortholog"], known.mapping.counts["letter case"]) == (1, 1)


def test_pairs_are_kept_where_every_part_is_measured(of_slide: Callable) -> None:
    known = of_slide(*MOUSE, organism="mouse")
    assert [(pair.ligand, pair.receptor) for pair in known.pairs] == [
        (("App",), ("Cd74",)),
        (("App",), ("Cd74", "Mbp")),
    ]
    assert known.pairs[0].interaction.citation.source.file == "pairs_mouse.csv", "its own species comes first"
    assert of_slide("App", "Mbp", organism="mouse").pairs == ()


def test_records_are_of_the_slide_s_species_or_of_the_ortholog(of_slide: Callable) -> None:
    known = of_slide(*MOUSE, organism="mouse")
    mbp, plp1 = known.record("Mbp"), known.record("Plp1")
    assert (mbp.name, mbp.citation.line) == ("mouse one", 5)
    assert (plp1.symbol, plp1.species, plp1.citation.line) == ("PLP1", "human", 3)
    assert known.record("App") is None


def test_without_a_species_a_record_has_just_this_symbol(of_slide: Callable) -> None:
    known = of_slide("Mbp", "MBP", "Plp1", organism="rat")
    assert known.species == ""
    assert known.record("Mbp").name == "mouse one"
    assert known.record("MBP").name == "human one"
    assert known.record("Plp1") is None
    assert known.lists["Oligodendrocytes"].genes == {"Plp1": "PLP1", "MBP": "MBP"}


@pytest.mark.parametrize(
    ("organism", "genes", "species"),
    [
        ("Homo sapiens", ("Mbp",), "human"),
        ("mouse, adult", ("MBP",), "mouse"),
        ("human and mouse", ("MBP",), ""),
        ("Rattus norvegicus", ("Mbp", "Plp1"), ""),
        ("", ("MBP", "PLP1", "C1orf112", "GFAP", "AQP4"), "human"),
        ("", ("Mbp", "Plp1", "Gfap"), "mouse"),
        ("", ("mbp", "Plp1"), ""),
        ("", ("1", "2"), ""),
    ],
)
def test_species_of_a_slide(organism: str, genes: tuple, species: str) -> None:
    assert species_of_slide(slide(*genes, organism=organism)) == species
