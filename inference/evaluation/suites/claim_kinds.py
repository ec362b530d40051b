"""Claims suite: every kind of claim as yes/no questions, beside controls and arithmetic on the very same figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data_prep.dataset.lint.text_probe import text_probe
from data_prep.tasks import CLAIM_TASKS, MARKER_WHY_PROMPT, TASKS, Question
from inference.evaluation.baselines.arithmetic import (
    QuestionStatistics,
    probability_from_statistics,
    probability_from_words,
)
from inference.evaluation.questions import control_questions
from inference.evaluation.questions.evaluation_inputs import EvaluationInputs, gene_groups
from inference.evaluation.questions.row_questions import read_questions
from inference.evaluation.scores.condition_names import (
    ARITHMETIC,
    BASE,
    BLANK,
    MASKED,
    MODEL,
    NAMED,
    SHUFFLED,
    WORDS,
)
from inference.evaluation.scores.curves import Curves, measure_curves
from inference.evaluation.scores.metrics import (
    Score,
    score_auroc,
    score_auroc_gain,
    score_ece,
    score_mean,
    weighted_auroc,
)

if TYPE_CHECKING:
    from datasets import Dataset

MAX_QUESTIONS = 1000
"""Questions of each kind, drawn evenly from the slides."""
MAX_SHUFFLED = 300
"""Of these, questions that are asked again with shuffled spots."""
MAX_TRAIN_QUESTIONS = 1200
"""Training questions for the regressions of each kind."""
MIN_OF_SLIDE = 5
"""Questions of either answer that a slide needs for scores of its own."""


@dataclass(frozen=True)
class SlideScores:
    """Scores of one kind on one slide; NaN where they are not defined.

    Attributes:
        n: number of questions.
        auroc: of the model.
        arithmetic: AUROC of arithmetic on the same figures.
        precision: of the claims said at the shipped threshold.
        recall: of the right claims, at the shipped threshold.
    """

    n: int
    auroc: float
    arithmetic: float
    precision: float
    recall: float


@dataclass(frozen=True)
class ThresholdScores:
    """What the model says at its thresholds.

    Attributes:
        least: the least probability at which it says a claim; infinite for never.
        precision: share of right claims among those said.
        recall: share of the right claims that are said.
        denied_precision: share of wrong claims among those denied.
        denied_recall: share of the wrong claims that are denied.
    """

    least: float
    precision: Score
    recall: Score
    denied_precision: Score
    denied_recall: Score


@dataclass(frozen=True)
class KindScores:
    """Scores of the yes/no questions about one kind of claim.

    Attributes:
        n: number of questions.
        n_yes: of these, questions with the answer yes.
        figure: kind of their figure.
        auroc: condition → AUROC; the model comes first. Conditions on names and shuffled spots have fewer questions.
        gain: AUROC of the model minus AUROC of arithmetic, paired; undefined without training questions.
        gain_over_base: AUROC of the adapter minus AUROC of its base, paired; undefined for a base.
        ece: expected calibration error of the model's probabilities.
        threshold: what the model says at its thresholds.
        probe_accuracy: cross-validated accuracy, within this split, of a classifier on the words of the questions.
        slides: slide → its scores.
        curves: reliability and coverage of the model.
    """

    n: int
    n_yes: int
    figure: str
    auroc: dict[str, Score]
    gain: Score
    gain_over_base: Score
    ece: Score
    threshold: ThresholdScores
    probe_accuracy: float
    slides: dict[str, SlideScores]
    curves: Curves


@dataclass(frozen=True)
class UnclearVerdicts:
    """Verdicts of the model on questions that the counts leave open. None of them is right or wrong.

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


@dataclass(frozen=True, eq=False)
class _Asked:
    """The questions of one kind."""

    kind: str
    rows: Dataset
    questions: list[Question]
    label: np.ndarray
    slides: list[str]
    groups: np.ndarray


def score_claim_kinds(inputs: EvaluationInputs) -> dict[str, KindScores]:
    """Asks the yes/no questions of the split: kind (or yes/no task of prose) → scores."""
    scores = {}
    for task in (name for name, known in TASKS.items() if known.is_yes_no):
        indices = inputs.draw_evenly(inputs.row_indices(task), MAX_QUESTIONS, "claims", task)
        label = np.array([inputs.labels[i] == "yes" for i in indices], bool)
        if 0 < label.sum() < len(label):
            scores[task] = _score_kind(inputs, _read(inputs, task, inputs.rows.select(indices)))
    return scores


