"""`nichelens find` ranks niches for words in a table, or refuses in one line."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from anndata import AnnData

from app.commands.find_command import harmless
from tests.known_files import write_knowledge

Run = Callable[..., object]
Refused = Callable[..., str]


@pytest.fixture
def known(tmp_path: Path) -> Path:
    return write_knowledge(tmp_path / "known", alpha="Astrocytes", process="HALLMARK_HYPOXIA")


@pytest.fixture
def slide(toy_adata: AnnData, write_h5ad: Callable[..., Path]) -> Path:
    return write_h5ad(toy_adata)


def test_the_niche_of_the_words_is_first_in_print_and_in_both_files(
    run: Callable, slide: Path, known: Path, tmp_path: Path
) -> None:
    table, record = tmp_path / "ranks.csv", tmp_path / "ranks.json"
    ran = run(
        *("find", slide, "astrocytes with hypoxia", "--niche-key", "region", "--knowledge", known),
        *("--out", table, "--out", record),
    )
    assert ran.code == 0
    assert ran.out.startswith("1. Layer 1 of toy, score ")
    assert "markers.tsv (sha256" in ran.out
    ranked = pd.read_csv(table)
    assert ranked.columns.tolist() == ["rank", "slice", "niche", "score", "why"]
    assert ranked["niche"][0] == "Layer 1"
    assert ranked["score"].is_monotonic_decreasing
    found = json.loads(record.read_text())
    assert [row["niche"] for row in found["niches"]] == ranked["niche"].tolist()
    assert found["genes"][0]["niche"] == "Layer 1"


def test_words_that_no_niche_shows_end_in_a_sentence_and_an_empty_table(
    run: Callable, slide: Path, tmp_path: Path
) -> None:
    known, table = write_knowledge(tmp_path / "known"), tmp_path / "ranks.csv"
    (known / "more.gmt").write_text("kidney development\t\tFAR1\tFAR2\tFAR3\n")
    ran = run("find", slide, "kidney development", "--niche-key", "region", "--knowledge", known, "--out", table)
    assert ran.code == 0
    assert ran.out.startswith("The words of 'kidney development' are known, but no niche shows")
    assert pd.read_csv(table).empty


@pytest.mark.parametrize(
    ("words", "more", "message"),
    [
        ("purple elephants on mars", (), "is not understood: no list and no gene text of the knowledge says 'purple'"),
        ("", (), "the phrase is empty"),
        ("of the", (), "names no cell type, process, gene or place"),
        ("astrocytes", ("--out", "ranks.txt"), "ranks.txt: the ending says the format; choose one of .csv, .json"),
        ("astrocytes", ("--embed-model", "no/such/model"), "no/such/model"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    refused: Refused, slide: Path, known: Path, words: str, more: tuple[str, ...], message: str
) -> None:
    assert message in refused("-q", "find", slide, words, "--niche-key", "region", "--knowledge", known, *more)


def test_a_search_needs_knowledge(refused: Refused, slide: Path) -> None:
    assert "give --knowledge FOLDER" in refused("find", slide, "astrocytes", "--niche-key", "region")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_cells_that_a_spreadsheet_would_run_are_harmless(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless(f"x{text}") == f"x{text}"


def test_names_of_niches_cannot_run_in_a_spreadsheet(
    run: Callable, toy_adata: AnnData, write_h5ad: Callable[..., Path], known: Path, tmp_path: Path
) -> None:
    toy_adata.obs["region"] = toy_adata.obs["region"].astype(str).replace({"Layer 1": '=HYPERLINK("x")'})
    table = tmp_path / "ranks.csv"
    slide = write_h5ad(toy_adata)
    assert run("find", slide, "astrocytes", "--niche-key", "region", "--knowledge", known, "--out", table).code == 0
    assert pd.read_csv(table)["niche"][0] == '\'=HYPERLINK("x")'
