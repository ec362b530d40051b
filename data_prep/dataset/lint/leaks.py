"""Leak linter: find what gives the answers of yes/no questions away without any figure.

It works on any table of questions with yes/no labels. It searches for three things: words of the question that a
regression can use (`data_prep.dataset.lint.text_probe`), a column or n-gram whose commoner answer is often right, and
examples that occur on both sides of a split (`data_prep.dataset.lint.split_leaks`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data_prep.dataset.lint.split_leaks import find_split_leaks
from data_prep.dataset.lint.text_probe import PROBE_LIMIT, ProbeReport, n_grams, text_probe
from data_prep.errors import NicheLensError

MOST_VALUES = 0.5
"""A column with more values than this share of the number of questions identifies the questions."""
_Z = 1.96


@dataclass(frozen=True)
class Rule:
    """A rule that answers by one column: it gives the commoner answer of each value.

    Attributes:
        column: name of the column.
        accuracy: accuracy on the questions themselves.
        held_out: leave-one-out accuracy. A value that occurs once is answered by chance.
        telling: values with their answers, the most informative first.
    """

    column: str
    accuracy: float
    held_out: float
    telling: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TaskReport:
    """What the questions of one yes/no task give away.

    Attributes:
        task: name of the task; "" if the table has no tasks.
        n: number of questions.
        n_yes: number of questions with the answer yes.
        probe: accuracy of a regression on the words of the question.
        rules: the rule of each column, the most accurate first.
        best_words: the n-gram whose presence gives the best answer, with its accuracy.
    """

    task: str
    n: int
    n_yes: int
    probe: ProbeReport
    rules: tuple[Rule, ...]
    best_words: tuple[str, float]

    @property
    def leaks(self) -> bool:
        """Whether words or a column answer more than `PROBE_LIMIT` of the questions, and more than chance does."""
        return self.probe.exceeds_limit or any(_exceeds_chance(rule.held_out, self.n) for rule in self.rules)


@dataclass(frozen=True)
class LintReport:
    """The result of the linter.

    Attributes:
        tasks: one report for each yes/no task.
        problems: messages about leaks between splits.
    """

    tasks: tuple[TaskReport, ...]
    problems: tuple[str, ...] = field(default=())

    @property
    def leaks(self) -> bool:
        """Whether there is any leak."""
        return bool(self.problems) or any(task.leaks for task in self.tasks)

    def raise_if_leaking(self) -> None:
        """Raise an error if there is any leak.

        Raises:
            NicheLensError: there is a leak; the message names the task, the accuracy and the informative features.
        """
        for task in self.tasks:
            if task.leaks:
                raise NicheLensError(leak_message(task))
        if self.problems:
            raise NicheLensError(self.problems[0])


def lint(
    questions: pd.DataFrame,
    *,
    question: str = "question",
    label: str = "label",
    groups: str | None = None,
    task: str | None = None,
    columns: tuple[str, ...] = (),
) -> LintReport:
    """Search for leaks in a table of yes/no questions.

    Args:
        questions: one row for each question.
        question: column with the text of the question.
        label: column with "yes" or "no"; other rows are ignored.
        groups: column whose values are held out together (the gene); None holds out single questions.
        task: column with the name of the task.
        columns: further columns to try as rules.

    Raises:
        NicheLensError: there is no yes/no question.
    """
    answers = questions[label].astype(str).str.strip().str.lower().str.rstrip(".")
    table = questions.assign(_yes=answers == "yes")[answers.isin(["yes", "no"])]
    if not len(table):
        message = f"no yes/no question (column '{label}' holds neither yes nor no); name the column with --label-column"
        raise NicheLensError(message)
    parts = table.groupby(task, sort=True) if task else [("", table)]
    known = [column for column in columns if column in table]
    reports = [_lint_task(str(name), part, question, groups, known) for name, part in parts]
    return LintReport(tuple(reports), tuple(find_split_leaks(questions)))


def leak_message(task: TaskReport) -> str:
    """One line that says what leaks, how much, and what to do."""
    name = f"{task.task} " if task.task else ""
    best = task.rules[0] if task.rules else None
    if task.probe.exceeds_limit or best is None:
        telling = ", ".join(f"'{gram}'" for gram, _ in task.probe.top_features)
        accuracy, what = task.probe.accuracy, f"the words of the {name}questions answer"
    else:
        telling = ", ".join(f"'{value}' ({answer})" for value, answer in best.telling[:5])
        accuracy, what = best.held_out, f"column '{best.column}' alone answers, of the {name}questions,"
    return (
        f"{what} {accuracy:.1%} of {task.n} without a picture (limit {PROBE_LIMIT:.0%}; telling: {telling}); "
        "balance the questions, or ask fewer by name (named)"
    )


def _lint_task(name: str, table: pd.DataFrame, question: str, groups: str | None, columns: list[str]) -> TaskReport:
    yes = table["_yes"].to_numpy(dtype=bool)
    words = table[question].astype(str).tolist()
    held = table[groups].astype(str).tolist() if groups else [str(i) for i in range(len(table))]
    rules = [_rule(column, table[column].astype(str), yes) for column in columns]
    return TaskReport(
        task=name,
        n=len(table),
        n_yes=int(yes.sum()),
        probe=text_probe(words, yes.tolist(), held),
        rules=tuple(sorted(filter(None, rules), key=lambda rule: -rule.accuracy)),
        best_words=_best_words(words, yes),
    )


def _rule(column: str, values: pd.Series, yes: np.ndarray) -> Rule | None:
    """The rule of one column; None if the column identifies the questions or has one value only."""
    n_values = values.nunique()
    if n_values < 2 or n_values > MOST_VALUES * len(values):
        return None
    counts = pd.DataFrame({"yes": yes, "no": ~yes}).groupby(values.to_numpy()).sum()
    right = counts.max(axis=1)
    of_value = counts.loc[values.to_numpy()].to_numpy(dtype=float)
    own = np.where(yes, 0, 1)
    of_value[np.arange(len(values)), own] -= 1
    mine, other = of_value[np.arange(len(values)), own], of_value[np.arange(len(values)), 1 - own]
    held_out = float(np.where(mine == other, 0.5, mine > other).mean())
    order = (counts["yes"] - counts["no"]).abs().sort_values(ascending=False, kind="stable").index
    telling = tuple(
        (str(value), "yes" if counts.at[value, "yes"] > counts.at[value, "no"] else "no") for value in order
    )
    return Rule(column, float(right.sum() / len(values)), held_out, telling)


def _best_words(words: list[str], yes: np.ndarray) -> tuple[str, float]:
    """The n-gram with the highest accuracy of "one answer where it occurs, the other answer elsewhere"."""
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for text, answer in zip(words, yes, strict=True):
        for gram in set(n_grams(text)):
            counted[gram][int(answer)] += 1
    n_yes, n = int(yes.sum()), len(yes)
    best, accuracy = "", max(n_yes, n - n_yes) / max(n, 1)
    for gram, (no, said_yes) in sorted(counted.items()):
        right = max(no + n_yes - said_yes, said_yes + (n - n_yes) - no) / n
        if right > accuracy:
            best, accuracy = gram, right
    return best, accuracy


def _exceeds_chance(accuracy: float, n: int) -> bool:
    return accuracy > PROBE_LIMIT and accuracy - _Z * math.sqrt(0.25 / max(n, 1)) > 0.5
