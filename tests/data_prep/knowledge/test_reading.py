"""All formats of knowledge files, recognised by their headers; names, labels, lines and versions of what they say."""

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from data_prep.errors import NicheLensError
from data_prep.knowledge.gene_list import GENE_SET, MARKER_LIST, Knowledge
from data_prep.knowledge.reading import read_knowledge

INFO = (
    "#tax_id\tGeneID\tSymbol\tLocusTag\tSynonyms\tdescription\ttype_of_gene\n"
    "9606\t4155\tMBP\t-\tGOLLI|HMBPR\tmyelin basic protein\tprotein-coding\n"
    "10116\t24547\tMbp\t-\t-\trat gene\tprotein-coding\n"
    "10090\t17196\tMbp\t-\t-\tmyelin basic protein\tprotein-coding\n"
)
SUMMARY = (
    "#tax_id\tGeneID\tSource\tSummary\n9606\t4155\tRefSeq\tMyelin of oligodendrocytes.\n9606\t1\tRefSeq\tNo gene.\n"
)
MERGED = (
    "GeneID\tSymbol\tSynonyms\tdescription\ttype_of_gene\tReview_status\tGene_summary\n"
    "1\tA1BG\tA1B\talpha-1-B glycoprotein\tprotein-coding\tREVIEWED\tOf plasma.\n"
    "1\tA1BG\tABG\talpha-1-B glycoprotein\tprotein-coding\tREVIEWED\tOf plasma.\n"
    "2\tA2M\t\talpha-2-macroglobulin\tprotein-coding\t\t\n"
)
PANGLAO = (
    "species\tofficial gene symbol\tcell type\tcanonical marker\torgan\n"
    "Mm Hs\tGFAP\tAstrocytes\t1.0\tBrain\nHs\tAQP4\tAstrocytes\t\tBrain\nMm\tPCP2\tPurkinje neurons\t1.0\tBrain\n"
)
SCTYPE = (
    "tissueType\tcellName\tgeneSymbolmore1\tgeneSymbolmore2\tshortName\n"
    "Brain\tAstrocytes\tGFAP, SLC1A3,GFAP\tMBP\tAstro\nEye\tAstrocytes\tGFAP\t\tAstro\nEye\tAstrocytes\tAQP4\t\tAstro\n"
)
CELLMARKER = (
    "species,tissue_class,tissue_type,cancer_type,cell_type,cell_name,marker,Symbol\n"
    "Human,Brain,Cortex,Normal,Normal cell,Microglial cell,CX3CR1,CX3CR1\n"
    'Human,Brain,Cortex,Normal,Normal cell,Microglial cell,"Iba-1",NA\n'
    "Mouse,Brain,Cortex,Normal,Normal cell,Microglial cell,Cx3cr1,Cx3cr1\n"
    "Zebrafish,Brain,Cortex,Normal,Normal cell,Microglial cell,cx3cr1,cx3cr1\n"
)
GMT = "HALLMARK_HYPOXIA\thttp://x\tPGK1\tPDK1\nglycolytic process (GO:0006096)\t\tPGK1\tENO1,1.0\t\n"
CELLTALK = "lr_pair\tligand_gene_symbol\treceptor_gene_symbol\nWnt3_Fzd6\tWnt3\tFzd6\nWnt3_Fzd6\tWnt3\tFzd6\n"
LIANA = (
    '"","source","target","source_genesymbol","target_genesymbol","resource"\n'
    '"1","O14511","COMPLEX:P04626_P21860","NRG2","ERBB2_ERBB3","consensus"\n'
    '"2","Q1","Q2","COMPLEX:Nrg2","Erbb2","mouseconsensus"\n'
)
HOMOLOGENE = "HID\tGene.Symbol_human\tTaxonomy_human\tGene.Symbol_mouse\tTaxonomy_mouse\n3\tMBP\t9606\tMbp\t10090\n"
MGI = (
    "DB Class Key\tCommon Organism Name\tNCBI Taxon ID\tSymbol\tEntrezGene ID\tMouse MGI ID\n"
    "1\tmouse, laboratory\t10090\tHba-a1\t1\tMGI:1\n1\tmouse, laboratory\t10090\tHba-a2\t2\tMGI:2\n"
    "1\thuman\t9606\tHBA1\t3\t\n2\thuman\t9606\tLONELY\t4\t\n"
)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Knowledge]:
    """Writes files and reads them one after the other."""

    def write_and_read(**files: str) -> Knowledge:
        paths = []
        for name, content in files.items():
            stem, _, ending = name.rpartition("_")
            paths.append(tmp_path / f"{stem}.{ending}")
            paths[-1].write_text(content)
        return read_knowledge(paths)

    return write_and_read


