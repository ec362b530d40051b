"""Calibration: planted temperature and bias are found, and a separable model stays finite."""

import json
import logging

import numpy as np
import pytest

from inference.calibrate import fit_calibration, save_calibration
from inference.load import Calibration


def test_planted_temperature_and_bias_are_found(rng):
    logit = rng.normal(0, 4, 4000)
    label = rng.random(4000) < 1 / (1 + np.exp(-(logit / 2.5 - 0.7)))
    found = fit_calibration(logit, label)
    assert found.temperature == pytest.approx(2.5, rel=0.1)
    assert found.bias == pytest.approx(-0.7, abs=0.15)


def test_answers_without_a_mistake_stay_below_certainty():
    logit = np.concatenate([np.full(50, 3.0), np.full(50, -3.0)])
    found = fit_calibration(logit, logit > 0)
    p = 1 / (1 + np.exp(-(3.0 / found.temperature + found.bias)))
    assert p == pytest.approx(51 / 52, abs=0.01)


def test_a_model_that_is_wrong_is_not_turned_round(rng, caplog):
    logit = rng.normal(0, 1, 200)
    with caplog.at_level(logging.WARNING):
        found = fit_calibration(logit, logit < 0)
    assert found.temperature > 0
    assert "do not follow the truth" in caplog.text


def test_what_is_saved_is_what_is_loaded(tmp_path):
    file = save_calibration(Calibration(1.5, -0.25), tmp_path)
    assert json.loads(file.read_text()) == {"temperature": 1.5, "bias": -0.25}
    assert [entry.name for entry in tmp_path.iterdir()] == ["calibration.json"]
