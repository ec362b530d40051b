"""Curves behind the scores of yes/no answers: how honest the probabilities are, and what abstaining buys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.evaluation.metrics import ECE_BINS

COVERAGE_POINTS = 50
"""Points of a coverage-risk curve; more than a plot of a few hundred pixels shows."""


@dataclass(frozen=True)
class Curves:
    """Two curves of one condition.

    Attributes:
        reliability: for each bin of p(yes) that holds questions: mean p, share of yes, number of questions.
        coverage: from few to all questions answered, the most confident first: share answered, share of them wrong.
    """

    reliability: tuple[tuple[float, float, int], ...]
    coverage: tuple[tuple[float, float], ...]


def draw_curves(label: np.ndarray, p_yes: np.ndarray) -> Curves:
    """The curves of (n,) probabilities of yes against (n,) truth, 1 yes and 0 no."""
    label, p_yes = np.asarray(label, bool), np.asarray(p_yes, np.float64)
    place = np.minimum((p_yes * ECE_BINS).astype(int), ECE_BINS - 1)
    bins = [place == i for i in range(ECE_BINS)]
    reliability = tuple((float(p_yes[b].mean()), float(label[b].mean()), int(b.sum())) for b in bins if b.any())
    order = np.argsort(-np.abs(p_yes - 0.5), kind="stable")
    wrong = np.cumsum(((p_yes >= 0.5) != label)[order])
    answered = np.unique(np.linspace(1, len(label), min(COVERAGE_POINTS, len(label))).round().astype(int))
    coverage = tuple((float(n / len(label)), float(wrong[n - 1] / n)) for n in answered)
    return Curves(reliability, coverage)
