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

from data_prep.claims import SUPPORTED, TYPES, UNCHECKABLE, Claim, Names, check, resolve
from data_prep.dataset import load_examples
from data_prep.errors import NicheLensError
from data_prep.splits import VALIDATION
from inference.calibration import Calibration
from inference.engine import Engine
from inference.rows import answered_places, marker_places, read_claims, read_question
from inference.speech import NEVER
from inference.tissue import Tissue, open_tissues

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
_SLOPES = (0.02, 50.0)


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
    found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in TYPES}
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
    """Temperature and bias with the least log loss (Platt 1999, with his smoothed targets, so that it stays finite).

    A bias is fitted only where Schwarz's criterion (1978) finds that it pays. On a few hundred answers it rests on the
    handful that are wrong, which are those of a few donors: with it, each of the four validation donors of the bundled
    model was calibrated worse by the other three than without.

    Args:
        logit: (n,) logit(yes) - logit(no), not calibrated.
        label: (n,) truth.
    """
    from scipy.optimize import minimize

    label = np.asarray(label, bool)
    n_yes, n_no = int(label.sum()), int((~label).sum())
    target = np.where(label, (n_yes + 1) / (n_yes + 2), 1 / (n_no + 2))

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        z = parameters[0] * logit + parameters[1]
        gap = 1 / (1 + np.exp(-z)) - target
        return float(np.sum(np.logaddexp(0, z) - target * z)), np.array([np.sum(gap * logit), np.sum(gap)])

    start = np.array([1.0, 0.0])
    even, biased = (
        minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[_SLOPES, bias]) for bias in ((0, 0), (None, None))
    )
    pays = even.fun - biased.fun > np.log(len(label)) / 2
    slope, bias = (float(value) for value in (biased if pays else even).x)
    if slope <= _SLOPES[0]:
        logger.warning("the model's answers do not follow the truth: every probability will be near even")
    return Calibration(temperature=1 / slope, bias=bias)