def genes_of(knowledge: Knowledge) -> dict[str, dict[str, int]]:
    return {label: dict(one.genes) for label, one in knowledge.lists.items()}


def test_gene_info_and_summaries_are_joined_by_id(read: Callable) -> None:
    knowledge = read(info_txt=INFO, more_txt=SUMMARY)
    human, mouse = knowledge.genes
    assert (human.symbol, human.species, human.gene_id, human.name) == ("MBP", "human", "4155", "myelin basic protein")
    assert (human.synonyms, human.gene_type) == (("GOLLI", "HMBPR"), "protein-coding")
    assert (human.summary, mouse.summary) == ("Myelin of oligodendrocytes.", "")
    assert (human.citation.line, human.citation.source.file) == (2, "info.txt")
    assert human.summary_citation is not None
    assert (human.summary_citation.line, human.summary_citation.source.file) == (2, "more.txt")
    assert (mouse.symbol, mouse.species, mouse.synonyms, mouse.citation.line) == ("Mbp", "mouse", (), 4)
    assert mouse.summary_citation is None
    assert knowledge.notes == (
        "info.txt: 1 rows whose species is neither human nor mouse are left out",
        "1 summaries belong to genes that no gene table lists; they are left out",
    )


def test_the_order_of_files_does_not_matter_for_summaries(read: Callable) -> None:
    assert read(a_txt=SUMMARY, b_txt=INFO).genes[0].summary == "Myelin of oligodendrocytes."


def test_a_merged_table_has_one_synonym_a_row(read: Callable) -> None:
    first, second = read(table_tsv=MERGED).genes
    assert (first.symbol, first.synonyms, first.summary, first.species) == (
        "A1BG",
        ("A1B", "ABG"),
        "Of plasma.",
        "human",
    )
    assert (first.citation.line, second.citation.line, second.synonyms, second.summary) == (2, 4, (), "")
    assert read(table_mouse_tsv=MERGED).genes[0].species == "mouse", "the name of the file wins"


def test_a_gene_of_two_tables_is_one_and_takes_the_summary_of_the_second(read: Callable) -> None:
    bare = INFO.replace("4155\tMBP", "1\tA1BG")
    knowledge = read(info_tsv=bare, full_human_tsv=MERGED)
    first = knowledge.genes[0]
    assert [record.symbol for record in knowledge.genes] == ["A1BG", "Mbp", "A2M"]
    assert (first.summary, first.synonyms, first.citation.source.file) == ("Of plasma.", ("GOLLI", "HMBPR"), "info.tsv")
    assert str(first.summary_citation).startswith("full_human.tsv (sha256 ")
    assert "1 genes are in several gene tables" in knowledge.notes[-1]


def test_gmt_has_a_list_a_line(read: Callable) -> None:
    knowledge = read(sets_gmt=GMT)
    assert genes_of(knowledge) == {
        "HALLMARK_HYPOXIA": {"PGK1": 1, "PDK1": 1},
        "glycolytic process (GO:0006096)": {"PGK1": 2, "ENO1": 2},
    }
    first = knowledge.lists["HALLMARK_HYPOXIA"]
    assert (first.kind, first.species, str(first.first_citation)) == (GENE_SET, (), f"{first.source}, line 1")