def count_unclear_verdicts(inputs: EvaluationInputs) -> UnclearVerdicts | None:
    """Asks the yes/no questions that have no right answer; None where the split holds none."""
    indices = [i for name, task in TASKS.items() if task.is_yes_no for i in inputs.row_indices(name, answered=False)]
    indices = inputs.draw(sorted(indices), MAX_QUESTIONS, "unclear")
    if not indices:
        return None
    questions = read_questions(inputs.rows.select(indices), inputs.slides)
    p_yes = inputs.engine.yes_probability(questions, progress=inputs.step("unclear questions"))
    calibration = inputs.engine.calibration
    verdicts = [calibration.of(question.kind).verdict(p) for question, p in zip(questions, p_yes, strict=True)]
    return UnclearVerdicts(len(verdicts), *(verdicts.count(word) / len(verdicts) for word in ("yes", "no", "abstain")))


def _read(inputs: EvaluationInputs, kind: str, rows: Dataset) -> _Asked:
    return _Asked(
        kind=kind,
        rows=rows,
        questions=read_questions(rows, inputs.slides),
        label=np.array(rows["label"]) == "yes",
        slides=list(rows["slide"]),
        groups=gene_groups(rows),
    )


def _score_kind(inputs: EvaluationInputs, asked: _Asked) -> KindScores:
    label, groups, seed = asked.label, asked.groups, inputs.seed
    logit = inputs.engine.yes_logit(asked.questions, progress=inputs.step(f"{asked.kind}: {MODEL}"))
    p_yes = inputs.engine.calibration.probability(logit, [question.kind for question in asked.questions])
    values = {MODEL: logit, BLANK: control_questions.blank_logits(inputs.engine, asked.questions)}
    if inputs.base:
        values[BASE] = inputs.base.yes_logit(asked.questions, progress=inputs.step(f"{asked.kind}: {BASE}"))
    values |= _ask_arithmetic(inputs, asked)
    auroc = {name: score_auroc(label, value, groups, seed=seed) for name, value in values.items()}
    gains = {
        name: score_auroc_gain(label, logit, values[name], groups, seed=seed) if name in values else Score.undefined()
        for name in (ARITHMETIC, BASE)
    }
    first = [f"{slide} {genes[0] if genes else niche}" for slide, genes, niche in _columns(asked.rows)]
    return KindScores(
        n=len(label),
        n_yes=int(label.sum()),
        figure=asked.questions[0].specs[0].kind,
        auroc=auroc | _shuffled(inputs, asked) | _named(inputs, asked),
        gain=gains[ARITHMETIC],
        gain_over_base=gains[BASE],
        ece=score_ece(label, p_yes, groups, seed=seed),
        threshold=score_threshold(inputs, asked.questions[0].kind, label, p_yes, groups),
        probe_accuracy=text_probe(list(asked.rows["prompt"]), label.tolist(), first, seed=seed).accuracy,
        slides=_by_slide(inputs, asked, values, p_yes),
        curves=measure_curves(label, p_yes),
    )


def _columns(rows: Dataset) -> zip:
    return zip(rows["slide"], rows["genes"], rows["niche"], strict=True)


def score_threshold(
    inputs: EvaluationInputs, kind: str, label: np.ndarray, p_yes: np.ndarray, groups: np.ndarray
) -> ThresholdScores:
    """Precision and recall of what is said and of what is denied at the model's thresholds.

    Args:
        inputs: the model.
        kind: kind of claim.
        label: (n,) truth.
        p_yes: (n,) calibrated probabilities.
        groups: (n,) groups of the bootstrap.
    """
    calibration = inputs.engine.calibration.of(kind)
    said, denied = p_yes >= calibration.yes_from, p_yes <= calibration.no_up_to

    def share(part: np.ndarray, among: np.ndarray) -> Score:
        return score_mean(part.astype(float), among.astype(float), groups, seed=inputs.seed)

    return ThresholdScores(
        least=calibration.yes_from,
        precision=share(label, said),
        recall=share(said, label),
        denied_precision=share(~label, denied),
        denied_recall=share(denied, ~label),
    )


