"""Depth ladder: the same marker questions on ever fewer counts, beside what the counts say by themselves.

Counts are thinned binomially, figures drawn from what is left, and answers scored against the labels at full depth. On
the same thinned counts: Wilcoxon's z, the log2 fold change, and a logistic regression on five pixel statistics that
learnt from training figures at the same depth, never from a gene that it answers about.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from inference.evaluation import pixel_statistics
from inference.evaluation.condition_names import FOLD_CHANGE, MODEL, STATISTICS, WILCOXON
from inference.evaluation.context import Exam, gene_groups
from inference.evaluation.controls import redrawn
from inference.evaluation.metrics import Score, score_auroc
from inference.evaluation.rank_test import count_scores
from inference.evaluation.row_questions import read_question

if TYPE_CHECKING:
    from datasets import Dataset

SHARES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02)
"""Of the counts, that are kept."""
LEAST_SPOTS = 200
"""Labelled spots from which a slide takes part."""
LEAST_EACH = 20
"""Questions of each answer from which a slide takes part: 40 questions, half of them yes."""
TRAIN_QUESTIONS = 800
"""Training figures that are drawn at each depth, over all training slides."""

Rungs = dict[float, dict[str, Score]]
"""Share of the counts → detector → AUROC."""


@dataclass(frozen=True)
class DepthLadder:
    """AUROC by sequencing depth.

    Attributes:
        n: slide → number of questions.
        slides: slide → rungs.
        pooled: rungs over the questions of all slides.
    """

    n: dict[str, int]
    slides: dict[str, Rungs]
    pooled: Rungs


@dataclass(frozen=True, eq=False)
class _Part:
    """Questions about one slide."""

    slide: str
    rows: list[dict]
    label: np.ndarray
    genes: list[str]
    groups: np.ndarray


def climb_depth(exam: Exam) -> DepthLadder | str:
    """Climbs the ladder on every test slide that is large enough; where there is none, says why."""
    if not exam.tissues:
        return "the dataset holds no slides; prepare it with --store recipes"
    parts = [part for part in _parts(exam) if _is_enough(exam, part)]
    if not parts:
        return f"no slide has {LEAST_SPOTS} labelled spots and {LEAST_EACH} questions of each answer"
    train = _train_parts(exam)
    values: dict[float, list[dict[str, np.ndarray]]] = {}
    report = exam.step("depth ladder")
    for rung, share in enumerate(SHARES):
        learnt, label, genes = _learn(exam, train, share)
        values[share] = []
        for done, part in enumerate(parts):
            values[share].append(_measure(exam, part, share, learnt, label, genes))
            report(rung * len(parts) + done + 1, len(SHARES) * len(parts))
    slides = {
        part.slide: {
            share: {
                name: score_auroc(part.label, value, part.groups, seed=exam.seed) for name, value in found[i].items()
            }
            for share, found in values.items()
        }
        for i, part in enumerate(parts)
    }
    label, groups = (np.concatenate([getattr(part, name) for part in parts]) for name in ("label", "groups"))
    pooled = {
        share: {
            name: score_auroc(label, np.concatenate([part[name] for part in found]), groups, seed=exam.seed)
            for name in found[0]
        }
        for share, found in values.items()
    }
    return DepthLadder({part.slide: len(part.label) for part in parts}, slides, pooled)


def _parts(exam: Exam) -> list[_Part]:
    slides = exam.rows["slide"]
    by_slide: dict[str, list[int]] = defaultdict(list)
    for place in exam.places("marker"):
        by_slide[slides[place]].append(place)
    return [
        _part(slide, exam.rows.select(exam.draw(places, None, "depth", slide))) for slide, places in by_slide.items()
    ]


def _train_parts(exam: Exam) -> list[_Part]:
    """Training questions, an equal number of each slide; [] without a train split."""
    places = exam.places("marker", train=True)
    if exam.train is None or not places:
        return []
    slides = exam.train["slide"]
    by_slide: dict[str, list[int]] = defaultdict(list)
    for place in places:
        by_slide[slides[place]].append(place)
    most = max(4, TRAIN_QUESTIONS // len(by_slide))
    return [
        _part(slide, exam.train.select(sorted(exam.rng("depth", slide).permutation(places)[:most].tolist())))
        for slide, places in by_slide.items()
    ]


def _part(slide: str, rows: Dataset) -> _Part:
    label = np.array(rows["label"]) == "yes"
    return _Part(slide, list(rows), label, [genes[0] for genes in rows["genes"]], gene_groups(rows))


def _is_enough(exam: Exam, part: _Part) -> bool:
    n_spots = int((exam.tissues[part.slide].slide.niche >= 0).sum())
    return n_spots >= LEAST_SPOTS and min(part.label.sum(), (~part.label).sum()) >= LEAST_EACH


def _learn(exam: Exam, train: list[_Part], share: float) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Statistics, labels and genes of training figures at one depth."""
    found = [np.zeros((0, len(pixel_statistics.GENE_STATISTICS)))]
    for part in train:
        canvas = exam.tissues[part.slide].thinned(share, exam.seed)
        questions = [redrawn(read_question(row), canvas) for row in part.rows]
        found.append(np.array([pixel_statistics.five_statistics(question.images[0]) for question in questions]))
    label = np.concatenate([np.zeros(0, bool), *(part.label for part in train)])
    return np.concatenate(found), label, [gene for part in train for gene in part.genes]


def _measure(
    exam: Exam, part: _Part, share: float, learnt: np.ndarray, label: np.ndarray, genes: list[str]
) -> dict[str, np.ndarray]:
    """Detector → (n,) numbers that should be higher for yes."""
    canvas = exam.tissues[part.slide].thinned(share, exam.seed)
    questions = [redrawn(read_question(row), canvas) for row in part.rows]
    z, fold = count_scores(canvas.slide, part.genes, [row["niche"] for row in part.rows])
    found = {MODEL: exam.engine.yes_probability(questions), WILCOXON: z, FOLD_CHANGE: fold}
    if len(learnt):
        seen = np.array([pixel_statistics.five_statistics(question.images[0]) for question in questions])
        found[STATISTICS] = pixel_statistics.held_out_probability(learnt, label, genes, seen, part.genes)
    return found
