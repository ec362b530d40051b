"""Depth suite: the same marker questions on fewer and fewer counts.

Counts are thinned binomially, and the figures are drawn from the remaining counts. The labels are those at full depth.
The model is compared with three detectors on the same thinned counts: Wilcoxon's z, the log2 fold change, and a
logistic regression on five pixel statistics. The regression is fitted on training figures of the same depth, and never
on a gene that it answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inference.evaluation.baselines import pixel_statistics
from inference.evaluation.baselines.count_detectors import score_counts
from inference.evaluation.questions.control_questions import redraw
from inference.evaluation.questions.evaluation_inputs import EvaluationInputs, gene_groups
from inference.evaluation.questions.row_questions import read_question
from inference.evaluation.scores.condition_names import FOLD_CHANGE, MODEL, STATISTICS, WILCOXON
from inference.evaluation.scores.metrics import Score, score_auroc
from inference.evaluation.suites.skipped import NEEDS_SLIDES, Skipped

if TYPE_CHECKING:
    from datasets import Dataset

KEPT_SHARES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02)
"""Shares of the counts that are kept, one for each rung."""
MIN_SPOTS = 200
"""A slide with fewer labelled spots is left out."""
MIN_QUESTIONS_EACH = 20
"""A slide with fewer questions of either answer is left out: at least 40 questions, half of them yes."""
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
    """

    n: dict[str, int]
    slides: dict[str, RungScores]
    pooled: RungScores


@dataclass(frozen=True, eq=False)
class _SlideQuestions:
    """The questions about one slide."""

    slide: str
    rows: list[dict]
    label: np.ndarray
    genes: list[str]
    groups: np.ndarray


@dataclass(frozen=True, eq=False)
class _TrainingFigures:
    """Statistics (n × 5), labels (n,) and genes of the training figures at one depth."""

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
    pooled = {
        share: {
            name: score_auroc(label, np.concatenate([part[name] for part in by_part]), groups, seed=inputs.seed)
            for name in by_part[0]
        }
        for share, by_part in detections.items()
    }
    return DepthLadder({part.slide: len(part.label) for part in parts}, slides, pooled)


def _test_questions(inputs: EvaluationInputs) -> list[_SlideQuestions]:
    by_slide = _group_by_slide(inputs.rows["slide"], inputs.row_indices("marker"))
    return [
        _slide_questions(slide, inputs.rows.select(inputs.draw(indices, None, "depth", slide)))
        for slide, indices in by_slide.items()
    ]


def _training_questions(inputs: EvaluationInputs) -> list[_SlideQuestions]:
    """Training questions, an equal number of each slide; [] without a training split."""
    indices = inputs.row_indices("marker", train=True)
    if inputs.train is None or not indices:
        return []
    by_slide = _group_by_slide(inputs.train["slide"], indices)
    most = max(4, MAX_TRAIN_QUESTIONS // len(by_slide))
    return [
        _slide_questions(
            slide, inputs.train.select(sorted(inputs.rng("depth", slide).permutation(indices)[:most].tolist()))
        )
        for slide, indices in by_slide.items()
    ]


def _group_by_slide(slides: Sequence[str], indices: list[int]) -> dict[str, list[int]]:
    by_slide: dict[str, list[int]] = defaultdict(list)
    for i in indices:
        by_slide[slides[i]].append(i)
    return by_slide


def _slide_questions(slide: str, rows: Dataset) -> _SlideQuestions:
    label = np.array(rows["label"]) == "yes"
    return _SlideQuestions(slide, list(rows), label, [genes[0] for genes in rows["genes"]], gene_groups(rows))


def _is_large_enough(inputs: EvaluationInputs, part: _SlideQuestions) -> bool:
    n_spots = int((inputs.slides[part.slide].slide.niche >= 0).sum())
    return n_spots >= MIN_SPOTS and min(part.label.sum(), (~part.label).sum()) >= MIN_QUESTIONS_EACH


def _draw_training_figures(inputs: EvaluationInputs, train: list[_SlideQuestions], share: float) -> _TrainingFigures:
    statistics = [np.zeros((0, len(pixel_statistics.GENE_STATISTICS)))]
    for part in train:
        canvas = inputs.slides[part.slide].thinned_canvas(share, inputs.seed)
        questions = [redraw(read_question(row), canvas) for row in part.rows]
        statistics.append(np.array([pixel_statistics.focus_statistics(question.images[0]) for question in questions]))
    label = np.concatenate([np.zeros(0, bool), *(part.label for part in train)])
    return _TrainingFigures(np.concatenate(statistics), label, [gene for part in train for gene in part.genes])


def _detect(
    inputs: EvaluationInputs, part: _SlideQuestions, share: float, train: _TrainingFigures
) -> dict[str, np.ndarray]:
    """Detector → (n,) numbers that should be higher for yes."""
    canvas = inputs.slides[part.slide].thinned_canvas(share, inputs.seed)
    questions = [redraw(read_question(row), canvas) for row in part.rows]
    z, fold = score_counts(canvas.slide, part.genes, [row["niche"] for row in part.rows])
    values = {MODEL: inputs.engine.yes_probability(questions), WILCOXON: z, FOLD_CHANGE: fold}
    if len(train.statistics):
        statistics = np.array([pixel_statistics.focus_statistics(question.images[0]) for question in questions])
        values[STATISTICS] = pixel_statistics.probability_from_other_genes(
            train.statistics, train.label, train.genes, statistics, part.genes
        )
    return values
