"""Leak linter: what gives the answers of yes/no questions away without any picture.

For anyone's dataset: a table of questions with yes/no labels, ours or not. Three things are looked for: words of the
question that a regression learns (`data_prep.dataset.lint.text_probe`), a single column or group of words whose commoner answer is
enough, and examples that stand on both sides of a split.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data_prep.dataset.lint.text_probe import PROBE_LIMIT, ProbeReport, text_probe
from data_prep.errors import NicheLensError

MOST_VALUES = 0.5
"""A column with more different values than this share of the questions identifies them; it is no feature of them."""
_Z = 1.96


@dataclass(frozen=True)
class Rule:
    """Answering by one column alone: the commoner answer of each of its values.

    Attributes:
        column: name of the column.
        accuracy: on the questions themselves.
        held_out: with each question left out of its own count (a value met once is answered by chance).
        telling: values with the answer that they give, the most telling first.
    """

    column: str
    accuracy: float
    held_out: float
    telling: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TaskReport:
    """What one yes/no task gives away.

    Attributes:
        task: its name; "" where the table has no tasks.
        n: number of questions.
        n_yes: how many are answered yes.
        probe: what a regression on the words of the question reaches.
        rules: what each column reaches, the best first.
        best_words: the single n-gram whose presence decides best, with its accuracy.
    """

    task: str
    n: int
    n_yes: int
    probe: ProbeReport
    rules: tuple[Rule, ...]
    best_words: tuple[str, float]

    @property
    def leaks(self) -> bool:
        """Whether words or a column answer more than `PROBE_LIMIT` of the questions, and more than luck."""
        return self.probe.exceeds_limit or any(_beyond_luck(rule.held_out, self.n) for rule in self.rules)


@dataclass(frozen=True)
class LintReport:
    """What the linter found.

    Attributes:
        tasks: one report for each yes/no task.
        problems: examples on both sides of a split, and the like, in words.
    """

    tasks: tuple[TaskReport, ...]
    problems: tuple[str, ...] = field(default=())

    @property
    def leaks(self) -> bool:
        """Whether anything was found that should not be."""
        return bool(self.problems) or any(task.leaks for task in self.tasks)

    def raise_if_leaking(self) -> None:
        """Refuse a dataset that leaks.

        Raises:
            NicheLensError: names the task, the accuracy and the features that tell.
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
    """Looks for leaks in a table of yes/no questions.

    Args:
        questions: one row for each question.
        question: column with its words.
        label: column with "yes" or "no"; rows with anything else are not looked at.
        groups: column whose values are held out together (the gene); None holds out questions.
        task: column that tells tasks apart.
        columns: further columns to be tried as rules.

    Raises:
        NicheLensError: there is no yes/no question.
    """
    answers = questions[label].astype(str).str.strip().str.lower().str.rstrip(".")
    table = questions.assign(_yes=answers == "yes")[answers.isin(["yes", "no"])]
    if not len(table):
        message = f"no yes/no question (column '{label}' holds neither yes nor no); name the column with --label-column"
        raise NicheLensError(message)
    parts = table.groupby(task, sort=True) if task else [("", table)]
    reports = [
        _lint_task(str(name), part, question, groups, [c for c in columns if c in table]) for name, part in parts
    ]
    return LintReport(tuple(reports), tuple(_split_problems(questions)))


def leak_message(task: TaskReport) -> str:
    """One line: what leaks, how much, and what to do."""
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
    few = [rule for rule in rules if rule is not None]
    return TaskReport(
        task=name,
        n=len(table),
        n_yes=int(yes.sum()),
        probe=text_probe(words, yes.tolist(), held),
        rules=tuple(sorted(few, key=lambda rule: -rule.accuracy)),
        best_words=_best_words(words, yes),
    )


def _rule(column: str, values: pd.Series, yes: np.ndarray) -> Rule | None:
    """The rule of one column; None for a column that identifies the questions or says one thing of all."""
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
    """The n-gram with the best "one answer where it stands, the other where it does not"."""
    from data_prep.dataset.lint.text_probe import n_grams

    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for text, answer in zip(words, yes, strict=True):
        for gram in set(n_grams(text)):
            counted[gram][int(answer)] += 1
    n_yes, n = int(yes.sum()), len(yes)
    best, accuracy = "", max(n_yes, n - n_yes) / max(n, 1)
    for gram, (no, said_yes) in sorted(counted.items()):
        found = max(no + n_yes - said_yes, said_yes + (n - n_yes) - no) / n
        if found > accuracy:
            best, accuracy = gram, found
    return best, accuracy


def _split_problems(table: pd.DataFrame) -> list[str]:
    """Donors and questions on both sides, where the table tells splits, slides, genes, niches and donors."""
    problems: list[str] = []
    if not {"split"} <= set(table):
        return problems
    learned = table["split"].isin(["train", "validation"])
    if "donor" in table:
        unseen = table["split"].isin(["test_slide", "test_both"])
        both = set(table.loc[learned, "donor"]) & set(table.loc[unseen, "donor"])
        problems += [f"donor '{donor}' is both learned from and held out" for donor in sorted(both)[:1]]
    if {"slide", "genes", "niche"} <= set(table):
        rows = table[["split", "slide", "genes", "niche"]].explode("genes").drop_duplicates()
        twice = rows[rows.duplicated(["slide", "genes", "niche"], keep=False)]
        problems += [
            f"gene '{row.genes}' in niche '{row.niche}' of slide '{row.slide}' stands in two splits"
            for row in twice.head(1).itertuples()
        ]
    return problems


def _beyond_luck(accuracy: float, n: int) -> bool:
    return accuracy > PROBE_LIMIT and accuracy - _Z * math.sqrt(0.25 / max(n, 1)) > 0.5
