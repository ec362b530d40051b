"""Scores, each with a bootstrap interval.

Every score is written once, for questions that carry weights: a weight of one each gives the score itself, the counts
of a bootstrap resample give one draw of its interval, and a thousand resamples are one matrix.

Questions about one gene share that gene's picture, so they are not independent: the bootstrap draws whole groups
(gene of a slide), which makes the intervals honestly wider.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ECE_BINS = 10
"""Equal-width bins of the calibration error, as in Guo et al. 2017, "On Calibration of Modern Neural Networks"."""
PRECISION_ASKED = 0.95
"""Coverage is the share of questions that can be answered while this share of the answers is right."""
RESAMPLES = 1000
INTERVAL = (2.5, 97.5)
"""Percentiles of a 95 % interval."""


@dataclass(frozen=True)
class Score:
    """A score and its 95 % bootstrap interval; NaN where the questions do not define it."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """For example ``0.981 (0.972-0.989)``."""
        if math.isnan(self.value):
            return "-"
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f})"


@dataclass(frozen=True)
class YesNoScores:
    """How good the probabilities of "Yes" are.

    Attributes:
        n: Number of questions.
        auroc: Area under the ROC curve; 0.5 is chance.
        balanced_accuracy: Mean of the recalls of yes and no at p = 0.5.
        f1: Harmonic mean of precision and recall of yes at p = 0.5.
        ece: Expected calibration error of p(yes), 0 is best.
        coverage: Share of the questions, most confident first, that can be answered with ``PRECISION_ASKED`` right.
    """

    n: int
    auroc: Score
    balanced_accuracy: Score
    f1: Score
    ece: Score
    coverage: Score


def score_yes_no(
    label: np.ndarray, p_yes: np.ndarray, groups: Sequence[str] | np.ndarray | None = None, *, seed: int = 0
) -> YesNoScores:
    """Scores probabilities of "Yes" against the truth.

    Args:
        label: (n,) truth, 1 yes and 0 no.
        p_yes: (n,) probabilities in 0..1.
        groups: (n,) what is resampled as a whole; each question by itself when absent.
        seed: Seed of the bootstrap.
    """
    label, p_yes = np.asarray(label, bool), np.asarray(p_yes, np.float64)
    n = len(label)
    weights = np.vstack([np.ones((1, n)), resample(np.arange(n) if groups is None else np.asarray(groups), seed)])
    draws = {
        "auroc": weighted_auroc(label, p_yes, weights),
        "balanced_accuracy": weighted_balanced_accuracy(label, p_yes, weights),
        "f1": weighted_f1(label, p_yes, weights),
        "ece": weighted_ece(label, p_yes, weights),
        "coverage": weighted_coverage(label, p_yes, weights),
    }
    return YesNoScores(n=n, **{name: interval(values) for name, values in draws.items()})


def score_auroc(
    label: np.ndarray, value: np.ndarray, groups: Sequence[str] | np.ndarray | None = None, *, seed: int = 0
) -> Score:
    """Area under the ROC curve of any number that should be higher for yes (a probability, a z, a fold change).

    Args:
        label: (n,) truth, 1 yes and 0 no.
        value: (n,) any range.
        groups: (n,) what is resampled as a whole; each question by itself when absent.
        seed: Seed of the bootstrap.
    """
    n = len(label)
    weights = np.vstack([np.ones((1, n)), resample(np.arange(n) if groups is None else np.asarray(groups), seed)])
    return interval(weighted_auroc(np.asarray(label, bool), np.asarray(value, np.float64), weights))


def score_auroc_gain(
    label: np.ndarray,
    value: np.ndarray,
    other: np.ndarray,
    groups: Sequence[str] | np.ndarray | None = None,
    *,
    seed: int = 0,
) -> Score:
    """AUROC of one number minus that of another on the same questions, both on each resample (a paired bootstrap)."""
    n = len(label)
    weights = np.vstack([np.ones((1, n)), resample(np.arange(n) if groups is None else np.asarray(groups), seed)])
    first, second = (
        weighted_auroc(np.asarray(label, bool), np.asarray(v, np.float64), weights) for v in (value, other)
    )
    return interval(first - second)


def score_mean(
    values: np.ndarray,
    weight: np.ndarray | None = None,
    groups: Sequence[str] | np.ndarray | None = None,
    *,
    seed: int = 0,
) -> Score:
    """The weighted mean of per-question values with its interval, e.g. claims supported over claims checked.

    Args:
        values: (n,) per-question ratios in 0..1; ignored where the weight is 0.
        weight: (n,) the ratios' denominators; ones when absent.
        groups: (n,) what is resampled as a whole; each question by itself when absent.
        seed: Seed of the bootstrap.
    """
    values = np.asarray(values, np.float64)
    n = len(values)
    weight = np.ones(n) if weight is None else np.asarray(weight, np.float64)
    drawn = resample(np.arange(n) if groups is None else np.asarray(groups), seed)
    weights = np.vstack([np.ones((1, n)), drawn]) * weight
    return interval(_divide(weights @ np.where(weight > 0, values, 0.0), weights.sum(axis=1)))


def score_macro_f1(
    true: np.ndarray,
    said: np.ndarray,
    hit: np.ndarray,
    groups: Sequence[str] | np.ndarray | None = None,
    *,
    seed: int = 0,
) -> Score:
    """Mean over classes of 2 × hits over (times said + times true); NaN with fewer than two classes that are ever true.

    A class that is never true has no F1 of its own: saying it is a miss of another. Resamples without one of the
    classes are left out of the interval.

    Args:
        true: (n, n_classes) bool, the right class of each question.
        said: (n, n_classes) bool, the class that was said; no class where nothing that counts was.
        hit: (n, n_classes) bool, said and right in every respect that is asked for.
        groups: (n,) what is resampled as a whole; each question by itself when absent.
        seed: Seed of the bootstrap.
    """
    n = len(true)
    kept = true.any(axis=0) if n else np.zeros(0, bool)
    if kept.sum() < 2:
        return interval(np.full(1 + RESAMPLES, np.nan))
    weights = np.vstack([np.ones((1, n)), resample(np.arange(n) if groups is None else np.asarray(groups), seed)])
    n_true = weights @ true[:, kept]
    each = _divide(2 * (weights @ hit[:, kept]), np.where(n_true > 0, n_true + weights @ said[:, kept], 0.0))
    return interval(each.mean(axis=1))


def weighted_auroc(label: np.ndarray, p_yes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Area under the ROC curve for each row of weights (rows × n); ties count half."""
    value, place = np.unique(p_yes, return_inverse=True)
    yes, no = (_sum_by(weights * side, place, len(value)) for side in (label, ~label))
    below = np.cumsum(no, axis=1) - no
    wins = (yes * (below + no / 2)).sum(axis=1)
    return _divide(wins, yes.sum(axis=1) * no.sum(axis=1))


