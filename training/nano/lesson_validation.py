"""Measures a model of a run on lessons that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from training.nano.arm_training import ArmTraining
from training.nano.lesson_pool import LessonBatch
from training.nano.lesson_prompts import asked_kinds
from training.nano.picture_targets import picture_targets

_BATCH = 128
_MOST_FOR_HEADS = 1024
"""Lessons on which the dense heads are measured; the first of the validation suffice."""


@dataclass(frozen=True)
class ValidationScores:
    """Scores of a validation.

    Attributes:
        auroc: kind of claim → AUROC of yes against no, for kinds with both answers.
        mean: mean of these.
        heads: group of dense targets → R² of the predictions, averaged over the numbers of the group. It shows where
            sight gets lost between tower and answer.
    """

    auroc: dict[str, float]
    mean: float
    heads: dict[str, float]


def validate(arm: ArmTraining, lessons: LessonBatch) -> ValidationScores:
    """Score a model on lessons; the model is left in evaluation mode."""
    from sklearn.metrics import roc_auc_score

    parts = [lessons[start : start + _BATCH] for start in range(0, len(lessons), _BATCH)]
    logits = torch.cat([arm.yes_logits(part) for part in parts]).cpu().numpy()
    kinds, answers = lessons.kinds.cpu().numpy(), lessons.answers.cpu().numpy()
    auroc = {}
    for number, kind in enumerate(asked_kinds()):
        own = kinds == number
        if len(np.unique(answers[own])) == 2:
            auroc[kind] = round(float(roc_auc_score(answers[own], logits[own])), 4)
    mean = round(float(np.mean(list(auroc.values()))), 4) if auroc else float("nan")
    return ValidationScores(auroc, mean, _measure_heads(arm, parts[: _MOST_FOR_HEADS // _BATCH]))


def count_by_kind(lessons: LessonBatch) -> dict[str, int]:
    """Kind of claim → number of lessons."""
    counts = torch.bincount(lessons.kinds, minlength=len(asked_kinds())).tolist()
    return dict(zip(asked_kinds(), counts, strict=True))


def _measure_heads(arm: ArmTraining, parts: Sequence[LessonBatch]) -> dict[str, float]:
    by_group: dict[str, list[tuple[torch.Tensor, torch.Tensor]]] = {}
    for part in parts:
        for name, predicted, target in arm.dense_errors(part, picture_targets(part.pictures)):
            by_group.setdefault(name, []).append((predicted.flatten(0, -2), target.flatten(0, -2)))
    return {name: round(_r_squared(pairs), 3) for name, pairs in by_group.items()}


def _r_squared(pairs: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> float:
    predicted, target = (torch.cat(tensors).double() for tensors in zip(*pairs, strict=True))
    error = (predicted - target).square().nanmean(dim=0)
    spread = (target - target.nanmean(dim=0)).square().nanmean(dim=0)
    return (1 - error / spread)[spread > 0].mean().item()
