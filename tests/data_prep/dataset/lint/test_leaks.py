"""Linter: it finds what tells, in every kind of file, and lets honest questions pass."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data_prep.dataset.lint.any_dataset import lint_file
from data_prep.dataset.lint.leaks import lint
from data_prep.errors import NicheLensError


def _questions(n: int, *, leaky: bool, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    tumour = rng.random(n) < 0.5
    yes = tumour if leaky else rng.permutation(np.arange(n) % 2 == 0)
    return pd.DataFrame(
        {
            "question": [f"Is G{rng.integers(9999)} a marker of {'tumour' if t else 'stroma'}?" for t in tumour],
            "cell_type": np.where(tumour, "tumour", "stroma"),
            "label": np.where(yes, "yes", "no"),
        }
    )


def test_a_telling_word_and_a_telling_column_are_named() -> None:
    report = lint(_questions(200, leaky=True), columns=("cell_type",))
    (task,) = report.tasks
    assert report.leaks
    assert task.rules[0].accuracy == task.rules[0].held_out == 1.0
    assert task.best_words[1] == 1.0
    with pytest.raises(NicheLensError, match=r"100\.0% of 200 without a picture.*tumour"):
        report.raise_if_leaking()


def test_honest_questions_pass() -> None:
    report = lint(_questions(400, leaky=False), columns=("cell_type",))
    assert not report.leaks
    report.raise_if_leaking()


def test_a_column_that_leaks_where_words_do_not() -> None:
    table = _questions(200, leaky=True).assign(question="Is this gene a marker?")
    report = lint(table, columns=("cell_type",))
    assert not report.tasks[0].probe.exceeds_limit
    with pytest.raises(NicheLensError, match="column 'cell_type' alone"):
        report.raise_if_leaking()


def test_a_value_met_once_tells_nothing() -> None:
    table = pd.DataFrame(
        {"question": ["q"] * 40, "label": ["yes", "no"] * 20, "who": [f"w{i // 2}" for i in range(40)]}
    )
    table.loc[::2, "who"] = [f"v{i}" for i in range(20)]
    (task,) = lint(table, columns=("who",)).tasks
    assert task.rules == () or task.rules[0].held_out == pytest.approx(0.5, abs=0.01)


def test_both_sides_of_a_split() -> None:
    table = _questions(40, leaky=False).assign(
        split=["train"] * 20 + ["test_slide"] * 20,
        donor="D1",
        slide="s",
        niche="n",
        genes=[[f"G{i % 20}"] for i in range(40)],
    )
    problems = " ".join(lint(table).problems)
    assert "donor 'D1' is both" in problems
    assert "gene 'G0' in niche 'n' of slide 's' stands in both train and test_slide" in problems


@pytest.mark.parametrize("kind", ["tsv", "csv", "parquet", "json", "jsonl", "llava"])
def test_every_kind_of_file(tmp_path: Path, kind: str) -> None:
    table = _questions(120, leaky=True)
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
