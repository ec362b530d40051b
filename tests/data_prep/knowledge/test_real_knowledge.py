"""Public files of knowledge: counts, cited lines, and a mouse slide read with human lists."""

import gzip
from collections import Counter
from pathlib import Path

import pytest

from data_prep.knowledge.citation import Citation
from data_prep.knowledge.gene_list import GENE_SET, MARKER_LIST, Knowledge
from data_prep.knowledge.on_slide import SlideKnowledge
from data_prep.knowledge.reading import read_knowledge
from data_prep.read.options import ReadOptions
from data_prep.slide import Slide
from data_prep.slide_loading import load_slides


@pytest.fixture(scope="module")
def folder(real_data: Path) -> Path:
    return real_data / "knowledge"


@pytest.fixture(scope="module")
def knowledge(folder: Path) -> Knowledge:
    return read_knowledge([folder])


@pytest.fixture(scope="module")
def olfactory_bulb(real_data: Path) -> Slide:
    options = ReadOptions(niche_keys=("region",), drop_small_niches=True)
    return load_slides([real_data / "slides" / "st_mouse_olfactory_bulb.h5ad"], options)[0]


def cited_line(folder: Path, citation: Citation) -> list[str]:
    content = (folder / citation.source.file).read_bytes()
    text = (gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content).decode()
    return text.split("\n")[citation.line - 1].split("\t")


def test_everything_is_read(knowledge: Knowledge) -> None:
    counts = Counter((one.source.file, one.kind) for one in knowledge.lists.values())
    assert counts == {
        ("enrichr_GO_BP_2021.gmt", GENE_SET): 6036,
        ("hallmark_v7.0.gmt", GENE_SET): 50,
        ("panglaodb_markers.tsv", MARKER_LIST): 178,
        ("sctype_full.tsv", MARKER_LIST): 266,  # 268 rows, three of which are Kidney's cancer stem cells
    }
    assert Counter(pair.species for pair in knowledge.interactions) == {"human": 3398, "mouse": 2033}
    assert {record.species for record in knowledge.genes} == {"human", "mouse"}
    assert len(knowledge.orthologs) > 17_000
    assert len(knowledge.sources) == 9
    assert len(knowledge.notes) == 1, "three rows of PanglaoDB say species 4"


def test_every_cited_line_names_the_gene(knowledge: Knowledge, folder: Path) -> None:
    for label, gene in (
        ("Oligodendrocytes (panglaodb_markers, Brain)", "MBP"),
        ("Astrocytes (sctype_full, Brain)", "GFAP"),
        ("HALLMARK_HYPOXIA", "VEGFA"),
        ("glycolytic process (GO:0006096)", "PGK1"),
    ):
        of_list = knowledge.lists[label]
        cells = cited_line(folder, of_list.citation(gene))
        assert of_list.name in cells
        assert gene in ",".join(cells).split(",")
    erbb2 = next(one for one in knowledge.genes if one.symbol == "ERBB2")
    cells = cited_line(folder, erbb2.citation)
    assert (cells[0], cells[1], cells[6]) == (erbb2.gene_id, "ERBB2", erbb2.summary)
    assert "HER2" in erbb2.synonyms
    pair = knowledge.interactions[2000]
    assert cited_line(folder, pair.citation)[1:3] == [*pair.ligand, *pair.receptor]
    ortholog = knowledge.orthologs[5000]
    assert {ortholog.human, ortholog.mouse} <= set(cited_line(folder, ortholog.citation))


def test_negative_markers_are_no_members(knowledge: Knowledge, folder: Path) -> None:
    header, *rows = [line.split("\t") for line in (folder / "sctype_full.tsv").read_text().splitlines()]
    positive, negative = header.index("geneSymbolmore1"), header.index("geneSymbolmore2")
    checked = 0
    for line, row in enumerate(rows, 2):
        only_negative = set(row[negative].split(",")) - set(row[positive].split(",")) - {""}
        for of_list in knowledge.lists.values():
            if of_list.source.file == "sctype_full.tsv" and line in of_list.genes.values():
                assert not only_negative & of_list.genes.keys() or len(set(of_list.genes.values())) > 1
                checked += len(only_negative)
    assert checked > 20


def test_a_mouse_slide_is_read_with_human_lists(knowledge: Knowledge, olfactory_bulb: Slide) -> None:
    known = SlideKnowledge.of(knowledge, olfactory_bulb)
    assert known.species == "mouse"
    oligodendrocytes = known.lists["Oligodendrocytes (panglaodb_markers, Brain)"]
    assert oligodendrocytes.genes["Mbp"] == "MBP"
    assert (oligodendrocytes.codes[1:] > oligodendrocytes.codes[:-1]).all()
    assert set(olfactory_bulb.genes[oligodendrocytes.codes]) == oligodendrocytes.genes.keys()
    assert len(oligodendrocytes.genes) > 0.8 * len(oligodendrocytes.of_list.genes)
    assert known.mapping.counts["ortholog"] > 10_000
    assert known.mapping.n_mapped > 0.7 * known.mapping.n_symbols
    record = known.record("Mbp")
    assert record is not None
    assert (record.species, record.name) == ("mouse", "myelin basic protein")
    assert len(known.pairs) > 1000
    assert {gene for pair in known.pairs for gene in (*pair.ligand, *pair.receptor)} <= set(olfactory_bulb.genes)
