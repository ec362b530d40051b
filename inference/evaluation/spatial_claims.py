"""Claims that a fold change cannot make: does a model make them better than arithmetic on its pictures?

Form and pieces of a niche; a gene that marks only a part of it, its rim or its core, spills over, rises along an axis,
follows depth. Scored over every question that could have been answered with such a claim, said or not, by macro-F1:

* of ``form`` and ``parts`` the classes are their values; questions whose right answer says neither are left out;
* of the others the classes are said and not said (no score where no right answer says it), and a claim with the wrong
  value (half, rim or core, direction, neighbour) counts as made and as missed.

Beside it stand the majority answer of the training split, and a logistic regression on five pixel statistics of the
question's own pictures, learnt on the training split with balanced classes. The regression tells the value too; only
the neighbour that a gene spills into is granted to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from data_prep import claims
from data_prep.claims import Claim
from data_prep.tasks import Question
from inference.evaluation import pixel_statistics
from inference.evaluation.condition_names import MAJORITY, STATISTICS
from inference.evaluation.context import Exam
from inference.evaluation.metrics import Score, score_macro_f1
from inference.evaluation.row_questions import read_claims, read_question

VALUED = ("form", "parts")
KINDS: dict[str, tuple[str, ...]] = {
    "describe": VALUED,
    "pattern": ("partial", "rim", "spills_over", "gradient", "follows_depth"),
}
"""Task → the claims that only its questions can be answered with and that a fold change does not see."""
TRAIN_ROWS = 1500
"""Training questions that the regressions learn from; they have a few dozen weights."""
_STATISTICS: dict[str, Callable[[Question], np.ndarray]] = {
    "describe": pixel_statistics.shape_statistics,
    "pattern": pixel_statistics.gene_statistics,
}
_GRANTED = ("spills_over",)


@dataclass(frozen=True)
class ClaimScores:
    """Macro-F1 of one kind of claim.

    Attributes:
        n: questions that could have been answered with it.
        n_true: of these, questions whose right answer makes it.
        conditions: condition (the model, blank, majority, regression) → macro-F1.
    """

    n: int
    n_true: int
    conditions: dict[str, Score]


@dataclass(frozen=True, eq=False)
class Lessons:
    """What arithmetic learns from: the claims and statistics of training questions of one task."""

    right: list[list[Claim]]
    statistics: np.ndarray


def learn(exam: Exam, task: str) -> Lessons | None:
    """Reads training questions of a task; None where the training split has none."""
    places = exam.places(task, train=True)
    if not places or exam.train is None:
        return None
    if len(places) > TRAIN_ROWS:
        places = sorted(exam.rng("learn", task).choice(places, TRAIN_ROWS, replace=False).tolist())
    report = exam.step(f"{task}: pixel statistics")
    right, found = [], []
    for done, row in enumerate(exam.train.select(places), start=1):
        right.append(read_claims(row))
        found.append(_STATISTICS[task](read_question(row)))
        report(done, len(places))
    return Lessons(right, np.array(found))


def statistics_of(task: str, questions: Iterable[Question]) -> np.ndarray:
    """(n, 5) pixel statistics of the questions of a task."""
    return np.array([_STATISTICS[task](question) for question in questions])


def score_kind(
    kind: str,
    right: Sequence[Sequence[Claim]],
    answers: dict[str, Sequence[str]],
    groups: np.ndarray,
    *,
    lessons: Lessons | None = None,
    statistics: np.ndarray | None = None,
    seed: int = 0,
) -> ClaimScores:
    """Scores one kind of claim.

    Args:
        kind: of ``KINDS``.
        right: claims of each question's right answer, in references.
        answers: condition → each question's answer in words.
        groups: (n,) what the bootstrap resamples as a whole.
        lessons: training questions; None leaves arithmetic out.
        statistics: (n, 5) pixel statistics of the questions; with ``lessons``.
        seed: of the bootstrap.
    """
    true = [value_of(some, kind) for some in right]
    said = {name: [value_of(claims.hear(words), kind) for words in texts] for name, texts in answers.items()}
    if lessons is not None and statistics is not None:
        learnt = [value_of(some, kind) for some in lessons.right]
        said |= _arithmetic(kind, learnt, lessons.statistics, true, statistics)
    asked = np.array([bool(value) or kind not in VALUED for value in true])
    classes = sorted({value for value in true if value}) if kind in VALUED else []
    scores = {}
    for name, values in said.items():
        made, told, hit = (_valued if kind in VALUED else _made)(true, values, classes)
        scores[name] = score_macro_f1(made[asked], told[asked], hit[asked], groups[asked], seed=seed)
    return ClaimScores(int(asked.sum()), sum(bool(value) for value in true), scores)


def value_of(said: Iterable[Claim], kind: str) -> str:
    """What some claims say of a kind, "" for nothing; several claims of it are one value of their own."""
    values = {claim.value or claim.other or "said" for claim in said if claim.kind == kind}
    return " + ".join(sorted(values))


def _arithmetic(
    kind: str, learnt: list[str], train: np.ndarray, true: list[str], test: np.ndarray
) -> dict[str, list[str]]:
    """Answers of the majority and of the regression; {} where no training question makes the claim."""
    keep = [place for place, value in enumerate(learnt) if value or kind not in VALUED]
    if not keep:
        return {}
    classes = [("said" if learnt[i] else "") if kind in _GRANTED else learnt[i] for i in keep]
    common = Counter("" if kind not in VALUED else value for value in classes).most_common(1)[0][0]
    predicted = pixel_statistics.predicted_class(train[keep], classes, test)
    if kind in _GRANTED:
        predicted = [value and (right or value) for value, right in zip(predicted, true, strict=True)]
    return {MAJORITY: [common] * len(true), STATISTICS: predicted}


def _valued(true: list[str], said: list[str], classes: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    made, told = (np.array([[v == c for c in classes] for v in values]) for values in (true, said))
    return made, told, made & told


def _made(true: list[str], said: list[str], _: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    made, told = (np.array([[bool(v), not v] for v in values]) for values in (true, said))
    same = np.array([a == b for a, b in zip(true, said, strict=True)])
    return made, told, made & told & same[:, None]
