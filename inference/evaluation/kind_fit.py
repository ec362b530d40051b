"""Fit the calibration of one kind of claim: its probabilities, and from which probability it is said or denied.

The thresholds must hold on slides of other technologies and tissues. So the precision that must be reached is a lower
bound of two kinds, and the smaller one counts:

* Jeffreys' bound for the number of claims: a kind that was asked a few times must nearly always have been right.
* A bootstrap of whole slides: where the precision differs between slides, the bound lies below the mean.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from inference.evaluation.scores.metrics import weighted_auroc
from inference.model.calibration import KindCalibration

logger = logging.getLogger(__name__)

PRECISION = 0.95
"""Share of the claims said that should be right, and of the denials."""
LEAST_AUROC = 0.80
"""A kind that the model ranks worse on the validation slides is not asked."""
MIN_QUESTIONS = 40
"""Fewer answers do not determine a calibration."""
MIN_EACH = 8
"""Nor do fewer answers of yes or of no."""
LOWER_BOUND = 0.2
"""Quantile of the two bounds of the precision: in four of five cases the precision is higher."""
INTERVIEW_BOUND = 0.3
"""The same for the claims of interviews, of which there are more: in seven of ten cases the precision is higher."""
RARELY_WRONG = 0.003
"""Share of the wrong claims of interviews that may be said, where so few claims of the kind are right that no threshold
reaches the precision. An interview asks some hundred questions, so one in three says a wrong claim."""
MOSTLY_RIGHT = 2 / 3
"""Least share of right claims among those that are said for that reason. They must be `MIN_EACH` at least: two of three
are no evidence."""
SLIDE_RESAMPLES = 400
MAX_CANDIDATES = 400
"""Thresholds that are tried: quantiles of the scores."""
LOG_TEMPERATURE_SD = np.log(2)
"""Standard deviation of the prior of the log temperature: a factor of two is not unusual."""
BIAS_GAIN = 1.92
"""Least gain in log likelihood from which a bias is fitted: half the 95 % quantile of chi-squared with one degree of
freedom."""
MAX_TEMPERATURE = 5.0
ABOVE_EVEN = 0.501
"""Least probability from which anything is said. A server that gives no probability answers 0.5 when it cannot tell."""


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers to questions about one kind of claim.

    Attributes:
        logit: (n,) logit(yes) - logit(no), not calibrated.
        label: (n,) bool, truth.
        slide: (n,) name of the slide of each question.
    """

    logit: np.ndarray
    label: np.ndarray
    slide: np.ndarray

    @property
    def suffice(self) -> bool:
        """Whether they determine a calibration."""
        n_yes = int(self.label.sum())
        return len(self.label) >= MIN_QUESTIONS and min(n_yes, len(self.label) - n_yes) >= MIN_EACH

    def joined(self, other: Answers) -> Answers:
        """These answers and others."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in ("logit", "label", "slide"))
        return Answers(*(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True)
class KindFit:
    """The calibration of one kind, and what it was fitted on.

    Attributes:
        calibration: the fit; it says nothing where there were too few questions, or where the model ranks them badly.
        n: number of questions of the dataset, about half of them with the answer yes.
        n_slides: number of their slides.
        auroc: of their raw scores; NaN where all answers are the same.
        n_interview: number of questions of interviews.
        interview_base_rate: share of these with the answer yes; NaN without questions.
    """

    calibration: KindCalibration
    n: int
    n_slides: int
    auroc: float
    n_interview: int
    interview_base_rate: float


def fit_kind(asked: Answers, interviewed: Answers, precision: float = PRECISION, *, seed: int = 0) -> KindFit:
    """Fits temperature, bias and thresholds of one kind of claim.

    Precision depends on how many of the claims are right. So the thresholds must hold among the questions of the
    dataset, of which half have the answer yes and the others are near misses, and among those of an interview, of which
    few have the answer yes and most others are easy. Denials need not hold there: nearly all of them are right.

    Args:
        asked: answers to the questions of a dataset.
        interviewed: answers to the questions of interviews; they decide nothing where they do not suffice.
        precision: share of the claims said, and of the denials, that should be right, 0..1.
        seed: of the bootstrap.
    """
    n = len(asked.label)
    auroc = float(weighted_auroc(asked.label, asked.logit, np.ones((1, n)))[0]) if n else math.nan
    temperature, bias, yes_from, no_up_to = 1.0, 0.0, math.inf, -math.inf
    if asked.suffice:
        scale = fit_scale(asked.logit, asked.label)
        temperature, bias = scale.temperature, scale.bias
        if auroc >= LEAST_AUROC:
            say = least_score(asked.logit, asked.label, asked.slide, precision, seed=seed)
            say = max(say, least_interview_score(interviewed, precision))
            deny = -least_score(-asked.logit, ~asked.label, asked.slide, precision, seed=seed)
            # Nothing is said against the odds, even where few claims of a kind are wrong.
            yes_from, no_up_to = max(_threshold(scale, say), ABOVE_EVEN), min(_threshold(scale, deny), 1 - ABOVE_EVEN)
    return KindFit(
        calibration=KindCalibration(temperature, bias, yes_from, no_up_to),
        n=n,
        n_slides=len(set(asked.slide.tolist())),
        auroc=auroc,
        n_interview=len(interviewed.label),
        interview_base_rate=float(interviewed.label.mean()) if len(interviewed.label) else math.nan,
    )


def least_score(
    score: np.ndarray,
    is_right: np.ndarray,
    slide: np.ndarray,
    precision: float,
    *,
    seed: int = 0,
) -> float:
    """The least score from which the claims are right with a precision, also on other slides; ``inf`` for none.

    Args:
        score: (n,) of the claims.
        is_right: (n,) whether each claim is right.
        slide: (n,) name of the slide of each claim. A slide counts by the square root of its number of claims, so that
            neither one large slide nor many small ones decide alone.
        precision: share of the claims said that should be right, 0..1.
        seed: of the bootstrap.
    """
    from scipy.stats import beta

    _, code = np.unique(slide, return_inverse=True)
    size = np.bincount(code)
    steps = np.linspace(0, 1, min(len(score), MAX_CANDIDATES))
    candidates = np.unique(np.quantile(score, steps, method="higher"))
    said = score >= candidates[:, None]
    n_said, n_right = (
        np.stack([np.bincount(code, weights=row, minlength=len(size)) for row in rows])
        for rows in (said, said & is_right)
    )
    total, right = n_said.sum(axis=1), n_right.sum(axis=1)
    by_number = beta.ppf(LOWER_BOUND, right + 0.5, total - right + 0.5)
    drawn = np.random.default_rng(seed).multinomial(len(size), np.full(len(size), 1 / len(size)), SLIDE_RESAMPLES)
    weight = drawn / np.sqrt(size)
    # Half a claim of each outcome, as in Jeffreys' prior, for resamples in which hardly anything is said.
    prior = 0.5 / np.sqrt(size).mean()
    by_slide = np.quantile((n_right @ weight.T + prior) / (n_said @ weight.T + 2 * prior), LOWER_BOUND, axis=1)
    enough = np.flatnonzero(np.minimum(by_number, by_slide) >= precision)
    return float(candidates[enough[0]]) if enough.size else math.inf


def least_interview_score(interviewed: Answers, precision: float) -> float:
    """The least score from which the claims of interviews are right with a precision, or hardly any wrong one is said.

    The precision is Jeffreys' lower bound for the number of claims. Where no score reaches it, because so few claims of
    the kind are right, ``RARELY_WRONG`` of the wrong claims may be said, if ``MOSTLY_RIGHT`` of what is said is right
    and at least ``MIN_EACH`` of these claims are.

    Args:
        interviewed: answers to the questions of interviews.
        precision: share of the claims said that should be right, 0..1.

    Returns:
        ``-inf`` where there are too few questions to tell.
    """
    from scipy.stats import beta

    n_wrong = int((~interviewed.label).sum())
    if n_wrong < MIN_QUESTIONS:
        return -math.inf
    order = np.argsort(-interviewed.logit, kind="stable")
    score, is_right = interviewed.logit[order], interviewed.label[order]
    right, wrong = np.cumsum(is_right), np.cumsum(~is_right)
    precise = beta.ppf(INTERVIEW_BOUND, right + 0.5, wrong + 0.5) >= precision
    mostly_right = (right >= MIN_EACH) & (right >= MOSTLY_RIGHT * (right + wrong))
    rarely = (wrong <= RARELY_WRONG * n_wrong) & mostly_right
    # Claims of equal score are said together or not at all.
    last_of_score = np.r_[score[1:] != score[:-1], True]
    enough = np.flatnonzero((precise | rarely) & last_of_score)
    return float(score[enough[-1]]) if enough.size else math.inf


def _threshold(scale: KindCalibration, score: float) -> float:
    """The calibrated probability of a least or greatest score; an infinite score stays infinite."""
    return float(scale.probability(np.array([score]))[0]) if math.isfinite(score) else score


def fit_scale(logit: np.ndarray, label: np.ndarray) -> KindCalibration:
    """Fits the temperature with the least log loss, and a bias if it improves the fit enough.

    The temperature has a log-normal prior around 1, so it departs from 1 only if the answers require it. The prior also
    keeps a model without mistakes from certainty. (Smoothed targets, Platt 1999, do so too, but with a few hundred
    answers they made the bundled model underconfident on each validation donor.) A likelihood-ratio test on smoothed
    targets decides about the bias. Left out one at a time, the slides had a lower log loss so than with a bias for
    every kind, for none, or by Schwarz's criterion.

    Args:
        logit: (n,) logit(yes) - logit(no), not calibrated.
        label: (n,) truth.
    """
    label = np.asarray(label, bool)
    n_yes, n_no = int(label.sum()), int((~label).sum())
    smoothed = np.where(label, (n_yes + 1) / (n_yes + 2), 1 / (n_no + 2))
    gain = _fit(logit, smoothed, biased=False).fun - _fit(logit, smoothed, biased=True).fun
    log_slope, bias = _fit(logit, label, biased=gain > BIAS_GAIN).x
    temperature = float(np.exp(-log_slope))
    if temperature > MAX_TEMPERATURE:
        logger.warning("the model's answers do not follow the truth: every probability will be near 0.5")
    return KindCalibration(temperature=temperature, bias=float(bias))


def _fit(logit: np.ndarray, target: np.ndarray, *, biased: bool) -> Any:
    """Result of `scipy.optimize.minimize` for the log of the slope and the bias."""
    from scipy.optimize import minimize

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        log_slope, bias = parameters
        slope, pull = np.exp(log_slope), log_slope / LOG_TEMPERATURE_SD**2
        z = slope * logit + bias
        gap = 1 / (1 + np.exp(-z)) - target
        value = np.sum(np.logaddexp(0, z) - target * z) + 0.5 * log_slope * pull
        return float(value), np.array([np.sum(gap * logit) * slope + pull, np.sum(gap)])

    bounds = [(None, None), (None, None) if biased else (0, 0)]
    return minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=bounds)
