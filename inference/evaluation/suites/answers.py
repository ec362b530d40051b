"""Answers suite: yes/no questions, written answers and ambiguous genes of one split."""

from __future__ import annotations

from dataclasses import dataclass, field

from inference.evaluation.questions.evaluation_inputs import EvaluationInputs
from inference.evaluation.suites.answers_in_words import MAX_WRITTEN, WrittenScores, score_written_answers
from inference.evaluation.suites.answers_yes_no import (
    AmbiguousVerdicts,
    YesNoTaskScores,
    count_ambiguous_verdicts,
    score_yes_no_tasks,
)
from inference.evaluation.suites.skipped import NOT_REQUESTED


@dataclass(frozen=True)
class AnswerScores:
    """Scores of the answers.

    Attributes:
        yes_no: yes/no task → scores under every condition.
        written: the written answers; None where the split has none, or none were asked for.
        ambiguous: verdicts on ambiguous genes; None where the split has none.
        left_out: part → why it was not measured.
    """

    yes_no: dict[str, YesNoTaskScores] = field(default_factory=dict)
    written: WrittenScores | None = None
    ambiguous: AmbiguousVerdicts | None = None
    left_out: dict[str, str] = field(default_factory=dict)


def run_answers(inputs: EvaluationInputs, max_written: int = MAX_WRITTEN) -> AnswerScores:
    """Asks every question of the split.

    Args:
        inputs: the model and the split.
        max_written: largest number of questions of each task that are answered in words; 0 for none.
    """
    yes_no = score_yes_no_tasks(inputs)
    written = score_written_answers(inputs, max_written) if max_written else None
    left_out = {}
    if not written or not written.tasks:
        written = None
        left_out["written answers"] = NOT_REQUESTED if not max_written else "the split holds no right answers"
    elif not inputs.slides:
        left_out["ledger precision, spots shuffled"] = "the dataset holds pictures, not slides (--store specs)"
    return AnswerScores(yes_no, written, count_ambiguous_verdicts(inputs), left_out)
