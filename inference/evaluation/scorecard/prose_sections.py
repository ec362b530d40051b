"""The sections of a scorecard about answers in prose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inference.evaluation.scorecard.section import Section, Table
from inference.evaluation.scores.metrics import Score
from inference.evaluation.scores.text_similarity import MAX_WRONG_ANSWERS
from inference.evaluation.suites.answers_in_words import WrittenTaskScores


def prose_sections(written: Mapping[str, Mapping[str, WrittenTaskScores]]) -> Iterator[Section]:
    """The sections about the answers to prose tasks: task → condition → scores."""
    head = (
        "task",
        "condition",
        "n",
        "claim precision",
        "claim recall",
        "ledger precision",
        "checkable claims",
        "unheard sentences",
        "ROUGE-L",
        "likelihood quantile",
    )
    rows = [
        (
            task,
            name,
            str(s.n),
            str(s.precision),
            str(s.recall),
            _score(s.ledger),
            "-" if s.checkable is None else f"{s.checkable:.1f}",
            f"{s.unheard:.2f}",
            str(s.rouge_l),
            _score(s.likelihood),
        )
        for task, conditions in written.items()
        for name, s in conditions.items()
    ]
    yield Section(
        "Written answers",
        before=(
            "Claim precision and recall compare the claims of an answer with those of the right answer; only identical "
            "claims count. Ledger precision is the share of the checkable claims that the counts support. Checkable "
            "claims and unheard sentences (without a known claim) are numbers per answer. ROUGE-L compares the words "
            "with one of several phrasings of the right answer. The likelihood quantile ranks the right answer among "
            f"up to {MAX_WRONG_ANSWERS} answers to other questions of the task; 0.5 is chance.",
        ),
        tables=(Table(head, tuple(rows)),),
    )
    sets = [
        (task, name, scores)
        for task, conditions in written.items()
        for name, scores in conditions.items()
        if scores.set_f1 or scores.neighbours
    ]
    if sets:
        yield _sets(sets)


def _sets(sets: list[tuple[str, str, WrittenTaskScores]]) -> Section:
    rows = []
    for task, condition, scores in sets:
        if scores.set_f1:
            what = "F1 over panels" if task == "marker_panel" else "mean F1 of the set of niches"
            rows.append((task, condition, what, str(scores.set_f1)))
        if scores.neighbours:
            pair = zip(("precision", "recall"), scores.neighbours, strict=True)
            rows += [(task, condition, f"{name} of neighbours", str(score)) for name, score in pair]
    return Section(
        "Panels, niches and neighbours", tables=(Table(("task", "condition", "what", "score"), tuple(rows)),)
    )


def _score(score: Score | None) -> str:
    return "-" if score is None else str(score)
