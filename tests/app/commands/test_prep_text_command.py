"""`nichelens prep-text` writes a dataset, or one line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gene_words import made_up_genes


@pytest.fixture
def table(tmp_path: Path) -> Path:
    head = "GeneID\tSymbol\tSynonyms\tdescription\ttype_of_gene\tReview_status\tGene_summary"
    lines = [
        f"{i}\t{r.symbol}\t-\t{r.name}\tprotein-coding\tREVIEWED\t{r.summary} [provided by RefSeq, Jul 2008]"
        for i, r in enumerate(made_up_genes(36), start=1)
    ]
    path = tmp_path / "genes.tsv"
    path.write_text("\n".join([head, *lines]) + "\n")
    return path


def test_a_table_becomes_a_dataset(run: Callable, table: Path, tmp_path: Path) -> None:
    ran = run("prep-text", table, "--out", tmp_path / "data", "--seed", 1)
    assert ran.code == 0, ran.err
    assert "train" in ran.out
    provenance = json.loads((tmp_path / "data" / "provenance.json").read_text())
    assert provenance["config"] == {"species": "human", "seed": 1, "limit": None}
    assert "provided by" not in (tmp_path / "data" / "data" / "train.parquet").read_bytes().decode("latin-1")
    assert run("prep-text", table, "--out", tmp_path / "data").code == 2
    assert run("prep-text", table, "--out", tmp_path / "data", "--overwrite", "--limit", 20).code == 0
    assert not list(tmp_path.glob(".data*"))


def test_bad_input_is_one_line(run: Callable, table: Path, tmp_path: Path) -> None:
    empty = tmp_path / "none.tsv"
    empty.write_text(
        "GeneID\tSymbol\tSynonyms\tdescription\ttype_of_gene\tReview_status\tGene_summary\n1\tMBP\t-\tx\ty\tz\t\n"
    )
    formulas = tmp_path / "formulas.tsv"
    formulas.write_text(
        "GeneID\tSymbol\tSynonyms\tdescription\tGene_summary\n1\t=1+1\t@x\t+cmd|' /C calc'!A0\t=HYPERLINK(1)\n"
    )
    for arguments in (
        (empty,),
        (formulas,),
        (tmp_path / "absent.tsv",),
        (table, "--species", "yeast"),
        (table, "--species", "mouse"),
        (table, "--limit", 2),
    ):
        ran = run("prep-text", *arguments, "--out", tmp_path / "data")
        assert ran.code == 2, arguments
        assert len(ran.err) == 1, ran.err
        assert not (tmp_path / "data").exists()
