"""Scores with bootstrap intervals.

Each score is a function of weighted questions. Weights of one give the score itself. The counts of a bootstrap resample
give one draw for its interval, so a thousand resamples are one matrix of weights. scikit-learn gives the same scores (a
test compares them), but it takes one row of weights at a time and is far too slow for a thousand.

Questions about one gene share its picture, so they are not independent. The bootstrap draws whole groups (a gene of a
slide), which gives wider intervals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ECE_BINS = 10
"""Equal-width bins of the calibration error (Guo et al. 2017, "On Calibration of Modern Neural Networks")."""
PRECISION_ASKED = 0.95
"""Coverage is the largest share of questions that can be answered with this share of right answers."""
RESAMPLES = 1000
INTERVAL = (2.5, 97.5)
"""Percentiles of a 95 % interval."""


@dataclass(frozen=True)
class Score:
    """A score and its 95 % bootstrap interval; NaN where it is not defined for the questions."""

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
    """Scores of probabilities of "Yes".

    Attributes:
        n: number of questions.
        auroc: area under the ROC curve; 0.5 is chance.
        balanced_accuracy: mean of the recalls of yes and no at p = 0.5.
        f1: harmonic mean of precision and recall of yes at p = 0.5.
        ece: expected calibration error of p(yes); 0 is best.
        coverage: share of the questions, most confident first, that can be answered with ``PRECISION_ASKED`` right.
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
        groups: (n,) groups that are resampled as a whole; None resamples single questions.
        seed: of the bootstrap.
    """
    label, p_yes = np.asarray(label, bool), np.asarray(p_yes, np.float64)
    n = len(label)
    weights = _weights(n, groups, seed)
    draws = {
        "auroc": weighted_auroc(label, p_yes, weights),
        "balanced_accuracy": weighted_balanced_accuracy(label, p_yes, weights),
        "f1": weighted_f1(label, p_yes, weights),
        "ece": weighted_ece(label, p_yes, weights),
        "coverage": weighted_coverage(label, p_yes, weights),
    }
    return YesNoScores(n=n, **{name: _score(values) for name, values in draws.items()})


def score_auroc(
    label: np.ndarray, value: np.ndarray, groups: Sequence[str] | np.ndarray | None = None, *, seed: int = 0
) -> Score:
    """Area under the ROC curve of a number that should be higher for yes (a probability, a z, a fold change).

    Args:
        label: (n,) truth, 1 yes and 0 no.
        value: (n,) any range.
        groups: (n,) groups that are resampled as a whole; None resamples single questions.
        seed: of the bootstrap.
    """
    n = len(label)
    weights = _weights(n, groups, seed)
    return _score(weighted_auroc(np.asarray(label, bool), np.asarray(value, np.float64), weights))


def score_auroc_gain(
    label: np.ndarray,
    value: np.ndarray,
    other: np.ndarray,
    groups: Sequence[str] | np.ndarray | None = None,
    *,
    seed: int = 0,
) -> Score:
    """AUROC of one number minus the AUROC of another on the same questions, by a paired bootstrap.

    Args:
        label: (n,) truth, 1 yes and 0 no.
        value: (n,) any range.
        other: (n,) any range.
        groups: (n,) groups that are resampled as a whole; None resamples single questions.
        seed: of the bootstrap.
    """
    n = len(label)
    weights = _weights(n, groups, seed)
    first, second = (
        weighted_auroc(np.asarray(label, bool), np.asarray(v, np.float64), weights) for v in (value, other)
    )
    return _score(first - second)


def score_mean(
    values: np.ndarray,
    weight: np.ndarray | None = None,
    groups: Sequence[str] | np.ndarray | None = None,
    *,
    seed: int = 0,
) -> Score:
    """Weighted mean of one value per question, for example supported claims over checked claims.

    Args:
        values: (n,) per-question ratios in 0..1; ignored where the weight is 0.
        weight: (n,) denominators of the ratios; None for ones.
        groups: (n,) groups that are resampled as a whole; None resamples single questions.
        seed: of the bootstrap.
    """
    values = np.asarray(values, np.float64)
    n = len(values)
    weight = np.ones(n) if weight is None else np.asarray(weight, np.float64)
    weights = _weights(n, groups, seed) * weight
    return _score(_divide(weights @ np.where(weight > 0, values, 0.0), weights.sum(axis=1)))


def score_macro_f1(
    true: np.ndarray,
    said: np.ndarray,
    hit: np.ndarray,
    groups: Sequence[str] | np.ndarray | None = None,
    *,
    seed: int = 0,
) -> Score:
    """Mean over classes of F1 = 2 × hits / (times said + times true); NaN if fewer than two classes are ever true.

    A class that is never true has no F1. A question with that class counts as a miss of another class. The interval
    leaves out resamples that lack one of the classes.

    Args:
        true: (n, n_classes) bool, the right class of each question.
        said: (n, n_classes) bool, the class of the answer; all False for an answer of no class.
        hit: (n, n_classes) bool, the class of the answer where the answer is right in every respect.
        groups: (n,) groups that are resampled as a whole; None resamples single questions.
        seed: of the bootstrap.
    """
    n = len(true)
    kept = true.any(axis=0) if n else np.zeros(0, bool)
    if kept.sum() < 2:
        return _score(np.full(1 + RESAMPLES, np.nan))
    weights = _weights(n, groups, seed)
    n_true = weights @ true[:, kept]
    each = _divide(2 * (weights @ hit[:, kept]), np.where(n_true > 0, n_true + weights @ said[:, kept], 0.0))
    return _score(each.mean(axis=1))


def weighted_auroc(label: np.ndarray, p_yes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Area under the ROC curve for each row of weights (rows × n); ties count half."""
    value, rank = np.unique(p_yes, return_inverse=True)
    yes, no = (_sum_by(weights * side, rank, len(value)) for side in (label, ~label))
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
    bin_of = np.minimum((p_yes * ECE_BINS).astype(int), ECE_BINS - 1)
    gap = _sum_by(weights * (p_yes - label), bin_of, ECE_BINS)
    return _divide(np.abs(gap).sum(axis=1), weights.sum(axis=1))


