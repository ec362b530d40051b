"""Symbols of files find the genes of a slide: the order of the rules, and what is ambiguous."""

from collections.abc import Iterable

import pytest

from data_prep.knowledge.citation import Citation, Source
from data_prep.knowledge.gene_index import GeneIndex
from data_prep.knowledge.gene_list import GeneRecord, Ortholog
from data_prep.knowledge.symbol_mapping import (
    AMBIGUOUS,
    EXACT,
    LETTER_CASE,
    NOT_ON_SLIDE,
    ORTHOLOG,
    SYNONYM,
    MappedSymbol,
    SymbolMapper,
)

CITED = Citation(Source("f", "1"), 1)


def gene(symbol: str, *synonyms: str, species: str = "mouse") -> GeneRecord:
    return GeneRecord(symbol, species, symbol, synonyms, "", "", CITED)


def mapper(
    genes: Iterable[str],
    own: Iterable[GeneRecord] = (),
    foreign: Iterable[GeneRecord] = (),
    orthologs: Iterable[tuple[str, str]] = (),
    species: str = "mouse",
) -> SymbolMapper:
    pairs = [Ortholog(human, mouse, CITED) for human, mouse in orthologs]
    return SymbolMapper(list(genes), species, GeneIndex(own), GeneIndex(foreign), pairs)


OWN, FOREIGN, UNKNOWN = "mouse", "human", ""


def test_the_symbol_itself_wins() -> None:
    maps = mapper(["Mbp", "MBP"], [gene("Mbp"), gene("Prg2", "MBP")], orthologs=[("MBP", "Mbp")])
    assert maps.map("MBP", FOREIGN) == MappedSymbol(EXACT, "MBP")


def test_a_human_symbol_is_not_taken_for_a_synonym_of_another_mouse_gene() -> None:
    genes = ["Mbp", "Prg2"]
    own = [gene("Mbp"), gene("Prg2", "MBP")]
    with_orthologs = mapper(genes, own, orthologs=[("MBP", "Mbp")])
    for species in (FOREIGN, UNKNOWN):
        assert with_orthologs.map("MBP", species) == MappedSymbol(ORTHOLOG, "Mbp")
        assert mapper(genes, own).map("MBP", species) == MappedSymbol(LETTER_CASE, "Mbp")
    assert with_orthologs.map("MBP", OWN) == MappedSymbol(SYNONYM, "Prg2")


@pytest.mark.parametrize("species", [OWN, UNKNOWN])
def test_a_synonym_leads_to_the_official_symbol_and_back(species: str) -> None:
    own = [gene("Tent5c", "Fam46c"), gene("Slc9a3r1", "Nherf1")]
    maps = mapper(["Tent5c", "Nherf1"], own)
    assert maps.map("Fam46c", species) == MappedSymbol(SYNONYM, "Tent5c")
    assert maps.map("Slc9a3r1", species) == MappedSymbol(SYNONYM, "Nherf1")


@pytest.mark.parametrize("species", [OWN, UNKNOWN])
def test_an_official_symbol_is_no_synonym_of_another_gene(species: str) -> None:
    own, foreign = [gene("CRP"), gene("DMBT1")], [gene("Dmbt1", "CRP", species="mouse")]
    maps = mapper(["DMBT1"], own, foreign, [("DMBT1", "Dmbt1")], species="human")
    assert maps.map("CRP", "human" if species else UNKNOWN).how == NOT_ON_SLIDE
    assert mapper(["Prg2"], [gene("Mbp"), gene("Prg2", "Mbp")]).map("Mbp", species).how == NOT_ON_SLIDE


def test_an_official_symbol_of_the_other_species_is_no_synonym_either() -> None:
    maps = mapper(["Nrg1"], [gene("Nrg1", "HRG")], [gene("HRG", species="human")])
    assert maps.map("HRG", FOREIGN).how == NOT_ON_SLIDE
    assert mapper(["Nrg1"], [gene("Nrg1", "HRG")]).map("HRG", FOREIGN) == MappedSymbol(SYNONYM, "Nrg1")


def test_a_synonym_of_two_genes_is_ambiguous_even_if_the_slide_has_one() -> None:
    own = [gene("Ms4a1", "Cd20"), gene("Krt20", "Cd20")]
    for genes in (["Ms4a1", "Krt20"], ["Krt20"]):
        assert mapper(genes, own).map("Cd20", OWN) == MappedSymbol(AMBIGUOUS, choices=("Ms4a1", "Krt20"))
    assert mapper(["Mbp"], own).map("Cd20", OWN).how == NOT_ON_SLIDE


def test_of_two_symbols_of_one_gene_on_the_slide_the_official_one_is_taken() -> None:
    assert mapper(["Old", "New"], [gene("New", "Old", "Older")]).map("Older", OWN) == MappedSymbol(SYNONYM, "New")


