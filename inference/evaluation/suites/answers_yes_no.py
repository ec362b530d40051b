"""Scores of the yes/no questions: the model, its controls, its base, and arithmetic on the same pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data_prep.dataset.lint.text_probe import text_probe
from data_prep.tasks import MARKER_PROMPT, TASKS, Question
from inference.evaluation.baselines import pixel_statistics
from inference.evaluation.questions import control_questions
from inference.evaluation.questions.altered_slides import SHUFFLED_COPIES
from inference.evaluation.questions.evaluation_inputs import EvaluationInputs, gene_groups
from inference.evaluation.questions.row_questions import read_question
from inference.evaluation.scores.condition_names import (
    BASE,
    BLANK,
    CORRELATION,
    MASKED,
    MODEL,
    NAMED,
    SHUFFLED,
    STATISTICS,
    WORDS,
)
from inference.evaluation.scores.curves import Curves, measure_curves
from inference.evaluation.scores.metrics import Score, YesNoScores, score_auroc_gain, score_yes_no

if TYPE_CHECKING:
    from datasets import Dataset

MAX_TRAIN_QUESTIONS = 4000
"""Training questions for the regressions. At most a few dozen of their weights matter, so more add nothing."""
_ARITHMETIC: dict[str, tuple[str, Callable[[Question], np.ndarray]]] = {
    "marker": (STATISTICS, lambda question: pixel_statistics.focus_statistics(question.images[0])),
    "compare": (CORRELATION, pixel_statistics.map_correlation),
}
"""Task → the name of its baseline on pixels, and the function that measures the numbers for it."""


@dataclass(frozen=True)
class YesNoTaskScores:
    """Scores of the yes/no questions of one task.

    Attributes:
        conditions: condition → scores; the model comes first. The two conditions about names have fewer questions.
        reliance: AUROC with the picture minus AUROC with a blank one; 0 for a model that ignores its pictures.
        probe_accuracy: cross-validated accuracy, within this split, of a classifier on the words of the questions.
        slides: slide → scores of the model and of arithmetic on the pixels.
        curves: condition → reliability curve and coverage-risk curve, for the model and for arithmetic.
        spots_shuffled: True if the shuffled condition permutes the counts of spots; False if it permutes pixels.
    """

    conditions: dict[str, YesNoScores]
    reliance: Score
    probe_accuracy: float
    slides: dict[str, dict[str, YesNoScores]]
    curves: dict[str, Curves]
    spots_shuffled: bool


@dataclass(frozen=True)
class AmbiguousVerdicts:
    """Verdicts of the model on genes that the marker rule leaves open. None of them is right or wrong.

    Attributes:
        n: number of questions.
        yes: share of the questions that the model answers with yes.
        no: share that it answers with no.
        abstain: share on which it abstains.
    """

    n: int
    yes: float
    no: float
    abstain: float


def score_yes_no_tasks(inputs: EvaluationInputs) -> dict[str, YesNoTaskScores]:
    """Asks every yes/no question of the split: task → scores."""
    scores = {}
    for task in (name for name, known in TASKS.items() if known.is_yes_no):
        indices = inputs.draw(inputs.row_indices(task), None, "yes/no", task)
        if indices:
            scores[task] = _score_task(inputs, task, inputs.rows.select(indices))
    return scores


def count_ambiguous_verdicts(inputs: EvaluationInputs) -> AmbiguousVerdicts | None:
    """Asks the marker questions that have no right answer; None where the split holds none."""
    indices = inputs.draw(inputs.row_indices("marker", answered=False), None, "ambiguous")
    if not indices:
        return None
    questions = [read_question(row) for row in inputs.rows.select(indices)]
    p_yes = inputs.engine.yes_probability(questions, progress=inputs.step("ambiguous genes"))
    verdicts = [inputs.engine.calibration.of("enriched").verdict(p) for p in p_yes]
    return AmbiguousVerdicts(
        len(verdicts), *(verdicts.count(word) / len(verdicts) for word in ("yes", "no", "abstain"))
    )


def _score_task(inputs: EvaluationInputs, task: str, rows: Dataset) -> YesNoTaskScores:
    label = np.array(rows["label"]) == "yes"
    groups, slides = gene_groups(rows), np.array(rows["slide"])
    questions = [read_question(row) for row in rows]
    has_slides = set(slides.tolist()) <= inputs.slides.keys()
    p_yes = _ask_model(inputs, task, questions, slides, has_slides=has_slides)
    p_yes |= _ask_arithmetic(inputs, task, questions)
    conditions = {name: score_yes_no(label, p, groups, seed=inputs.seed) for name, p in p_yes.items()}
    conditions |= _score_names(inputs, questions, label, groups)
    shown = [name for name in (MODEL, _ARITHMETIC[task][0]) if name in p_yes]
    by_slide = {}
    for slide in sorted(set(slides.tolist())):
        here = slides == slide
        by_slide[slide] = {
            name: score_yes_no(label[here], p_yes[name][here], groups[here], seed=inputs.seed) for name in shown
        }
    first_genes = [genes[0] for genes in rows["genes"]]
    return YesNoTaskScores(
        conditions=conditions,
        reliance=score_auroc_gain(label, p_yes[MODEL], p_yes[BLANK], groups, seed=inputs.seed),
        probe_accuracy=text_probe(rows["prompt"], label.tolist(), first_genes, seed=inputs.seed).accuracy,
        slides=by_slide,
        curves={name: measure_curves(label, p_yes[name]) for name in shown},
        spots_shuffled=has_slides,
    )


def _ask_model(
    inputs: EvaluationInputs, task: str, questions: list[Question], slides: np.ndarray, *, has_slides: bool
) -> dict[str, np.ndarray]:
    """Condition → p(yes) of the model or of its base."""

    def ask(condition: str, asked: list[Question]) -> np.ndarray:
        engine = inputs.base if condition == BASE and inputs.base else inputs.engine
        return engine.yes_probability(asked, progress=inputs.step(f"{task}: {condition}"))

    p_yes = {
        MODEL: ask(MODEL, questions),
        BLANK: ask(BLANK, [control_questions.blank_pictures(question) for question in questions]),
        SHUFFLED: ask(SHUFFLED, _shuffled(inputs, task, questions, slides, has_slides=has_slides)),
    }
    if inputs.base:
        p_yes[BASE] = ask(BASE, questions)
    return p_yes


def _shuffled(
    inputs: EvaluationInputs, task: str, questions: list[Question], slides: np.ndarray, *, has_slides: bool
) -> list[Question]:
    """The questions with the counts of spots permuted, or the pixels where the dataset holds no slides."""
    if not has_slides:
        rng = inputs.rng("shuffle", task)
        return [control_questions.shuffle_pixels(question, rng) for question in questions]
    shuffled = []
    for question, slide in zip(questions, slides.tolist(), strict=True):
        copy = pixel_statistics.gene_hash(question.specs[0].genes[0]) % SHUFFLED_COPIES
        shuffled.append(control_questions.redraw(question, inputs.slides[slide].shuffled_canvas(copy, inputs.seed)))
    return shuffled


def _score_names(
    inputs: EvaluationInputs, questions: list[Question], label: np.ndarray, groups: np.ndarray
) -> dict[str, YesNoScores]:
    """Scores of the marker questions that name gene and niche, and of the same questions with the names masked."""
    is_named = np.array([q.specs[0].kind == "focus" and q.prompt != MARKER_PROMPT for q in questions])
    if not is_named.any():
        return {}
    named = [question for question, chosen in zip(questions, is_named, strict=True) if chosen]
    scores = {}
    for name, asked in ((NAMED, named), (MASKED, [control_questions.mask_names(question) for question in named])):
        p_yes = inputs.engine.yes_probability(asked, progress=inputs.step(f"marker: {name}"))
        scores[name] = score_yes_no(label[is_named], p_yes, groups[is_named], seed=inputs.seed)
    return scores


def _ask_arithmetic(inputs: EvaluationInputs, task: str, questions: list[Question]) -> dict[str, np.ndarray]:
    """p(yes) of two regressions fitted on the training split: on the words and on the pixels; {} without training."""
    indices = inputs.row_indices(task, train=True)
    if not indices or inputs.train is None:
        return {}
    if len(indices) > MAX_TRAIN_QUESTIONS:
        indices = sorted(inputs.rng("train", task).choice(indices, MAX_TRAIN_QUESTIONS, replace=False).tolist())
    train = inputs.train.select(indices)
    label = np.array(train["label"]) == "yes"
    name, measure = _ARITHMETIC[task]
    report = inputs.step(f"{task}: {name}")
    train_statistics = []
    for done, row in enumerate(train, start=1):
        train_statistics.append(measure(read_question(row)))
        report(done, len(train))
    statistics = np.array([measure(question) for question in questions])
    prompts = [question.prompt for question in questions]
    return {
        WORDS: pixel_statistics.probability_from_words(train["prompt"], label, prompts),
        name: pixel_statistics.probability_from_statistics(np.array(train_statistics), label, statistics),
    }