@pytest.mark.parametrize(
    ("name", "kind", "species"),
    [
        ("brain_markers.gmt", MARKER_LIST, ()),
        ("CellMarker_2024.gmt", MARKER_LIST, ()),
        ("cells_mouse.gmt", MARKER_LIST, ("mouse",)),
        ("GO_Cellular_Component_2021.gmt", GENE_SET, ()),
        ("cell_cycle.gmt", GENE_SET, ()),
        ("h.all.v2024.1.Hs.symbols.gmt", GENE_SET, ("human",)),
        ("library.txt", GENE_SET, ()),
    ],
)
def test_the_name_of_a_gmt_tells_its_kind_and_species(tmp_path: Path, name: str, kind: str, species: tuple) -> None:
    (tmp_path / name).write_text(GMT)
    lists = read_knowledge([tmp_path / name]).lists.values()
    assert {(one.kind, one.species) for one in lists} == {(kind, species)}


def test_panglaodb_has_a_row_for_each_gene(read: Callable) -> None:
    knowledge = read(panglao_tsv=PANGLAO)
    assert genes_of(knowledge) == {"Astrocytes": {"GFAP": 2, "AQP4": 3}, "Purkinje neurons": {"PCP2": 4}}
    astrocytes = knowledge.lists["Astrocytes"]
    assert (astrocytes.kind, astrocytes.tissue, astrocytes.species) == (MARKER_LIST, "Brain", ("human", "mouse"))
    assert astrocytes.citation("AQP4").line == 3
    assert knowledge.lists["Purkinje neurons"].species == ("mouse",)
    assert knowledge.of_kind(GENE_SET) == {}


def test_sctype_has_positive_markers_only_and_a_label_for_each_tissue(read: Callable) -> None:
    knowledge = read(sctype_full_tsv=SCTYPE)
    assert genes_of(knowledge) == {
        "Astrocytes (sctype_full, Brain)": {"GFAP": 2, "SLC1A3": 2},
        "Astrocytes (sctype_full, Eye)": {"GFAP": 3, "AQP4": 4},
    }
    assert {one.name for one in knowledge.lists.values()} == {"Astrocytes"}


def test_a_name_in_two_files_is_told_apart_by_the_file(read: Callable) -> None:
    labels = list(read(panglao_tsv=PANGLAO, plain_csv="cell type,gene\nAstrocytes,GFAP\n").lists)
    assert labels == ["Astrocytes (panglao, Brain)", "Purkinje neurons", "Astrocytes (plain)"]


def test_the_same_file_in_two_folders_makes_distinct_labels(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "plain.csv").write_text("cell type,gene\nAstrocytes,GFAP\n")
    labels = list(read_knowledge([tmp_path / "a", tmp_path / "b"]).lists)
    assert labels == ["Astrocytes (plain)", "Astrocytes (plain) #2"]


def test_cellmarker_has_lists_of_each_species(read: Callable) -> None:
    knowledge = read(cellmarker_csv=CELLMARKER)
    assert genes_of(knowledge) == {
        "Microglial cell (cellmarker, Cortex, human)": {"CX3CR1": 2, "Iba-1": 3},
        "Microglial cell (cellmarker, Cortex, mouse)": {"Cx3cr1": 4},
    }
    assert "1 rows whose species is neither" in knowledge.notes[0]


def test_ligands_and_receptors(read: Callable) -> None:
    (pair,) = read(celltalk_tsv=CELLTALK).interactions
    assert (pair.ligand, pair.receptor, pair.species, pair.citation.line) == (("Wnt3",), ("Fzd6",), "mouse", 2)
    human, mouse = read(liana_csv=LIANA).interactions
    assert (human.ligand, human.receptor, human.species) == (("NRG2",), ("ERBB2", "ERBB3"), "human")
    assert (mouse.ligand, mouse.receptor, mouse.species, mouse.citation.line) == (("Nrg2",), ("Erbb2",), "mouse", 3)
    assert read(mine_human_csv="ligand,receptor\nWnt3,Fzd6\n").interactions[0].species == "human"


def test_orthologs(read: Callable) -> None:
    (pair,) = read(homologene_tsv=HOMOLOGENE).orthologs
    assert (pair.human, pair.mouse, pair.citation.line) == ("MBP", "Mbp", 2)
    pairs = [(one.human, one.mouse, one.citation.line) for one in read(mgi_rpt=MGI).orthologs]
    assert pairs == [("HBA1", "Hba-a1", 4), ("HBA1", "Hba-a2", 4)]
    own = read(own_csv="mouse_gene,human_gene,human_id\nMbp,MBP,4155\n").orthologs
    assert [(one.human, one.mouse) for one in own] == [("MBP", "Mbp")]