def test_orthologs() -> None:
    pairs = [("HBA1", "Hba-a1"), ("HBA1", "Hba-a2"), ("NHERF1", "Nherf1")]
    both = mapper(["Hba-a1", "Hba-a2"], orthologs=pairs)
    assert both.map("HBA1", FOREIGN) == MappedSymbol(AMBIGUOUS, choices=("Hba-a1", "Hba-a2"))
    assert mapper(["Hba-a2"], orthologs=pairs).map("HBA1", FOREIGN) == MappedSymbol(ORTHOLOG, "Hba-a2")
    renamed = mapper(["Slc9a3r1"], [gene("Slc9a3r1", "Nherf1")], orthologs=pairs)
    assert renamed.map("NHERF1", FOREIGN) == MappedSymbol(ORTHOLOG, "Slc9a3r1")
    human = mapper(["HBA1"], orthologs=pairs, species="human")
    assert human.map("Hba-a1", "mouse") == MappedSymbol(ORTHOLOG, "HBA1")


def test_letter_case_leads_to_an_official_symbol_whose_synonym_the_slide_has() -> None:
    maps = mapper(["Slc9a3r1"], [gene("Nherf1", "Slc9a3r1")])
    assert maps.map("NHERF1", FOREIGN) == MappedSymbol(LETTER_CASE, "Slc9a3r1")


def test_an_ortholog_under_an_ambiguous_older_symbol_is_not_used() -> None:
    own = [gene("A1", "Old"), gene("A2", "Old")]
    assert mapper(["A2"], own, orthologs=[("OLD", "Old")]).map("OLD", FOREIGN).how == NOT_ON_SLIDE


def test_letter_case_does_not_contradict_the_orthologs() -> None:
    maps = mapper(["Abc1"], orthologs=[("ABC1", "Xyz1")])
    assert maps.map("ABC1", FOREIGN).how == NOT_ON_SLIDE
    assert mapper(["Abc1"]).map("ABC1", FOREIGN) == MappedSymbol(LETTER_CASE, "Abc1")
    assert mapper(["Abc1", "aBC1"]).map("ABC1", FOREIGN) == MappedSymbol(AMBIGUOUS, choices=("Abc1", "aBC1"))


def test_a_gene_that_the_slide_lacks_is_not_replaced_by_one_with_its_synonym() -> None:
    maps = mapper(["Nr1i3"], [gene("Car1"), gene("Nr1i3")], [gene("NR1I3", "CAR1", species="human")])
    assert maps.map("CAR1", FOREIGN).how == NOT_ON_SLIDE, "PanglaoDB writes mouse Car1 in capitals"


def test_a_synonym_of_the_other_species_leads_to_its_ortholog() -> None:
    synonyms = {"PTPRC": ("CD45",), "X": ("P1",), "Y": ("P1",), "FCGR3A": ("CD16",), "FCGR3B": ("CD16",)}
    foreign = [gene(symbol, *names, species="human") for symbol, names in synonyms.items()]
    orthologs = [("PTPRC", "Ptprc"), ("FCGR3A", "Fcgr4"), ("FCGR3B", "Fcgr4")]
    maps = mapper(["Ptprc", "X", "Fcgr4"], foreign=foreign, orthologs=orthologs)
    assert maps.map("CD45", FOREIGN) == MappedSymbol(ORTHOLOG, "Ptprc")
    assert maps.map("P1", FOREIGN) == MappedSymbol(AMBIGUOUS, choices=("X", "Y"))
    assert maps.map("CD16", FOREIGN) == MappedSymbol(ORTHOLOG, "Fcgr4"), "both are orthologs of it"


def test_an_older_table_of_orthologs_has_older_symbols() -> None:
    maps = mapper(["Sep15"], foreign=[gene("SELENOF", "SEP15", species="human")], orthologs=[("SEP15", "Sep15")])
    assert maps.map("SELENOF", FOREIGN) == MappedSymbol(ORTHOLOG, "Sep15")


def test_without_a_species_only_letters_count() -> None:
    maps = mapper(["Mbp"], [gene("Mbp", "Golli")], orthologs=[("XYZ", "Mbp")], species="")
    assert [maps.map(symbol, UNKNOWN).how for symbol in ("Mbp", "MBP", "XYZ")] == [EXACT, LETTER_CASE, NOT_ON_SLIDE]


def test_the_report_counts_each_symbol_once_and_says_it_in_words() -> None:
    pairs = [("HBA1", "Hba-a1"), ("HBA1", "Hba-a2")]
    maps = mapper(["Mbp", "Hba-a1", "Hba-a2"], [gene("Mbp", "Golli")], orthologs=pairs)
    for symbol in ("Mbp", "Golli", "HBA1", "MBP", "Nothing", "Mbp"):
        for species in (OWN, FOREIGN):
            maps.map(symbol, species)
    report = maps.report()
    counts = {EXACT: 1, SYNONYM: 1, ORTHOLOG: 0, LETTER_CASE: 1, NOT_ON_SLIDE: 1, AMBIGUOUS: 1}
    assert report.counts == counts
    assert (report.n_symbols, report.n_mapped, report.ambiguous) == (5, 3, {"HBA1": ("Hba-a1", "Hba-a2")})
    assert report.words() == (
        "3 of 5 gene symbols of the files are on the slide (1 as they are, 1 by synonym, 1 by letter case). "
        "1 symbol is ambiguous and not used: HBA1 (Hba-a1 or Hba-a2)."
    )
    assert mapper([]).report().words() == "The files name no genes."
