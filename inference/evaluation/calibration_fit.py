"""Calibrate a model on questions that it was not trained on.

After calibration, answers with a probability of 80 % are right eight times in ten, and four in five of the claims that
the model makes are right.

    calibration = calibrate(engine, "dataset")          # on the validation split, which is not used for training
    save_calibration(calibration, "adapter")            # the engine uses it from then on
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.claims import CLAIM_TYPES, SUPPORTED, UNCHECKABLE, Claim, Names, check, resolve
from data_prep.dataset.loading import load_examples
from data_prep.errors import NicheLensError
from data_prep.split_names import VALIDATION
from inference.engine.confidence import NEVER
from inference.engine.engine import Engine
from inference.evaluation.questions.altered_slides import AlterableSlide, open_alterable_slides
from inference.evaluation.questions.row_questions import marker_rows, read_claims, read_question, rows_with_claims
from inference.model.calibration import Calibration, KindCalibration

logger = logging.getLogger(__name__)

MIN_QUESTIONS = 40
"""Fewer answers do not determine two numbers."""
MAX_ANSWERS = 400
"""Written answers of each task that are used."""
TARGET_PRECISION = 0.8
"""Share of the claims of a kind that must be right among those that the model makes.

Each claim is checked against the counts where it is shown. This threshold only removes kinds that the model mostly
guesses. At 0.95 the bundled model would make almost no claims."""
LOWER_BOUND = 0.1
"""Quantile of Jeffreys' interval that is used as the share of right claims. If a kind is made only a few times, nearly
all of these claims must be right."""
LOG_TEMPERATURE_SD = np.log(2)
"""Standard deviation of the prior of the log temperature: a factor of two is not unusual."""
MAX_TEMPERATURE = 5.0


def calibrate(
    engine: Engine,
    dataset: str | Path,
    split: str = VALIDATION,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Calibration:
    """Fits the calibration of a model on a split: its probabilities, and the least confidence for each kind of claim.

    Args:
        engine: the model; its present calibration is not used.
        dataset: folder or Hub id.
        split: not used for training, and not for testing.
        progress: called with (questions answered so far, all questions).

    Raises:
        NicheLensError: the dataset or split does not exist, or it has too few yes/no questions.
    """
    examples = load_examples(dataset, split)
    rows = examples.select(marker_rows(examples))
    label = np.array(rows["label"]) == "yes"
    if len(label) < MIN_QUESTIONS or not 0 < label.sum() < len(label):
        message = (
            f"{dataset}: split '{split}' has {len(label)} yes/no questions, {int(label.sum())} of them yes; "
            f"a calibration needs {MIN_QUESTIONS} with both answers: prepare more"
        )
        raise NicheLensError(message)
    written = examples.select(rows_with_claims(examples, MAX_ANSWERS))
    total = len(rows) + len(written)

    def report(before: int) -> Callable[[int, int], None]:
        return lambda done, _: progress(before + done, total) if progress else None

    scores = fit_calibration(engine.yes_logit([read_question(row) for row in rows], progress=report(0)), label)
    said = engine.sentences([read_question(row) for row in written], progress=report(len(rows)))
    slides = open_alterable_slides(dataset, engine.image_size)
    judged = [
        JudgedClaim(claim.kind, sentence.confidence, is_right)
        for row, sentences in zip(written, said, strict=True)
        for sentence in sentences
        for claim in sentence.claims
        if (is_right := _is_right(claim, row, slides.get(row["slide"]))) is not None
    ]
    return Calibration({"": scores}, fit_least_confidence(judged))


@dataclass(frozen=True)
class JudgedClaim:
    """A claim of the model: its kind, the confidence of its sentence, and whether it is right."""

    kind: str
    confidence: float
    is_right: bool


def fit_least_confidence(judged: Sequence[JudgedClaim]) -> dict[str, float]:
    """Finds for each kind of claim the least confidence from which ``TARGET_PRECISION`` of the claims are right.

    Returns:
        Kind → least confidence; ``NEVER`` for kinds that are not right often enough at any confidence, or that were
        made too seldom to tell.
    """
    pairs_of: dict[str, list[tuple[float, float]]] = {kind: [] for kind in CLAIM_TYPES}
    for claim in judged:
        pairs_of[claim.kind].append((claim.confidence, float(claim.is_right)))
    return {kind: _least_confidence(pairs) for kind, pairs in pairs_of.items()}


def _is_right(claim: Claim, row: Mapping[str, Any], slide: AlterableSlide | None) -> bool | None:
    """Whether a claim is right.

    The counts decide where the dataset holds its slides, and give None where they cannot decide. The right answer
    decides where the dataset holds only pictures.
    """
    if slide is None:
        return claim in read_claims(row)
    verdict = check(resolve(claim, Names(**json.loads(row["names"]))), slide.facts).verdict
    return None if verdict == UNCHECKABLE else verdict == SUPPORTED


def _least_confidence(pairs: Sequence[tuple[float, float]]) -> float:
    from scipy.stats import beta

    if not pairs:
        return NEVER
    confidence, is_right = np.array(sorted(pairs, reverse=True)).T
    right, made = np.cumsum(is_right), np.arange(1, len(pairs) + 1)
    lower = beta.ppf(LOWER_BOUND, right + 0.5, made - right + 0.5)
    # Sentences of equal confidence are kept together or not at all.
    last_of_value = np.r_[confidence[1:] != confidence[:-1], True]
    enough = np.flatnonzero((lower >= TARGET_PRECISION) & last_of_value)
    # Rounded down, so that the digits in the file keep the same sentences.
    return float(np.floor(confidence[enough[-1]] * 1e6) / 1e6) if enough.size else NEVER


def fit_calibration(logit: np.ndarray, label: np.ndarray) -> KindCalibration:
    """Fits the temperature with the least log loss, and a bias if it improves the fit enough.

    The temperature has a log-normal prior around 1, so it departs from 1 only if the answers require it. The prior also
    keeps a model without mistakes from certainty. (Smoothed targets, Platt 1999, do so too, but with a few hundred
    answers they made the bundled model underconfident on each validation donor.) Schwarz's criterion (1978) on smoothed
    targets decides about the bias, because with few answers a bias depends on the few that are wrong.

    Args:
        logit: (n,) logit(yes) - logit(no), not calibrated.
        label: (n,) truth.
    """
    label = np.asarray(label, bool)
    n_yes, n_no = int(label.sum()), int((~label).sum())
    smoothed = np.where(label, (n_yes + 1) / (n_yes + 2), 1 / (n_no + 2))
    gain = _fit(logit, smoothed, biased=False).fun - _fit(logit, smoothed, biased=True).fun
    log_slope, bias = _fit(logit, label, biased=gain > np.log(len(label)) / 2).x
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
