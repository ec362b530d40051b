"""Makes a model honest: what it calls 80 % should be right eight times in ten, and what it says four times in five.

calibration = calibrate(engine, "dataset")          # on the validation split, which the model did not learn from
save_calibration(calibration, "adapter")            # the engine uses it from then on
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.claims import CLAIM_TYPES, SUPPORTED, UNCHECKABLE, Claim, Names, check, resolve
from data_prep.dataset.loading import load_examples
from data_prep.dataset.splits import VALIDATION
from data_prep.errors import NicheLensError
from inference.engine.confidence import NEVER
from inference.engine.engine import Engine
from inference.evaluation.altered_slides import Tissue, open_tissues
from inference.evaluation.row_questions import answered_places, marker_places, read_claims, read_question
from inference.model.calibration import Calibration

logger = logging.getLogger(__name__)

MIN_QUESTIONS = 40
"""Fewer answers do not fix two numbers."""
MOST_ANSWERS = 400
"""Written answers of each task that are heard."""
PRECISION = 0.8
"""Share of the claims of a kind that shall be right among those that are passed on.

Every claim is checked again where it is shown; this only keeps a model from saying what it mostly guesses. At 0.95 the
bundled model would hardly speak."""
DOUBT = 0.1
"""The share of right claims is believed to be at least the value that it falls below with this probability (Jeffreys'
interval): of a kind that was made a few times, nearly all must have been right."""
TEMPERATURE_SPREAD = np.log(2)
"""Standard deviation of the prior of the log of the temperature: a factor of two is nothing out of the way."""
MOST_TEMPERATURE = 5.0


def calibrate(
    engine: Engine,
    dataset: str | Path,
    split: str = VALIDATION,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Calibration:
    """Fits the calibration of a model on a split: probabilities, and how sure it must be of each kind of claim.

    Args:
        engine: the model; a calibration that it has already is not used.
        dataset: folder or Hub id.
        split: must not be one that the model learnt from, nor one that it is to be tested on.
        progress: called with (questions answered so far, all questions).

    Raises:
        NicheLensError: no such dataset or split, or too few yes/no questions in it.
    """
    examples = load_examples(dataset, split)
    rows = examples.select(marker_places(examples))
    label = np.array(rows["label"]) == "yes"
    if len(label) < MIN_QUESTIONS or not 0 < label.sum() < len(label):
        msg = (
            f"{dataset}: split '{split}' has {len(label)} yes/no questions, {int(label.sum())} of them yes; "
            f"a calibration needs {MIN_QUESTIONS} with both answers: prepare more"
        )
        raise NicheLensError(msg)
    told = examples.select(answered_places(examples, MOST_ANSWERS))
    total = len(rows) + len(told)

    def report(before: int) -> Callable[[int, int], None]:
        return lambda done, _: progress(before + done, total) if progress else None

    scores = fit_calibration(engine.yes_logit([read_question(row) for row in rows], progress=report(0)), label)
    said = engine.sentences([read_question(row) for row in told], progress=report(len(rows)))
    tissues = open_tissues(dataset, engine.image_size)
    judged = [
        Judged(claim.kind, sentence.sureness, is_right)
        for row, sentences in zip(told, said, strict=True)
        for sentence in sentences
        for claim in sentence.claims
        if (is_right := _is_right(claim, row, tissues.get(row["slide"]))) is not None
    ]
    return replace(scores, sureness=fit_sureness(judged))


@dataclass(frozen=True)
class Judged:
    """A claim that was made: its kind, how sure the model was of the sentence, and whether it is right."""

    kind: str
    sureness: float
    is_right: bool


def fit_sureness(judged: Sequence[Judged]) -> dict[str, float]:
    """For each kind of claim, the least sureness from which on ``PRECISION`` of the claims are right.

    Returns:
        Kind → least sureness; ``NEVER`` for kinds that no sureness makes right often enough, or that were made too
        seldom to know.
    """
    found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in CLAIM_TYPES}
    for claim in judged:
        found[claim.kind].append((claim.sureness, float(claim.is_right)))
    return {kind: _least_sureness(pairs) for kind, pairs in found.items()}


def _is_right(claim: Claim, row: Mapping[str, Any], tissue: Tissue | None) -> bool | None:
    """By the counts where the dataset holds its slides (None where they cannot decide), else by the right answer."""
    if tissue is None:
        return claim in read_claims(row)
    verdict = check(resolve(claim, Names(**json.loads(row["names"]))), tissue.facts).verdict
    return None if verdict == UNCHECKABLE else verdict == SUPPORTED


def _least_sureness(pairs: Sequence[tuple[float, float]]) -> float:
    from scipy.stats import beta

    if not pairs:
        return NEVER
    sureness, is_right = np.array(sorted(pairs, reverse=True)).T
    right, made = np.cumsum(is_right), np.arange(1, len(pairs) + 1)
    believed = beta.ppf(DOUBT, right + 0.5, made - right + 0.5)
    # Equally sure sentences are passed on together or not at all.
    last_of_value = np.r_[sureness[1:] != sureness[:-1], True]
    enough = np.flatnonzero((believed >= PRECISION) & last_of_value)
    # Rounded down, so that the file's digits let the same sentences pass.
    return float(np.floor(sureness[enough[-1]] * 1e6) / 1e6) if enough.size else NEVER


def fit_calibration(logit: np.ndarray, label: np.ndarray) -> Calibration:
    """Temperature and, where it pays, bias with the least log loss.

    Logits are taken at their word unless the answers say otherwise: the temperature has a log-normal prior around 1,
    which also keeps a model without a mistake from certainty. (Smoothed targets, Platt 1999, do that too, and on a few
    hundred answers made the bundled model less sure than it was right, on each validation donor.) Whether a bias pays
    is judged by Schwarz's criterion (1978) on smoothed targets: on few answers it rests on the handful that are wrong.

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
    if temperature > MOST_TEMPERATURE:
        logger.warning("the model's answers do not follow the truth: every probability will be near even")
    return Calibration(temperature=temperature, bias=float(bias))


def _fit(logit: np.ndarray, target: np.ndarray, *, biased: bool) -> Any:
    """The log of the slope and the bias, by `scipy.optimize.minimize`."""
    from scipy.optimize import minimize

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        log_slope, bias = parameters
        slope, pull = np.exp(log_slope), log_slope / TEMPERATURE_SPREAD**2
        z = slope * logit + bias
        gap = 1 / (1 + np.exp(-z)) - target
        value = np.sum(np.logaddexp(0, z) - target * z) + 0.5 * log_slope * pull
        return float(value), np.array([np.sum(gap * logit) * slope + pull, np.sum(gap)])

    bounds = [(None, None), (None, None) if biased else (0, 0)]
    return minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=bounds)
