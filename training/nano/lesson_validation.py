"""Measures a base on lessons that it was not trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from training.nano.head_outputs import HeadOutput, r_squared
from training.nano.lesson_stream import LessonCollator
from training.nano.lessons import Lesson

if TYPE_CHECKING:
    from training.nano.base_training import BaseTraining

_BATCH = 32


@dataclass(frozen=True)
class ValidationScores:
    """Scores of a validation.

    Attributes:
        answers: task → AUROC of yes against no for yes/no tasks. For other tasks it is the share of answer tokens that
            come first given the right tokens before them. Grammar fixes most tokens, so this share is flattering and
            only serves to compare runs.
        heads: group of dense targets → R² of the predictions, averaged over the numbers of the group. It shows where
            sight or relations get lost between tower and answer.
    """

    answers: dict[str, float]
    heads: dict[str, float]


def validate(run: BaseTraining, lessons: list[Lesson], collate: LessonCollator) -> ValidationScores:
    """Score a run on lessons; the model is left in evaluation mode."""
    from sklearn.metrics import roc_auc_score

    run.model.eval()
    yes, no = (run.processor.tokenizer.convert_tokens_to_ids(word) for word in ("Yes", "No"))
    answers: dict[str, float] = {}
    outputs: list[list[HeadOutput]] = []
    for task in sorted({lesson.task for lesson in lessons}):
        of_task = [lesson for lesson in lessons if lesson.task == task]
        yes_logits: list[float] = []
        n_right = n_tokens = 0
        for start in range(0, len(of_task), _BATCH):
            batch = collate(of_task[start : start + _BATCH])
            with torch.inference_mode():
                logits, head_outputs = run.forward(batch)
            outputs.append(head_outputs)
            is_answer = batch.labels[:, 1:] != -100
            n_right += int((logits.argmax(dim=-1) == batch.labels[:, 1:][is_answer]).sum())
            n_tokens += len(logits)
            first = torch.cumsum(is_answer.sum(dim=1), 0) - is_answer.sum(dim=1)
            yes_logits += (logits[first, yes] - logits[first, no]).tolist()
        truth = [lesson.label == "yes" for lesson in of_task]
        is_yes_no = len(set(truth)) == 2
        answers[task] = round(float(roc_auc_score(truth, yes_logits)) if is_yes_no else n_right / n_tokens, 4)
    return ValidationScores(answers, r_squared(outputs))
