"""Every kind of file is linted, and a damaged one is one line."""

import json
from pathlib import Path

import pytest

from data_prep.dataset.lint.any_dataset import lint_file
from data_prep.errors import NicheLensError
from tests.data_prep.dataset.lint.question_tables import make_questions


@pytest.mark.parametrize("kind", ["tsv", "csv", "parquet", "json", "jsonl", "llava"])
def test_every_kind_of_file(tmp_path: Path, kind: str) -> None:
    table = make_questions(120, leaky=True)
    path = tmp_path / f"questions.{'json' if kind == 'llava' else kind}"
    match kind:
        case "tsv":
            table.to_csv(path, sep="\t", index=False)
        case "csv":
            table.to_csv(path, index=False)
        case "parquet":
            table.to_parquet(path)
        case "json":
            path.write_text(table.to_json(orient="records"))
        case "jsonl":
            path.write_text(table.to_json(orient="records", lines=True))
        case "llava":
            turns = [
                {
                    "id": str(i),
                    "image": "x.png",
                    "conversations": [
                        {"from": "human", "value": f"<image>\n{row.question}"},
                        {"from": "gpt", "value": f"{row.label.capitalize()}, it is so."},
                    ],
                }
                for i, row in enumerate(table.itertuples())
            ]
            path.write_text(json.dumps(turns))
    report = lint_file(path)
    assert report.tasks[0].n == 120
    assert report.leaks


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.json", "{", "cannot be read"),
        ("x.json", '{"a": 1}', "list of records"),
        ("x.json", '[{"conversations": ["Is it?", "Yes."]}]', "conversation must be a list of records"),
        ("x.jsonl", '{"question": "Is it?"}\n{"question":', "cannot be read"),
        ("x.csv", "", "cannot be read"),
        ("x.parquet", "no parquet", "cannot be read"),
        ("x.tsv", "a\tb\n1\t2\n", "no column with yes or no"),
        ("x.csv", "question,label\nwhat?,maybe\n", "no yes/no question"),
        ("x.xyz", "", "unknown kind"),
    ],
)
def test_bad_files_are_one_line(tmp_path: Path, name: str, content: str, words: str) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(NicheLensError, match=words) as caught:
        lint_file(path)
    assert "\n" not in str(caught.value)


def test_the_published_marker_test_leaks(real_data: Path) -> None:
    report = lint_file(real_data / "geneverse_marker_questions.tsv")
    rules = {rule.column: rule for rule in report.tasks[0].rules}
    assert rules["asked_cell_type"].accuracy == pytest.approx(0.925)
    assert report.tasks[0].best_words[1] == pytest.approx(0.875)
    assert report.leaks


def test_a_bug_while_reading_stays_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        message = "a bug"
        raise TypeError(message)

    path = tmp_path / "questions.parquet"
    make_questions(20, leaky=False).to_parquet(path)
    monkeypatch.setattr("pyarrow.parquet.read_table", broken)
    with pytest.raises(TypeError, match="a bug"):
        lint_file(path)