def weighted_balanced_accuracy(label: np.ndarray, p_yes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean recall of the two classes at p = 0.5, for each row of weights."""
    said = p_yes >= 0.5
    recall_yes = _divide(weights @ (said & label), weights @ label)
    recall_no = _divide(weights @ (~said & ~label), weights @ ~label)
    return (recall_yes + recall_no) / 2


def weighted_f1(label: np.ndarray, p_yes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """F1 of yes at p = 0.5, for each row of weights; undefined where there is neither a yes nor a said yes."""
    said = p_yes >= 0.5
    return _divide(2 * (weights @ (said & label)), weights @ said + weights @ label)


def weighted_ece(label: np.ndarray, p_yes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Expected calibration error of p(yes) in ``ECE_BINS`` equal-width bins, for each row of weights."""
    place = np.minimum((p_yes * ECE_BINS).astype(int), ECE_BINS - 1)
    gap = _sum_by(weights * (p_yes - label), place, ECE_BINS)
    return _divide(np.abs(gap).sum(axis=1), weights.sum(axis=1))


def weighted_coverage(label: np.ndarray, p_yes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Largest share of questions, most confident first, of which ``PRECISION_ASKED`` are right.

    Confidence is ``|p - 0.5|``; questions of equal confidence are answered together or not at all.
    """
    value, place = np.unique(-np.abs(p_yes - 0.5), return_inverse=True)
    right = (p_yes >= 0.5) == label
    answered = np.cumsum(_sum_by(weights, place, len(value)), axis=1)
    correct = np.cumsum(_sum_by(weights * right, place, len(value)), axis=1)
    allowed = correct >= PRECISION_ASKED * answered - 1e-9
    return _divide(np.where(allowed, answered, 0.0).max(axis=1), weights.sum(axis=1))


def resample(groups: np.ndarray, seed: int) -> np.ndarray:
    """(RESAMPLES × n) how often each question is drawn when whole groups are drawn with replacement."""
    if not len(groups):
        return np.zeros((RESAMPLES, 0))
    known, place = np.unique(groups, return_inverse=True)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(known), np.full(len(known), 1 / len(known)), size=RESAMPLES)
    return drawn[:, place].astype(np.float64)


def _sum_by(weights: np.ndarray, place: np.ndarray, n_places: int) -> np.ndarray:
    """Adds up the columns (rows × n) that share a place; rows × n_places."""
    import scipy.sparse as sp

    gather = sp.csr_matrix((np.ones(len(place)), (np.arange(len(place)), place)), shape=(len(place), n_places))
    return np.asarray(weights @ gather)


def _divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=np.asarray(below) > 0)


def interval(draws: np.ndarray) -> Score:
    """Of (1 + RESAMPLES,) draws the first is the score; the others are its bootstrap."""
    defined = draws[1:][~np.isnan(draws[1:])]
    if np.isnan(draws[0]) or not len(defined):
        return Score(float("nan"), float("nan"), float("nan"))
    low, high = np.percentile(defined, INTERVAL)
    return Score(float(draws[0]), float(low), float(high))