def _shuffled(inputs: EvaluationInputs, asked: _Asked) -> dict[str, Score]:
    """AUROC with permuted spots, on some of the questions; {} where the dataset holds no slides."""
    if not inputs.slides:
        return {}
    some = inputs.draw(range(len(asked.questions)), MAX_SHUFFLED, "shuffle", asked.kind)
    questions = [asked.questions[i] for i in some]
    shuffled = control_questions.shuffle_spots(questions, [asked.slides[i] for i in some], inputs.slides, inputs.seed)
    logit = inputs.engine.yes_logit(shuffled, progress=inputs.step(f"{asked.kind}: {SHUFFLED}"))
    return {SHUFFLED: score_auroc(asked.label[some], logit, asked.groups[some], seed=inputs.seed)}


def _named(inputs: EvaluationInputs, asked: _Asked) -> dict[str, Score]:
    """AUROC of the questions that name gene and niche, and of the same questions with the names masked."""
    if asked.kind in CLAIM_TASKS:  # They name nothing.
        return {}
    is_named = np.array([q.specs[0].kind == "focus" and q.prompt != MARKER_WHY_PROMPT for q in asked.questions])
    named = [question for question, chosen in zip(asked.questions, is_named, strict=True) if chosen]
    label, groups = asked.label[is_named], asked.groups[is_named]
    if not 0 < label.sum() < len(label):
        return {}
    masked = [control_questions.mask_names(question) for question in named]
    return {
        name: score_auroc(label, inputs.engine.yes_logit(questions), groups, seed=inputs.seed)
        for name, questions in ((NAMED, named), (MASKED, masked))
    }


def _ask_arithmetic(inputs: EvaluationInputs, asked: _Asked) -> dict[str, np.ndarray]:
    """p(yes) of the regressions on the words and on the pixels, fitted on the training split; {} without training."""
    indices = inputs.row_indices(asked.kind, train=True)
    if not indices or inputs.train is None:
        return {}
    indices = inputs.draw_evenly(indices, MAX_TRAIN_QUESTIONS, "train", asked.kind, train=True)
    train = _read(inputs, asked.kind, inputs.train.select(indices))
    if not 0 < train.label.sum() < len(train.label):
        return {}
    measured = QuestionStatistics()
    report = inputs.step(f"{asked.kind}: {ARITHMETIC}")
    n_all = len(train.questions) + len(asked.questions)
    statistics: list[np.ndarray] = []
    for part in (train, asked):
        for question, slide, word in zip(part.questions, part.slides, part.rows["value"], strict=True):
            statistics.append(measured.measure(question, slide, word))
            report(len(statistics), n_all)
    numbers = np.array(statistics)
    n_train = len(train.questions)
    prompts = [[question.prompt for question in part.questions] for part in (train, asked)]
    return {
        ARITHMETIC: probability_from_statistics(numbers[:n_train], train.label, train.slides, numbers[n_train:]),
        WORDS: probability_from_words(prompts[0], train.label, prompts[1]),
    }


def _by_slide(
    inputs: EvaluationInputs, asked: _Asked, values: dict[str, np.ndarray], p_yes: np.ndarray
) -> dict[str, SlideScores]:
    calibration = inputs.engine.calibration.of(asked.questions[0].kind)
    of_slide = np.array(asked.slides)
    scores = {}
    for slide in sorted(set(asked.slides)):
        here = of_slide == slide
        label = asked.label[here]
        if min(label.sum(), (~label).sum()) < MIN_OF_SLIDE:
            continue
        said = p_yes[here] >= calibration.yes_from
        once = np.ones((1, len(label)))
        scores[slide] = SlideScores(
            n=len(label),
            auroc=float(weighted_auroc(label, values[MODEL][here], once)[0]),
            arithmetic=(
                float(weighted_auroc(label, values[ARITHMETIC][here], once)[0]) if ARITHMETIC in values else np.nan
            ),
            precision=float(label[said].mean()) if said.any() else np.nan,
            recall=float(said[label].mean()),
        )
    return scores
