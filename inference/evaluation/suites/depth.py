"""Depth suite: the same questions about markers on fewer and fewer counts.

Counts are thinned binomially, and the figures are drawn from the remaining counts. The labels are those at full depth.
The model is compared with four detectors on the same thinned counts: Wilcoxon's z, the log2 fold change, the fold
change with its error, and arithmetic on the same figures. Arithmetic is fitted on training figures of the same depth,
and never on a gene that it answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data_prep.tasks import Question
from inference.evaluation.baselines.arithmetic import QuestionStatistics, probability_from_other_genes
from inference.evaluation.baselines.count_detectors import score_counts, score_fold_with_error
from inference.evaluation.questions.control_questions import redraw
from inference.evaluation.questions.evaluation_inputs import EvaluationInputs, gene_groups
from inference.evaluation.questions.row_questions import read_specs_only
from inference.evaluation.scores.condition_names import ARITHMETIC, FOLD_CHANGE, FOLD_CHANGE_ERROR, MODEL, WILCOXON
from inference.evaluation.scores.metrics import Score, score_auroc, score_auroc_gain
from inference.evaluation.suites.skipped import NEEDS_SLIDES, Skipped

if TYPE_CHECKING:
    from datasets import Dataset

TASK = "enriched"
KEPT_SHARES = (1.0, 0.2, 0.1, 0.05, 0.02)
"""Shares of the counts that are kept, one for each rung."""
MIN_SPOTS = 200
"""A slide with fewer labelled spots is left out."""
MIN_QUESTIONS_EACH = 20
"""A slide with fewer questions of either answer is left out: at least 40 questions, half of them yes."""
MAX_QUESTIONS = 1000
"""Questions over all slides."""
MAX_TRAIN_QUESTIONS = 800
"""Training figures drawn at each depth, over all training slides."""

RungScores = dict[float, dict[str, Score]]
"""Rung of a ladder (here the share of the counts) → detector → AUROC."""


@dataclass(frozen=True)
class DepthLadder:
    """AUROC by sequencing depth.

    Attributes:
        n: slide → number of questions.
        slides: slide → scores by rung.
        pooled: scores by rung over the questions of all slides.
        gain: rung → detector → AUROC of the model minus that of the detector over all questions, paired.
    """

    n: dict[str, int]
    slides: dict[str, RungScores]
    pooled: RungScores
    gain: RungScores


@dataclass(frozen=True, eq=False)
class _SlideQuestions:
    """The questions about one slide, without pictures."""

    slide: str
    questions: list[Question]
    label: np.ndarray
    genes: list[str]
    niches: list[str]
    groups: np.ndarray


@dataclass(frozen=True, eq=False)
class _TrainingFigures:
    """Statistics (n × k), labels (n,) and genes of the training figures at one depth."""

    statistics: np.ndarray
    label: np.ndarray
    genes: list[str]


def run_depth_ladder(inputs: EvaluationInputs) -> DepthLadder | Skipped:
    """Measures every test slide that is large enough at every depth."""
    if not inputs.slides:
        return Skipped(NEEDS_SLIDES)
    parts = [part for part in _test_questions(inputs) if _is_large_enough(inputs, part)]
    if not parts:
        return Skipped(f"no slide has {MIN_SPOTS} labelled spots and {MIN_QUESTIONS_EACH} questions of each answer")
    train = _training_questions(inputs)
    detections: dict[float, list[dict[str, np.ndarray]]] = {}
    report = inputs.step("depth ladder")
    for rung, share in enumerate(KEPT_SHARES):
        figures = _draw_training_figures(inputs, train, share)
        detections[share] = []
        for done, part in enumerate(parts):
            detections[share].append(_detect(inputs, part, share, figures))
            report(rung * len(parts) + done + 1, len(KEPT_SHARES) * len(parts))
    slides = {
        part.slide: {
            share: {
                name: score_auroc(part.label, values, part.groups, seed=inputs.seed)
                for name, values in by_part[i].items()
            }
            for share, by_part in detections.items()
        }
        for i, part in enumerate(parts)
    }
    label, groups = (np.concatenate([getattr(part, name) for part in parts]) for name in ("label", "groups"))
    pooled, gain = {}, {}
    for share, by_part in detections.items():
        values = {name: np.concatenate([part[name] for part in by_part]) for name in by_part[0]}
        pooled[share] = {name: score_auroc(label, value, groups, seed=inputs.seed) for name, value in values.items()}
        gain[share] = {
            name: score_auroc_gain(label, values[MODEL], value, groups, seed=inputs.seed)
            for name, value in values.items()
            if name != MODEL
        }
    return DepthLadder({part.slide: len(part.label) for part in parts}, slides, pooled, gain)


def _test_questions(inputs: EvaluationInputs) -> list[_SlideQuestions]:
    indices = inputs.draw_evenly(inputs.row_indices(TASK), MAX_QUESTIONS, "depth")
    return _group_by_slide(inputs.rows.select(indices)) if indices else []


def _training_questions(inputs: EvaluationInputs) -> list[_SlideQuestions]:
    """Training questions, about as many of each slide; [] without a training split."""
    indices = inputs.row_indices(TASK, train=True)
    if inputs.train is None or not indices:
        return []
    some = inputs.draw_evenly(indices, MAX_TRAIN_QUESTIONS, "depth", "train", train=True)
    return _group_by_slide(inputs.train.select(some))


def _group_by_slide(rows: Dataset) -> list[_SlideQuestions]:
    by_slide: dict[str, list[int]] = defaultdict(list)
    for i, slide in enumerate(rows["slide"]):
        by_slide[slide].append(i)
    return [_slide_questions(slide, rows.select(indices)) for slide, indices in by_slide.items()]


def _slide_questions(slide: str, rows: Dataset) -> _SlideQuestions:
    label = np.array(rows["label"]) == "yes"
    genes = [genes[0] for genes in rows["genes"]]
    return _SlideQuestions(slide, read_specs_only(rows), label, genes, list(rows["niche"]), gene_groups(rows))


def _is_large_enough(inputs: EvaluationInputs, part: _SlideQuestions) -> bool:
    n_spots = int((inputs.slides[part.slide].slide.niche >= 0).sum())
    return n_spots >= MIN_SPOTS and min(part.label.sum(), (~part.label).sum()) >= MIN_QUESTIONS_EACH


def _draw_training_figures(inputs: EvaluationInputs, train: list[_SlideQuestions], share: float) -> _TrainingFigures:
    statistics: list[np.ndarray] = []
    for part in train:
        canvas = inputs.slides[part.slide].thinned(share, inputs.seed).canvas
        statistics += _measure(redraw(part.questions, canvas), part.slide)
    label = np.concatenate([np.zeros(0, bool), *(part.label for part in train)])
    return _TrainingFigures(np.array(statistics), label, [gene for part in train for gene in part.genes])


def _detect(
    inputs: EvaluationInputs, part: _SlideQuestions, share: float, train: _TrainingFigures
) -> dict[str, np.ndarray]:
    """Detector → (n,) numbers that should be higher for yes."""
    thinned = inputs.slides[part.slide].thinned(share, inputs.seed)
    questions = redraw(part.questions, thinned.canvas)
    z, fold = score_counts(thinned.slide, part.genes, part.niches)
    values = {
        MODEL: inputs.engine.yes_logit(questions),
        WILCOXON: z,
        FOLD_CHANGE: fold,
        FOLD_CHANGE_ERROR: score_fold_with_error(thinned.slide, part.genes, part.niches),
    }
    if len(train.statistics):
        statistics = np.array(_measure(questions, part.slide))
        values[ARITHMETIC] = probability_from_other_genes(
            train.statistics, train.label, train.genes, statistics, part.genes
        )
    return values


def _measure(questions: Sequence[Question], slide: str) -> list[np.ndarray]:
    measured = QuestionStatistics()
    return [measured.measure(question, slide) for question in questions]
