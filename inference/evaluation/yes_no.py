"""Yes/no questions under every condition: with less to see, without the adapter, and answered by arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data_prep.dataset.lint.text_probe import text_probe
from data_prep.tasks import MARKER_PROMPT, TASKS, Question
from inference.answers import screen
from inference.evaluation import controls, pixel_statistics
from inference.evaluation.altered_slides import SHUFFLES
from inference.evaluation.condition_names import (
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
from inference.evaluation.context import Exam, gene_groups
from inference.evaluation.curves import Curves, draw_curves
from inference.evaluation.metrics import Score, YesNoScores, score_auroc_gain, score_yes_no
from inference.evaluation.row_questions import read_question

if TYPE_CHECKING:
    from datasets import Dataset

TRAIN_QUESTIONS = 4000
"""Questions from which the regressions learn; they have at most a few dozen weights that matter."""
_PIXELS: dict[str, tuple[str, Callable[[Question], np.ndarray]]] = {
    "marker": (STATISTICS, lambda question: pixel_statistics.five_statistics(question.images[0])),
    "compare": (CORRELATION, pixel_statistics.map_correlation),
}
"""Task → the arithmetic that answers it, and its numbers."""


@dataclass(frozen=True)
class YesNo:
    """Scores of the yes/no questions of one task.

    Attributes:
        conditions: condition → scores, the model itself first. The two conditions about names have fewer questions.
        reliance: AUROC with the picture minus AUROC with a blank one; 0 where pictures are not read.
        probe_accuracy: cross-validated accuracy, within this split, of the words of the questions alone.
        slides: slide → scores of the model and of arithmetic on its pixels.
        curves: condition → reliability and coverage-risk curve, of the model and of arithmetic.
        spots_shuffled: whether spots were shuffled; else pixels were.
    """

    conditions: dict[str, YesNoScores]
    reliance: Score
    probe_accuracy: float
    slides: dict[str, dict[str, YesNoScores]]
    curves: dict[str, Curves]
    spots_shuffled: bool


@dataclass(frozen=True)
class Ambiguous:
    """What the model says of genes that the marker rule calls neither: nothing right or wrong, but worth knowing.

    Attributes:
        n: number of questions.
        yes: share that the model calls markers.
        no: share that it calls no markers.
        abstain: share on which it abstains.
    """

    n: int
    yes: float
    no: float
    abstain: float


def ask_yes_no(exam: Exam) -> dict[str, YesNo]:
    """Asks every yes/no question of the split: task → scores."""
    found = {}
    for task in (name for name, known in TASKS.items() if known.is_yes_no):
        places = exam.draw(exam.places(task), None, "yes/no", task)
        if places:
            found[task] = _ask_task(exam, task, exam.rows.select(places))
    return found


def ask_ambiguous(exam: Exam) -> Ambiguous | None:
    """Asks the marker questions that have no right answer; None where the split holds none."""
    places = exam.draw(exam.places("marker", answered=False), None, "ambiguous")
    if not places:
        return None
    questions = [read_question(row) for row in exam.rows.select(places)]
    said = [screen.verdict(p) for p in exam.engine.yes_probability(questions, progress=exam.step("ambiguous genes"))]
    return Ambiguous(len(said), *(said.count(word) / len(said) for word in ("yes", "no", "abstain")))


def _ask_task(exam: Exam, task: str, rows: Dataset) -> YesNo:
    label = np.array(rows["label"]) == "yes"
    groups, slides = gene_groups(rows), np.array(rows["slide"])
    questions = [read_question(row) for row in rows]
    by_spots = set(slides.tolist()) <= exam.tissues.keys()
    p_yes = _ask_model(exam, task, questions, slides, by_spots=by_spots)
    p_yes |= _ask_arithmetic(exam, task, questions)
    conditions = {name: score_yes_no(label, p, groups, seed=exam.seed) for name, p in p_yes.items()}
    conditions |= _ask_names(exam, questions, label, groups)
    shown = [name for name in (MODEL, _PIXELS[task][0]) if name in p_yes]
    return YesNo(
        conditions=conditions,
        reliance=score_auroc_gain(label, p_yes[MODEL], p_yes[BLANK], groups, seed=exam.seed),
        probe_accuracy=text_probe(
            rows["prompt"], label.tolist(), [genes[0] for genes in rows["genes"]], seed=exam.seed
        ).accuracy,
        slides={
            slide: {name: score_yes_no(label[here], p_yes[name][here], groups[here], seed=exam.seed) for name in shown}
            for slide in sorted(set(slides.tolist()))
            for here in [slides == slide]
        },
        curves={name: draw_curves(label, p_yes[name]) for name in shown},
        spots_shuffled=by_spots,
    )


def _ask_model(
    exam: Exam, task: str, questions: list[Question], slides: np.ndarray, *, by_spots: bool
) -> dict[str, np.ndarray]:
    """p(yes) of the model and its base."""

    def ask(condition: str, asked: list[Question]) -> np.ndarray:
        engine = exam.base if condition == BASE and exam.base else exam.engine
        return engine.yes_probability(asked, progress=exam.step(f"{task}: {condition}"))

    if by_spots:
        genes = [question.specs[0].genes[0] for question in questions]
        mixed = [
            controls.redrawn(q, exam.tissues[slide].shuffled(pixel_statistics.gene_hash(gene) % SHUFFLES, exam.seed))
            for q, slide, gene in zip(questions, slides.tolist(), genes, strict=True)
        ]
    else:
        rng = exam.rng("shuffle", task)
        mixed = [controls.shuffled(question, rng) for question in questions]
    p_yes = {
        MODEL: ask(MODEL, questions),
        BLANK: ask(BLANK, [controls.blank(question) for question in questions]),
        SHUFFLED: ask(SHUFFLED, mixed),
    }
    if exam.base:
        p_yes[BASE] = ask(BASE, questions)
    return p_yes


def _ask_names(exam: Exam, questions: list[Question], label: np.ndarray, groups: np.ndarray) -> dict[str, YesNoScores]:
    """Scores of the marker questions asked by name, and of the same with names masked; {} where there are none."""
    named = np.array([q.specs[0].kind == "focus" and q.prompt != MARKER_PROMPT for q in questions])
    if not named.any():
        return {}
    asked = [question for question, chosen in zip(questions, named, strict=True) if chosen]
    both = {NAMED: asked, MASKED: [controls.masked(question) for question in asked]}
    return {
        name: score_yes_no(
            label[named],
            exam.engine.yes_probability(some, progress=exam.step(f"marker: {name}")),
            groups[named],
            seed=exam.seed,
        )
        for name, some in both.items()
    }


def _ask_arithmetic(exam: Exam, task: str, questions: list[Question]) -> dict[str, np.ndarray]:
    """p(yes) of two regressions learnt on the training split: on the words, and on the pixels; {} without it."""
    places = exam.places(task, train=True)
    if not places or exam.train is None:
        return {}
    if len(places) > TRAIN_QUESTIONS:
        places = sorted(exam.rng("train", task).choice(places, TRAIN_QUESTIONS, replace=False).tolist())
    train = exam.train.select(places)
    label = np.array(train["label"]) == "yes"
    name, numbers = _PIXELS[task]
    report = exam.step(f"{task}: {name}")
    learnt = []
    for done, row in enumerate(train, start=1):
        learnt.append(numbers(read_question(row)))
        report(done, len(train))
    seen = np.array([numbers(question) for question in questions])
    prompts = [question.prompt for question in questions]
    return {
        WORDS: pixel_statistics.words_probability(train["prompt"], label, prompts),
        name: pixel_statistics.statistics_probability(np.array(learnt), label, seen),
    }