def test_a_table_of_ids_of_both_species_is_no_table_of_orthologs(read: Callable) -> None:
    with pytest.raises(NicheLensError, match="has no format that is known"):
        read(ids_csv="human_id,mouse_id\n4155,17196\n")


def test_tables_of_r_have_a_name_for_each_row(read: Callable) -> None:
    quoted = '"cell.type"\t"gene"\n"1"\t"T cells"\t"CD3E"\n"2"\t"T cells"\t"CD3D"\n'.replace("cell.type", "cell type")
    assert genes_of(read(r_tsv=quoted)) == {"T cells": {"CD3E": 2, "CD3D": 3}}


@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
def test_the_header_tells_the_delimiter(read: Callable, delimiter: str) -> None:
    table = f"cell type{delimiter}gene\nT cells{delimiter}CD3E\n"
    assert genes_of(read(any_txt=table)) == {"T cells": {"CD3E": 2}}


def test_a_row_of_several_lines_has_the_number_of_its_first(read: Callable) -> None:
    table = 'cell type,gene,about\nT cells,CD3E,"two\nlines"\nB cells,CD19,x\n'
    assert genes_of(read(any_csv=table)) == {"T cells": {"CD3E": 2}, "B cells": {"CD19": 4}}


def test_a_folder_is_read_in_order_and_tells_what_it_leaves_out(tmp_path: Path) -> None:
    (tmp_path / "b.gmt").write_text(GMT)
    (tmp_path / "a.tsv.gz").write_bytes(gzip.compress(PANGLAO.encode()))
    (tmp_path / "notes.txt").write_text("gene of the month: MBP\n")
    (tmp_path / "README.md").write_text("cell type\tgene\nx\ty\n")
    (tmp_path / ".hidden.gmt").write_text(GMT)
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "c.gmt").write_text(GMT)
    (tmp_path / "lost").symlink_to("nowhere")
    knowledge = read_knowledge([tmp_path])
    assert [source.file for source in knowledge.sources] == ["a.tsv.gz", "b.gmt"]
    assert list(knowledge.lists)[::2] == ["Astrocytes", "HALLMARK_HYPOXIA"]
    assert len(knowledge.notes) == 2
    assert knowledge.notes[0] == "lost: is no regular file and is left out"
    assert knowledge.notes[1].startswith("notes.txt: has no format that is known (it begins with 'gene of the month")
    with pytest.raises(NicheLensError, match=r"notes.txt: has no format that is known"):
        read_knowledge([tmp_path / "notes.txt"])


def test_a_folder_without_knowledge_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NicheLensError, match="holds no file of a known format"):
        read_knowledge([tmp_path])


def test_the_version_is_what_was_noted_as_long_as_the_file_is_the_same(tmp_path: Path) -> None:
    file, noted = tmp_path / "sets.gmt", tmp_path / "sources.json"
    file.write_text(GMT)
    digest = hashlib.sha256(GMT.encode()).hexdigest()
    plain = f"sha256 {digest[:12]}"
    assert read_knowledge([file]).sources[0].version == plain
    noted.write_text(json.dumps({"sets.gmt": {"version": "2024.1\n.Hs", "sha256": digest}}))
    assert read_knowledge([file]).sources[0].version == "2024.1?.Hs"
    assert str(read_knowledge([tmp_path]).lists["HALLMARK_HYPOXIA"].first_citation) == "sets.gmt (2024.1?.Hs), line 1"
    for other in ({"sets.gmt": {"version": "2", "sha256": "0"}}, {"sets.gmt": "2"}, {"sets.gmt": {"sha256": digest}}):
        noted.write_text(json.dumps(other))
        assert read_knowledge([file]).sources[0].version == plain
    noted.write_text("[" * 100_000)
    knowledge = read_knowledge([tmp_path])
    assert knowledge.sources[0].version == plain
    assert knowledge.notes == (
        "sources.json: is no JSON object and is not used; the files are told apart by their SHA-256",
    )
