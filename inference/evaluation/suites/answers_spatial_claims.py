"""Scores of spatial claims, which a fold change cannot make, against arithmetic on the same pictures.

Spatial claims are: the form and the pieces of a niche; a gene that marks only a part of the niche, its rim or its core;
a gene that spills over, rises along an axis, or follows depth. The score is the macro-F1 over every question that could
be answered with the claim:

* For ``form`` and ``parts``, the classes are their values. Questions whose right answer makes no such claim are left
  out.
* For the other kinds, the classes are "made" and "not made". There is no score where no right answer makes the claim. A
  claim with the wrong value (half, rim or core, direction, neighbour) counts as a false claim and as a missed claim.

There are two baselines: the majority answer of the training split, and a logistic regression with balanced classes on
five pixel statistics of the question's own pictures, fitted on the training split. The regression predicts the value
too. Only the neighbour into which a gene spills over is given to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from data_prep import claims
from data_prep.claims import Claim
from data_prep.tasks import Question
from inference.evaluation.baselines import pixel_statistics
from inference.evaluation.questions.evaluation_inputs import EvaluationInputs
from inference.evaluation.questions.row_questions import read_claims, read_question
from inference.evaluation.scores.condition_names import MAJORITY, STATISTICS
from inference.evaluation.scores.metrics import Score, score_macro_f1

KINDS_WITH_VALUE = ("form", "parts")
SPATIAL_KINDS: dict[str, tuple[str, ...]] = {
    "describe": KINDS_WITH_VALUE,
    "pattern": ("partial", "rim", "spills_over", "gradient", "follows_depth"),
}
"""Task → the spatial claims that only its questions can be answered with."""
MAX_TRAIN_QUESTIONS = 1500
"""Training questions for the regressions, which have a few dozen weights."""
_MEASURE: dict[str, Callable[[Question], np.ndarray]] = {
    "describe": pixel_statistics.shape_statistics,
    "pattern": pixel_statistics.pattern_statistics,
}
_VALUE_GIVEN = ("spills_over",)
_MADE = "said"


@dataclass(frozen=True)
class ClaimScores:
    """Macro-F1 of one kind of claim.

    Attributes:
        n: questions that could be answered with it.
        n_true: of these, questions whose right answer makes it.
        conditions: condition (the model, blank, majority, regression) → macro-F1.
    """

    n: int
    n_true: int
    conditions: dict[str, Score]


@dataclass(frozen=True, eq=False)
class TrainingStatistics:
    """Training questions of one task: the claims of their right answers, and their (n, 5) pixel statistics."""

    right: list[list[Claim]]
    statistics: np.ndarray


def read_training_statistics(inputs: EvaluationInputs, task: str) -> TrainingStatistics | None:
    """Measures training questions of a task; None where the training split has none."""
    indices = inputs.row_indices(task, train=True)
    if not indices or inputs.train is None:
        return None
    if len(indices) > MAX_TRAIN_QUESTIONS:
        indices = sorted(inputs.rng("learn", task).choice(indices, MAX_TRAIN_QUESTIONS, replace=False).tolist())
    report = inputs.step(f"{task}: pixel statistics")
    right, statistics = [], []
    for done, row in enumerate(inputs.train.select(indices), start=1):
        right.append(read_claims(row))
        statistics.append(_MEASURE[task](read_question(row)))
        report(done, len(indices))
    return TrainingStatistics(right, np.array(statistics))


def read_statistics(task: str, questions: Iterable[Question]) -> np.ndarray:
    """(n, 5) pixel statistics of the questions of a task."""
    return np.array([_MEASURE[task](question) for question in questions])


def score_claim_kind(
    kind: str,
    right: Sequence[Sequence[Claim]],
    answers: dict[str, Sequence[str]],
    groups: np.ndarray,
    *,
    train: TrainingStatistics | None = None,
    statistics: np.ndarray | None = None,
    seed: int = 0,
) -> ClaimScores:
    """Scores one kind of claim.

    Args:
        kind: of ``SPATIAL_KINDS``.
        right: claims of each question's right answer.
        answers: condition → each question's answer in words.
        groups: (n,) what the bootstrap resamples as a whole.
        train: training questions; None leaves the baselines out.
        statistics: (n, 5) pixel statistics of the questions; needed with ``train``.
        seed: of the bootstrap.
    """
    true = [claim_value(some, kind) for some in right]
    values = {name: [claim_value(claims.hear(text), kind) for text in texts] for name, texts in answers.items()}
    if train is not None and statistics is not None:
        train_values = [claim_value(some, kind) for some in train.right]
        values |= _predict(kind, train_values, train.statistics, true, statistics)
    counted = np.array([bool(value) or kind not in KINDS_WITH_VALUE for value in true])
    classes = sorted({value for value in true if value}) if kind in KINDS_WITH_VALUE else []
    scores = {}
    for name, given in values.items():
        is_true, is_given, is_hit = (
            _by_value(true, given, classes) if kind in KINDS_WITH_VALUE else _by_presence(true, given)
        )
        scores[name] = score_macro_f1(is_true[counted], is_given[counted], is_hit[counted], groups[counted], seed=seed)
    return ClaimScores(int(counted.sum()), sum(bool(value) for value in true), scores)


def claim_value(some: Iterable[Claim], kind: str) -> str:
    """The value that some claims give for a kind; "" for no such claim. Several values are joined to one value."""
    values = {claim.value or claim.other or _MADE for claim in some if claim.kind == kind}
    return " + ".join(sorted(values))


def _predict(
    kind: str, train_values: list[str], train: np.ndarray, true: list[str], test: np.ndarray
) -> dict[str, list[str]]:
    """Values given by the majority and by the regression; {} where no training question makes the claim."""
    kept = [i for i, value in enumerate(train_values) if value or kind not in KINDS_WITH_VALUE]
    if not kept:
        return {}
    classes = [(_MADE if train_values[i] else "") if kind in _VALUE_GIVEN else train_values[i] for i in kept]
    common = Counter("" if kind not in KINDS_WITH_VALUE else value for value in classes).most_common(1)[0][0]
    predicted = pixel_statistics.predict_class(train[kept], classes, test)
    if kind in _VALUE_GIVEN:
        predicted = [value and (right or value) for value, right in zip(predicted, true, strict=True)]
    return {MAJORITY: [common] * len(true), STATISTICS: predicted}


def _by_value(true: list[str], given: list[str], classes: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, n_classes) bool: is the right class, is the given class, is both."""
    is_true, is_given = (np.array([[v == c for c in classes] for v in values]) for values in (true, given))
    return is_true, is_given, is_true & is_given


def _by_presence(true: list[str], given: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, 2) bool as ``_by_value`` for the classes "made" and "not made"; both only with the right value."""
    is_true, is_given = (np.array([[bool(v), not v] for v in values]) for values in (true, given))
    same = np.array([a == b for a, b in zip(true, given, strict=True)])
    return is_true, is_given, is_true & is_given & same[:, None]
