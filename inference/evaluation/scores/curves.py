"""Curves of yes/no answers: the reliability of the probabilities, and the risk at each share of answered questions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.evaluation.scores.metrics import ECE_BINS

COVERAGE_POINTS = 50
"""Points of a coverage-risk curve. A plot of a few hundred pixels shows no more."""


@dataclass(frozen=True)
class Curves:
    """The two curves of one condition.

    Attributes:
        reliability: for each bin of p(yes) with questions: mean p, share of yes, number of questions.
        coverage: (share answered, share wrong among these), from few questions to all, the most confident first.
    """

    reliability: tuple[tuple[float, float, int], ...]
    coverage: tuple[tuple[float, float], ...]


def measure_curves(label: np.ndarray, p_yes: np.ndarray) -> Curves:
    """The curves of (n,) probabilities of yes against (n,) truth, 1 yes and 0 no."""
    label, p_yes = np.asarray(label, bool), np.asarray(p_yes, np.float64)
    bin_of = np.minimum((p_yes * ECE_BINS).astype(int), ECE_BINS - 1)
    bins = [bin_of == i for i in range(ECE_BINS)]
    reliability = tuple((float(p_yes[b].mean()), float(label[b].mean()), int(b.sum())) for b in bins if b.any())
    order = np.argsort(-np.abs(p_yes - 0.5), kind="stable")
    wrong = np.cumsum(((p_yes >= 0.5) != label)[order])
    answered = np.unique(np.linspace(1, len(label), min(COVERAGE_POINTS, len(label))).round().astype(int))
    coverage = tuple((float(n / len(label)), float(wrong[n - 1] / n)) for n in answered)
    return Curves(reliability, coverage)
