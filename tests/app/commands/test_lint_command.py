"""`nichelens lint` tells by its words and its exit code whether the answers leak."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def leaking(tmp_path: Path) -> Path:
    """Sixty questions in which every question about gene A is answered yes."""
    path = tmp_path / "questions.csv"
    rows = [
        f"Is {gene} a marker of niche {i}?,{answer}" for i in range(30) for gene, answer in (("A", "yes"), ("B", "no"))
    ]
    path.write_text("\n".join(["question,label", *rows]) + "\n")
    return path


def test_a_leak_exits_with_1(run: Callable, leaking: Path) -> None:
    ran = run("lint", leaking)
    assert (ran.code, ran.err) == (1, [])
    assert "60 yes/no questions, 30 yes" in ran.out
    assert "LEAKS: " in ran.out


def test_json_for_programs(run: Callable, leaking: Path) -> None:
    ran = run("lint", leaking, "--json", "--question-column", "question", "--label-column", "label")
    report = json.loads(ran.out)
    assert (ran.code, report["leaks"]) == (1, True)
    assert report["tasks"][0]["n"] == 60


def test_columns_that_are_not_there(refused: Callable[..., str], leaking: Path) -> None:
    assert "'ask'" in refused("lint", leaking, "--question-column", "ask", "--label-column", "label")
