"""`nichelens name` names niches by files, says where no name fits, and refuses in one line."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import make_toy
from tests.known_files import write_knowledge


@pytest.fixture
def given(write_h5ad: Callable[..., Path], tmp_path: Path) -> list[object]:
    slide = write_h5ad(make_toy(side=20))
    return ["name", slide, "--niche-key", "region", "--knowledge", write_knowledge(tmp_path / "files")]


def test_niches_are_named_by_marker_lists(run: Callable, given: list[object], tmp_path: Path) -> None:
    table, record = tmp_path / "names.csv", tmp_path / "names.json"
    ran = run(*given, "--out", table, "--out", record)
    assert ran.code == 0
    assert "S1: Layer 1: Alpha cells (" in ran.out
    rows = list(csv.DictReader(table.open()))
    assert [row["niche"] for row in rows] == ["Layer 1", "Layer 2", "Layer 3", "Layer 4"]
    assert [row["name"] for row in rows][::3] == ["Alpha cells", ""]
    assert "markers.tsv (sha256 " in rows[0]["why"]
    assert rows[3]["why"].startswith("None of the 2 cell types fits Layer 4")
    assert [row["name"] for row in json.loads(record.read_text())] == [row["name"] for row in rows]


def test_niches_are_named_from_a_list(run: Callable, given: list[object]) -> None:
    ran = run(*given, "--name", "alpha cells", "--name", "cluster 7")
    assert ran.code == 0
    assert "S1: Layer 1: alpha cells (by its words, " in ran.out
    assert ran.out.count("no name fits") == 3


def test_a_name_that_a_spreadsheet_would_run_is_made_harmless(
    run: Callable, write_h5ad: Callable[..., Path], tmp_path: Path
) -> None:
    folder = write_knowledge(tmp_path / "files", alpha="=HYPERLINK(1) cells")
    out = tmp_path / "names.csv"
    ran = run("name", write_h5ad(make_toy(side=20)), "--niche-key", "region", "--knowledge", folder, "--out", out)
    assert ran.code == 0
    assert next(csv.DictReader(out.open()))["name"] == "'=HYPERLINK(1) cells"


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (["--out", "names.txt"], "the ending says the format; choose one of .csv, .json"),
        (["--knowledge", "nowhere.tsv"], "nowhere.tsv"),
    ],
)
def test_bad_input_is_one_line(run: Callable, given: list[object], changed: list[str], line: str) -> None:
    ran = run(*given, *changed)
    assert ran.code == 2
    assert line in ran.err[-1]


def test_without_files_nothing_can_be_named(run: Callable, given: list[object]) -> None:
    ran = run(*given[:4])
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == ["error: names need knowledge; give --knowledge FOLDER (`nichelens fetch-knowledge` fetches it)"]
