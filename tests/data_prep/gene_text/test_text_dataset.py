"""A build: answers are the summary's own sentences, families stand in one split, leaks stop it."""

import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from datasets import load_dataset

from data_prep.errors import NicheLensError
from data_prep.gene_text.summary_sentences import summary_sentences
from data_prep.gene_text.text_dataset import TextPrep, build_text_dataset, make_text_rows
from data_prep.gene_text.text_leaks import lint_text, words_told
from data_prep.gene_text.text_loading import is_text_dataset, load_text_rows
from data_prep.gene_text.text_row import TextRow, record_of_row
from data_prep.gene_text.text_splits import split_families
from tests.gene_words import gene, made_up_genes, text_row


@pytest.fixture(scope="module")
def rows() -> list[TextRow]:
    return make_text_rows(made_up_genes(36), seed=0)


def test_answers_are_sentences_of_the_summary_at_the_numbers_that_are_given(rows: list[TextRow]) -> None:
    by_symbol = {record.symbol: record for record in made_up_genes(36)}
    assert len(rows) > 60
    for row in rows:
        record = by_symbol[row.gene]
        sentences = summary_sentences(record.summary)
        assert row.answer == " ".join(sentences[number - 1] for number in row.sentences)
        assert (row.file, row.version, row.line) == ("genes.tsv", "v1", record.citation.line)
        assert record_of_row(vars(row)).summary == row.summary
    answers = {row.topic: row.answer for row in rows if row.gene == rows[0].gene}
    assert answers["disease"].startswith("Mutations in this gene cause")
    assert answers["expression"].startswith("The encoded protein is expressed in")
    assert "regulates" in answers["function"]


def test_no_family_stands_in_two_splits_and_every_split_has_rows(rows: list[TextRow]) -> None:
    splits = defaultdict(set)
    for row in rows:
        splits[row.family].add(row.split)
    assert all(len(some) == 1 for some in splits.values())
    assert {row.split for row in rows} == {"train", "validation", "test"}
    assert lint_text(rows).problems == ()


def test_large_families_are_learned_from() -> None:
    families = ["big"] * 50 + [f"f{i}" for i in range(50)]
    for seed in range(5):
        split = split_families(families, seed)
        assert set(split[:50]) == {"train"}
        assert 8 <= split.count("test") <= 12
        assert split == split_families(families, seed)
    assert split_families(families, 1) != split_families(families, 2)


def test_a_held_out_gene_that_shares_an_alias_is_left_out() -> None:
    records = made_up_genes(36)
    genes = {split: next(r.gene for r in make_text_rows(records, 0) if r.split == split) for split in ("train", "test")}
    shared = [replace(r, synonyms=("ALIAS",)) if r.symbol in genes.values() else r for r in records]
    left = {row.gene for row in make_text_rows(shared, 0)}
    assert genes["train"] in left
    assert genes["test"] not in left


def test_sentences_that_many_genes_share_are_no_answer() -> None:
    common = " This protein is expressed in all tissues of the body."
    records = [replace(record, summary=record.summary + common) for record in made_up_genes(36)]
    assert not any(common.strip() in row.answer for row in make_text_rows(records, 0))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"gene": "GEN1"}, "gene 'GEN1' stands in two splits"),
        ({"gene_id": "1"}, "gene id '1' stands in two splits"),
        ({"family": "GEN1"}, "family 'GEN1' stands in two splits"),
        ({"synonyms": ("gen1",)}, "symbol or synonym 'GEN1' stands in two splits"),
        ({"answer": "This gene encodes a channel of the liver."}, "say nearly the same"),
        ({"question": "What does the receptor GEN2 do?"}, r"holds words of its answer \(receptor"),
    ],
)
def test_the_linter_finds_each_leak(change: dict, problem: str) -> None:
    train, held_out = text_row(1), replace(text_row(2), split="test")
    assert lint_text([train, held_out]).problems == ()
    report = lint_text([train, replace(held_out, **change)])
    with pytest.raises(NicheLensError, match=problem):
        report.raise_if_leaking()


def test_the_symbol_and_the_words_of_every_question_tell_nothing() -> None:
    assert words_told("What does the protein KIT do?", "KIT is a protein.", "KIT") == ()
    assert words_told("Is it a kinase?", "It is a kinase.", "KIT") != ()
    assert words_told("The protein is here?", "The protein is here.", "KIT") != ()


def test_the_folder_loads_with_datasets_and_says_what_it_is(tmp_path: Path) -> None:
    sizes = build_text_dataset(made_up_genes(36), tmp_path / "out", TextPrep())
    assert is_text_dataset(tmp_path / "out")
    for split, n in sizes.items():
        assert len(load_text_rows(tmp_path / "out", split)) == n
    loaded = load_dataset(str(tmp_path / "out"), split="test")
    assert loaded[0]["split"] == "test"
    assert record_of_row(loaded[0]).symbol == loaded[0]["gene"]
    provenance = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert provenance["files"] == [{"name": "genes.tsv", "version": "v1"}]
    with pytest.raises(NicheLensError, match="no split 'other'"):
        load_text_rows(tmp_path / "out", "other")


def test_the_same_genes_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        build_text_dataset(made_up_genes(36), tmp_path / name, TextPrep(seed=3))
    for file in ("data/train.parquet", "provenance.json", "README.md"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([], "no file holds genes"),
        ([gene("MBP")], "no human gene has a summary"),
        ([gene("Mbp", "This gene encodes a protein.", species="mouse")], "1 mouse"),
        ([gene("MBP", "This gene encodes a kinase that regulates growth.")], "three splits need three"),
        ([gene("MBP", "Unknown.")], "three splits need three"),
    ],
)
def test_bad_tables_end_in_one_line_and_leave_nothing(records: list, message: str, tmp_path: Path) -> None:
    with pytest.raises(NicheLensError, match=message) as caught:
        build_text_dataset(records, tmp_path / "out", TextPrep())
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_real_table_has_no_leak_and_many_kinds_of_question(real_data: Path) -> None:
    from data_prep.knowledge.reading import read_knowledge

    records = read_knowledge([real_data / "knowledge" / "gene_table_human.tsv.gz"]).genes
    told = [record for record in records if record.summary][::30]
    rows = make_text_rows(told, 0)
    assert lint_text(rows).problems == ()
    assert {row.topic for row in rows} == {"function", "disease", "location", "expression", "family", "partners"}
    assert not any("RefSeq" in row.answer or "transcript variant" in row.answer for row in rows)
    assert len({row.question for row in rows}) == len(rows)
