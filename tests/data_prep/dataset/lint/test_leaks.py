"""The leak linter: it names informative words and columns, and balanced questions pass."""

import pandas as pd
import pytest

from data_prep.dataset.lint.leaks import lint
from data_prep.errors import NicheLensError
from tests.data_prep.dataset.lint.question_tables import make_questions


def test_a_telling_word_and_a_telling_column_are_named() -> None:
    report = lint(make_questions(200, leaky=True), columns=("cell_type",))
    (task,) = report.tasks
    assert report.leaks
    assert task.rules[0].accuracy == task.rules[0].held_out == 1.0
    assert task.best_words[1] == 1.0
    with pytest.raises(NicheLensError, match=r"100\.0% of 200 without a picture.*tumour"):
        report.raise_if_leaking()


def test_honest_questions_pass() -> None:
    report = lint(make_questions(400, leaky=False), columns=("cell_type",))
    assert not report.leaks
    report.raise_if_leaking()


def test_a_column_that_leaks_where_words_do_not() -> None:
    table = make_questions(200, leaky=True).assign(question="Is this gene a marker?")
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
