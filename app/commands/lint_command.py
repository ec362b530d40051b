"""`nichelens lint`: shortcuts that answer the questions of a dataset without its pictures."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.shared_options import AsJson

if TYPE_CHECKING:
    from data_prep.dataset.lint.leaks import LintReport

LEAKS = 1
"""Exit code if the dataset leaks."""


def lint(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A dataset folder, Parquet file, LLaVA JSON or JSONL file, or TSV or CSV table."
        ),
    ],
    question_column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Column with the questions. Without it, the usual names are tried."),
    ] = None,
    label_column: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Column with the answers yes and no. Without it, the usual names are tried."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look for questions that can be answered without pictures.

    Exits with 1 if the words of the yes/no questions, or other columns, give the answers away.
    """
    from data_prep.dataset.lint.any_dataset import lint_file

    report = lint_file(dataset, question=question_column, label=label_column)
    if as_json:
        typer.echo(json.dumps(asdict(report) | {"leaks": report.leaks}, indent=2, ensure_ascii=False))
    else:
        typer.echo(_as_text(dataset, report))
    if report.leaks:
        raise typer.Exit(LEAKS)


def _as_text(dataset: Path, report: LintReport) -> str:
    from data_prep.dataset.lint.leaks import leak_message
    from data_prep.dataset.lint.text_probe import PROBE_LIMIT

    lines = []
    for task in report.tasks:
        lines.append(f"{dataset}{f', {task.task}' if task.task else ''}: {task.n} yes/no questions, {task.n_yes} yes")
        lines.append(f"  words of the question, learned by others (cross-validated): {task.probe.accuracy:.1%}")
        words, accuracy = task.best_words
        if words:
            lines.append(f"  the words '{words}' alone: {accuracy:.1%}")
        lines += [
            f"  column '{rule.column}' alone: {rule.accuracy:.1%} (each question left out: {rule.held_out:.1%})"
            for rule in task.rules
        ]
        lines.append(f"  LEAKS: {leak_message(task)}" if task.leaks else f"  within the limit of {PROBE_LIMIT:.0%}")
    lines += [f"LEAKS: {problem}" for problem in report.problems]
    return "\n".join(lines)