def weighted_coverage(label: np.ndarray, p_yes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Largest share of questions, most confident first, with ``PRECISION_ASKED`` right, for each row of weights.

    Confidence is ``|p - 0.5|``. Questions of equal confidence are answered together or not at all.
    """
    value, rank = np.unique(-np.abs(p_yes - 0.5), return_inverse=True)
    right = (p_yes >= 0.5) == label
    answered = np.cumsum(_sum_by(weights, rank, len(value)), axis=1)
    correct = np.cumsum(_sum_by(weights * right, rank, len(value)), axis=1)
    allowed = correct >= PRECISION_ASKED * answered - 1e-9
    return _divide(np.where(allowed, answered, 0.0).max(axis=1), weights.sum(axis=1))


def resample(groups: np.ndarray, seed: int) -> np.ndarray:
    """(RESAMPLES × n) number of times each question is drawn when whole groups are drawn with replacement."""
    if not len(groups):
        return np.zeros((RESAMPLES, 0))
    known, group_of = np.unique(groups, return_inverse=True)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(known), np.full(len(known), 1 / len(known)), size=RESAMPLES)
    return drawn[:, group_of].astype(np.float64)


def _weights(n: int, groups: Sequence[str] | np.ndarray | None, seed: int) -> np.ndarray:
    """(1 + RESAMPLES, n) weights of the questions: ones, then the counts of every resample."""
    return np.vstack([np.ones((1, n)), resample(np.arange(n) if groups is None else np.asarray(groups), seed)])


def _sum_by(weights: np.ndarray, key: np.ndarray, n_keys: int) -> np.ndarray:
    """(rows × n_keys) sums of the columns of weights (rows × n) that share a key (n,)."""
    import scipy.sparse as sp

    membership = sp.csr_matrix((np.ones(len(key)), (np.arange(len(key)), key)), shape=(len(key), n_keys))
    return np.asarray(weights @ membership)


def _divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=np.asarray(below) > 0)


def _score(draws: np.ndarray) -> Score:
    """(1 + RESAMPLES,) draws: the first is the score, the others its bootstrap."""
    defined = draws[1:][~np.isnan(draws[1:])]
    if np.isnan(draws[0]) or not len(defined):
        return Score(float("nan"), float("nan"), float("nan"))
    low, high = np.percentile(defined, INTERVAL)
    return Score(float(draws[0]), float(low), float(high))
