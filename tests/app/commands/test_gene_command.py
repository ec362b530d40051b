"""`nichelens gene` answers with the sentences of summaries, and refuses in one line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.known_files import write_knowledge


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_knowledge(tmp_path / "files")


def test_the_answer_is_a_sentence_of_the_summary_with_its_line(run: Callable, folder: Path) -> None:
    ran = run("gene", "In which disease is GENE7 involved?", "--knowledge", folder)
    assert (ran.code, ran.err) == (0, [])
    assert ran.out.startswith("GENE7: Mutations in this gene cause disease 7. [gene_table_human.tsv (sha256 ")
    line = int(ran.out.strip().removesuffix("]").rpartition("line ")[2])
    assert "disease 7." in (folder / "gene_table_human.tsv").read_text().splitlines()[line - 1]
    assert ran.out.count("\n") == 1


def test_json_has_sentences_and_notes(run: Callable, folder: Path) -> None:
    ran = run("gene", "What does GENE999 do?", "--knowledge", folder, "--json")
    record = json.loads(ran.out)
    assert record["sentences"] == []
    assert record["notes"] == ["No gene called GENE999 is in the files."]


@pytest.mark.parametrize(
    ("question", "files", "line"),
    [
        (" ", ".", "the question is empty; ask, for example"),
        ("What does GENE7 do?", "sets.gmt", "the files of --knowledge hold no gene table"),
        ("What does GENE7 do?", "nowhere", "nowhere"),
    ],
)
def test_bad_input_is_one_line(run: Callable, folder: Path, question: str, files: str, line: str) -> None:
    ran = run("gene", question, "--knowledge", folder / files)
    assert (ran.code, ran.out, len(ran.err)) == (2, "", 1)
    assert line in ran.err[0]
