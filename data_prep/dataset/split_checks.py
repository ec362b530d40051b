"""Checks of the splits of a new dataset: no leak, balanced yes/no questions, no words that give answers away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from data_prep.dataset.lint.leaks import lint
from data_prep.dataset.lint.split_leaks import find_split_leaks
from data_prep.dataset.rows import Row
from data_prep.dataset.slide_questions import is_about_slide
from data_prep.errors import NicheLensError


def check_splits(splits: Mapping[str, Sequence[Row]]) -> dict[str, dict[str, float]]:
    """Check the splits of a dataset.

    Args:
        splits: split → its rows.

    Returns:
        For each yes/no task: the number ``n`` of questions, and the accuracy of the text probe with genes held out
        (``by_gene``) and with stratified folds (``plain``). Both are within the limit.

    Raises:
        NicheLensError: a split leaks, yes/no questions are not balanced, or words give answers away. The message names
            the first leak, or the n-grams that give the answers away.
    """
    import pandas as pd

    asked = pd.DataFrame(
        [
            {"split": split, "slide": row.slide, "donor": row.donor, "niche": row.niche, "genes": row.genes}
            for split, rows in splits.items()
            for row in rows
        ],
        columns=["split", "slide", "donor", "niche", "genes"],
    )
    if leaks := find_split_leaks(asked):
        raise NicheLensError(leaks[0])
    for split, rows in splits.items():
        _check_quads(split, [row for row in rows if row.label and row.task == "marker"])
        _check_values(split, [row for row in rows if row.label and row.kind])
    yes_no = [
        {"question": row.prompt, "label": row.label, "gene": (*row.genes, row.niche or row.slide)[0], "task": row.task}
        for rows in splits.values()
        for row in rows
        if row.label
    ]
    if not yes_no:
        return {}
    report = lint(pd.DataFrame(yes_no), groups="gene", task="task")
    report.raise_if_leaking()
    return {
        task.task: {"n": task.n, "by_gene": round(task.probe.by_gene, 4), "plain": round(task.probe.plain, 4)}
        for task in report.tasks
    }


def _check_values(split: str, rows: Sequence[Row]) -> None:
    """Check that half of the answers for each kind and value word of a slide are yes, or of all slides together."""
    surplus: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        slide = "" if is_about_slide(row.task) else row.slide
        surplus[slide, row.kind, row.value] += 1 if row.label == "yes" else -1
    for (slide, kind, value), votes in surplus.items():
        if votes:
            where = f"slide '{slide}'" if slide else "all slides"
            message = (
                f"{split}: {kind} '{value}' of {where} has {abs(votes)} more {'yes' if votes > 0 else 'no'} "
                "than the other answer; ask one false claim for each true one"
            )
            raise NicheLensError(message)


def _check_quads(split: str, rows: Sequence[Row]) -> None:
    """Check that half of the answers for each gene and each niche of a slide are yes."""
    surplus: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        vote = 1 if row.label == "yes" else -1
        surplus["gene", row.slide, row.genes[0]] += vote
        surplus["niche", row.slide, row.niche] += vote
    for (kind, slide, name), votes in surplus.items():
        if votes:
            message = (
                f"{split}: {kind} '{name}' of slide '{slide}' has {abs(votes)} more "
                f"{'yes' if votes > 0 else 'no'} than the other answer; ask in whole checkerboard quads"
            )
            raise NicheLensError(message)
