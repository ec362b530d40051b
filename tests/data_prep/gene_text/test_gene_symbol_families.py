"""Paralogues are one family; genes that share an alias only, or a place holder, are not."""

import pytest

from data_prep.gene_text.gene_symbol_families import gene_families, name_stem, symbol_stem
from tests.gene_words import gene, made_up_genes


@pytest.mark.parametrize(
    "pair",
    [
        ("HOXA1", "HOXB2"),
        ("HOXA1", "HOXC13"),
        ("SLC2A1", "SLC2A3"),
        ("KRT1", "KRT5"),
        ("OR1A1", "OR52E6"),
        ("ZNF10", "ZFP36"),
        ("H1-0", "H2BC11"),
        ("H3C1", "H4C2"),
        ("MIR21", "MIR155HG"),
        ("Krt1", "Krt5"),
    ],
)
def test_symbols_with_one_root_are_one_family(pair: tuple[str, str]) -> None:
    first, second, other = gene_families([gene(pair[0]), gene(pair[1]), gene("MBP")])
    assert first == second != other


def test_names_with_one_stem_are_one_family() -> None:
    names = {
        "CA1": "carbonic anhydrase 1",
        "CA9": "carbonic anhydrase 9",
        "IL6": "interleukin 6",
        "IL10": "interleukin 10",
    }
    families = dict(zip(names, gene_families([gene(symbol, name=name) for symbol, name in names.items()]), strict=True))
    assert families["CA1"] == families["CA9"] != families["IL6"]
    assert families["IL6"] == families["IL10"]
    assert name_stem("solute carrier family 2 member 1") == name_stem("solute carrier family 25 member 4")
    assert name_stem("collagen type IV alpha 4 chain") == name_stem("collagen type I alpha 1 chain") == "collagen"


def test_summaries_that_are_nearly_the_same_are_one_family() -> None:
    text = (
        "This gene encodes a small protein of the {} that is found in all cells and protects them from heat and cold."
    )
    genes = [
        gene("ABC", text.format("nucleus")),
        gene("XYZ", text.format("membrane")),
        gene("MBP", "This gene is other."),
    ]
    first, second, other = gene_families(genes)
    assert first == second != other


def test_aliases_and_place_holders_link_no_family() -> None:
    genes = [gene("MBP", synonyms=["CAP"]), gene("GFAP", synonyms=["CAP"]), gene("LOC1"), gene("LOC2"), gene("C1orf1")]
    assert len(set(gene_families([*genes, gene("C2orf9")]))) == 6
    assert symbol_stem("KIAA1211") == symbol_stem("LINC00001") == ""


def test_unrelated_genes_are_families_of_their_own() -> None:
    assert len(set(gene_families(made_up_genes(12)))) == 12
    assert gene_families([]) == ()
