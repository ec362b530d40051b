"""Makes the probabilities of a model honest: what it calls 80 % should be right eight times in ten.

calibration = calibrate(engine, "dataset")          # on the validation split, which the model did not learn from
save_calibration(calibration, "adapter")            # the engine uses it from then on
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from data_prep.dataset import load_examples
from data_prep.errors import NicheLensError
from data_prep.splits import VALIDATION
from inference.engine import Engine
from inference.load import CALIBRATION_FILE, Calibration
from inference.rows import marker_places, read_question

logger = logging.getLogger(__name__)

MIN_QUESTIONS = 40
"""Fewer answers do not fix two numbers."""
_SLOPES = (0.02, 50.0)


def calibrate(
    engine: Engine,
    dataset: str | Path,
    split: str = VALIDATION,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Calibration:
    """Fits the calibration of a model on the yes/no questions of a split.

    Args:
        engine: the model; a calibration that it has already is not used.
        dataset: folder or Hub id.
        split: must not be one that the model learnt from, nor one that it is to be tested on.
        progress: called with (questions answered so far, all questions).

    Raises:
        NicheLensError: no such dataset or split, or too few yes/no questions in it.
    """
    rows = load_examples(dataset, split)
    rows = rows.select(marker_places(rows))
    label = np.array(rows["label"]) == "yes"
    if len(label) < MIN_QUESTIONS or not 0 < label.sum() < len(label):
        msg = (
            f"{dataset}: split '{split}' has {len(label)} yes/no questions, {int(label.sum())} of them yes; "
            f"a calibration needs {MIN_QUESTIONS} with both answers: prepare more"
        )
        raise NicheLensError(msg)
    return fit_calibration(engine.yes_logit([read_question(row) for row in rows], progress=progress), label)


def fit_calibration(logit: np.ndarray, label: np.ndarray) -> Calibration:
    """Temperature and bias with the least log loss (Platt 1999, with his smoothed targets, so that it stays finite).

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
        return float(np.mean(np.logaddexp(0, z) - target * z)), np.array([np.mean(gap * logit), np.mean(gap)])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[_SLOPES, (None, None)])
    slope, bias = (float(value) for value in found.x)
    if slope <= _SLOPES[0]:
        logger.warning("the model's answers do not follow the truth: every probability will be near even")
    return Calibration(temperature=1 / slope, bias=bias)


def save_calibration(calibration: Calibration, folder: str | Path) -> Path:
    """Writes ``calibration.json`` into a model's folder, whole or not at all."""
    file = Path(folder) / CALIBRATION_FILE
    partial = file.with_name(f".{file.name}")
    partial.write_text(json.dumps(asdict(calibration), indent=2) + "\n", encoding="utf-8")
    return partial.replace(file)
