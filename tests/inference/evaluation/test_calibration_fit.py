"""The fit recovers a planted temperature and bias, and stays finite for a model without mistakes."""

import logging

import numpy as np
import pytest

from data_prep.claims import CLAIM_TYPES, Claim
from data_prep.dataset.loading import load_examples
from data_prep.errors import NicheLensError
from inference.engine.confidence import NEVER, Sentence
from inference.evaluation.calibration_fit import (
    MAX_ANSWERS,
    TARGET_PRECISION,
    JudgedClaim,
    calibrate,
    fit_calibration,
    fit_least_confidence,
)
from inference.evaluation.questions.row_questions import read_claims, read_question, rows_with_claims


def test_planted_temperature_and_bias_are_found(rng):
    logit = rng.normal(0, 4, 4000)
    label = rng.random(4000) < 1 / (1 + np.exp(-(logit / 2.5 - 0.7)))
    result = fit_calibration(logit, label)
    assert result.temperature == pytest.approx(2.5, rel=0.1)
    assert result.bias == pytest.approx(-0.7, abs=0.15)


def test_a_bias_that_a_few_answers_suggest_is_not_believed(rng):
    logit = rng.normal(0, 4, 4000)
    label = rng.random(4000) < 1 / (1 + np.exp(-(logit - 0.5)))
    assert fit_calibration(logit[:150], label[:150]).bias == 0.0
    assert fit_calibration(logit, label).bias == pytest.approx(-0.5, abs=0.15)


def test_answers_without_a_mistake_stay_below_certainty():
    logit = np.concatenate([np.full(50, 3.0), np.full(50, -3.0)])
    result = fit_calibration(logit, logit > 0)
    p = 1 / (1 + np.exp(-(3.0 / result.temperature + result.bias)))
    assert 51 / 52 < p < 0.999


def test_honest_logits_are_left_alone(rng):
    logit = rng.normal(0, 4, 400)
    result = fit_calibration(logit, rng.random(400) < 1 / (1 + np.exp(-logit)))
    assert result.bias == 0.0
    assert result.temperature == pytest.approx(1.0, abs=0.15)


def test_a_model_that_is_wrong_is_not_turned_round(rng, caplog):
    logit = rng.normal(0, 1, 200)
    with caplog.at_level(logging.WARNING):
        result = fit_calibration(logit, logit < 0)
    assert result.temperature > 0
    assert "do not follow the truth" in caplog.text


def test_each_kind_gets_the_confidence_that_makes_it_right_often_enough(rng):
    # Places are right as often as the model is sure of them; rims are guessed; a gradient was claimed once.
    made = [JudgedClaim("located", p, rng.random() < p) for p in rng.random(3000)]
    made += [JudgedClaim("rim", p, rng.random() < 0.3) for p in rng.random(300)]
    made += [JudgedClaim("gradient", 0.99, True)]
    made += [JudgedClaim("form", 0.5, i % 25 > 0) for i in range(100)]
    least = fit_least_confidence(made)
    assert set(least) == set(CLAIM_TYPES)
    # Above p, the mean of p and 1 are right.
    assert least["located"] == pytest.approx(2 * TARGET_PRECISION - 1, abs=0.06)
    kept = [claim.is_right for claim in made if claim.confidence >= least[claim.kind]]
    assert np.mean(kept) >= TARGET_PRECISION
    assert least["rim"] == least["gradient"] == NEVER
    assert least["form"] == 0.5
    for n_right, n_wrong, is_known in ((2, 0, False), (20, 0, True), (20, 4, False), (400, 80, True)):
        few = [JudgedClaim("form", 0.9, i >= n_wrong) for i in range(n_right + n_wrong)]
        assert (fit_least_confidence(few)["form"] < NEVER) == is_known


def test_calibration_lowers_the_log_loss(adapted, pictures):
    from sklearn.metrics import log_loss

    result = calibrate(adapted, pictures, "test_slide")
    rows = [row for row in load_examples(pictures, "test_slide") if row["label"] and row["task"] == "marker"]
    label = np.array([row["label"] == "yes" for row in rows])
    logit = adapted.yes_logit([read_question(row) for row in rows])
    before = log_loss(label, 1 / (1 + np.exp(-logit)))
    after = log_loss(label, result.of("").probability(logit))
    assert after < before


def test_too_few_questions_do_not_calibrate(adapted, pictures):
    with pytest.raises(NicheLensError, match="0 yes/no questions"):
        calibrate(adapted, pictures, "ambiguous")


@pytest.mark.parametrize(("are_right", "is_kept"), [(True, True), (False, False)])
def test_the_counts_decide_which_claims_are_right(adapted, specs, monkeypatch, are_right, is_kept):
    """The model makes the claims of the right answers, or their opposites, with the same confidence."""
    opposite = {"enriched": "not_enriched", "not_enriched": "enriched"}
    rows = load_examples(specs, "test_slide")
    rows = rows.select(rows_with_claims(rows, MAX_ANSWERS))
    claims = [[claim for claim in read_claims(row) if claim.kind in opposite] for row in rows]
    if not are_right:
        claims = [[Claim(opposite[c.kind], c.gene, c.niche) for c in some] for some in claims]
    answers = [[Sentence("", 0.9, tuple(some))] for some in claims]
    monkeypatch.setattr(adapted, "sentences", lambda questions, **_: answers)
    monkeypatch.setattr(adapted, "yes_logit", lambda questions, **_: np.linspace(-3, 3, len(questions)))
    least = calibrate(adapted, specs, "test_slide").least_confidence
    assert {kind: least[kind] < NEVER for kind in opposite} == dict.fromkeys(opposite, is_kept)
