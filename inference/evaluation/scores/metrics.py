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
RESAMPLES = 1000
INTERVAL = (2.5, 97.5)
"""Percentiles of a 95 % interval."""


@dataclass(frozen=True)
class Score:
    """A score and its 95 % bootstrap interval; NaN where it is not defined for the questions."""

    value: float
    low: float
    high: float

    @classmethod
    def undefined(cls) -> Score:
        """A score of something that was not measured."""
        return cls(math.nan, math.nan, math.nan)

    def __str__(self) -> str:
        """For example ``0.981 (0.972-0.989)``."""
        if math.isnan(self.value):
            return "-"
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f})"


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


def score_ece(
    label: np.ndarray, p_yes: np.ndarray, groups: Sequence[str] | np.ndarray | None = None, *, seed: int = 0
) -> Score:
    """Expected calibration error of p(yes) in ``ECE_BINS`` equal-width bins; 0 is best.

    Args:
        label: (n,) truth, 1 yes and 0 no.
        p_yes: (n,) probabilities in 0..1.
        groups: (n,) groups that are resampled as a whole; None resamples single questions.
        seed: of the bootstrap.
    """
    weights = _weights(len(label), groups, seed)
    return _score(weighted_ece(np.asarray(label, bool), np.asarray(p_yes, np.float64), weights))


def weighted_auroc(label: np.ndarray, p_yes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Area under the ROC curve for each row of weights (rows × n); ties count half."""
    value, rank = np.unique(p_yes, return_inverse=True)
    yes, no = (_sum_by(weights * side, rank, len(value)) for side in (label, ~label))
    below = np.cumsum(no, axis=1) - no
    wins = (yes * (below + no / 2)).sum(axis=1)
    return _divide(wins, yes.sum(axis=1) * no.sum(axis=1))


def weighted_ece(label: np.ndarray, p_yes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Expected calibration error of p(yes) in ``ECE_BINS`` equal-width bins, for each row of weights."""
    bin_of = np.minimum((p_yes * ECE_BINS).astype(int), ECE_BINS - 1)
    gap = _sum_by(weights * (p_yes - label), bin_of, ECE_BINS)
    return _divide(np.abs(gap).sum(axis=1), weights.sum(axis=1))


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
        return Score.undefined()
    low, high = np.percentile(defined, INTERVAL)
    return Score(float(draws[0]), float(low), float(high))
