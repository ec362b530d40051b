"""The fit recovers planted scales, and its thresholds keep their precision on slides that it did not see."""

import logging
import math

import numpy as np
import pytest

from inference.evaluation.kind_fit import ABOVE_EVEN, Answers, fit_kind, fit_scale, least_interview_score, least_score

NONE = Answers(np.zeros(0), np.zeros(0, bool), np.zeros(0, dtype=object))


def draw_answers(rng, n_slides=20, n=60, separation=2.0, shift=0.0, base_rate=0.5):
    """Answers on slides whose scores are shifted by normal amounts."""
    label = rng.random((n_slides, n)) < base_rate
    logit = 2 * separation * (2 * label - 1) + 2 * rng.normal(size=label.shape) + shift * rng.normal(size=(n_slides, 1))
    slide = np.repeat([f"s{i}" for i in range(n_slides)], n).astype(object)
    return Answers(logit.ravel(), label.ravel(), slide)


def precision_and_recall(fit, answers):
    said = fit.calibration.probability(answers.logit) >= fit.calibration.yes_from
    return answers.label[said].mean(), said[answers.label].mean()


def test_planted_temperature_and_bias_are_found(rng):
    logit = rng.normal(0, 4, 4000)
    label = rng.random(4000) < 1 / (1 + np.exp(-(logit / 2.5 - 0.7)))
    result = fit_scale(logit, label)
    assert result.temperature == pytest.approx(2.5, rel=0.1)
    assert result.bias == pytest.approx(-0.7, abs=0.15)


def test_a_bias_that_a_few_answers_suggest_is_not_believed(rng):
    logit = rng.normal(0, 4, 4000)
    label = rng.random(4000) < 1 / (1 + np.exp(-(logit - 0.5)))
    assert fit_scale(logit[:150], label[:150]).bias == 0.0
    assert fit_scale(logit, label).bias == pytest.approx(-0.5, abs=0.15)


def test_answers_without_a_mistake_stay_below_certainty():
    logit = np.concatenate([np.full(50, 3.0), np.full(50, -3.0)])
    result = fit_scale(logit, logit > 0)
    assert 51 / 52 < result.probability(np.array([3.0]))[0] < 0.999


def test_honest_logits_are_left_alone(rng):
    logit = rng.normal(0, 4, 400)
    result = fit_scale(logit, rng.random(400) < 1 / (1 + np.exp(-logit)))
    assert result.bias == 0.0
    assert result.temperature == pytest.approx(1.0, abs=0.15)


def test_a_model_that_is_wrong_is_not_turned_round(rng, caplog):
    logit = rng.normal(0, 1, 200)
    with caplog.at_level(logging.WARNING):
        result = fit_scale(logit, logit < 0)
    assert result.temperature > 0
    assert "do not follow the truth" in caplog.text


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_thresholds_keep_their_precision_on_new_slides(rng, shift):
    fit = fit_kind(draw_answers(rng, shift=shift), NONE)
    precision, recall = precision_and_recall(fit, draw_answers(rng, n_slides=200, shift=shift))
    assert precision >= 0.95
    assert recall >= 0.8


def test_slides_that_differ_raise_the_threshold(rng):
    """With as many answers, a kind whose scores move from slide to slide must be surer."""
    alike, moved = (draw_answers(np.random.default_rng(5), separation=1.2, shift=shift) for shift in (0.0, 2.5))
    least = [least_score(a.logit, a.label, a.slide, 0.95) for a in (alike, moved)]
    assert least[1] > least[0] + 1


def test_one_odd_slide_is_noticed_though_it_is_small():
    """Among 400 answers only 10 are wrong, but all of them on one slide of five."""
    logit, label = np.full(400, 3.0), np.ones(400, bool)
    slide = np.repeat([f"s{i}" for i in range(4)], 90).tolist() + ["odd"] * 40
    label[-10:] = False
    assert least_score(logit, label, np.array(["one"] * 400, dtype=object), 0.95) == 3.0
    assert least_score(logit, label, np.array(slide, dtype=object), 0.95) == math.inf


def test_few_answers_must_nearly_all_be_right(rng):
    slides = np.array([f"s{i % 4}" for i in range(60)], dtype=object)
    for n, n_wrong, is_said in ((60, 0, True), (12, 0, False), (60, 3, False)):
        label = np.arange(n) >= n_wrong
        assert math.isfinite(least_score(np.ones(n), label, slides[:n], 0.95)) == is_said


def test_an_interview_with_few_right_claims_raises_the_threshold(rng):
    asked, rare = draw_answers(rng, separation=1.5), draw_answers(rng, separation=1.5, base_rate=0.1)
    alone, both = fit_kind(asked, NONE), fit_kind(asked, rare)
    assert both.calibration.yes_from > alone.calibration.yes_from
    assert both.interview_base_rate == pytest.approx(0.1, abs=0.03)
    new = draw_answers(rng, n_slides=200, separation=1.5, base_rate=0.1)
    assert precision_and_recall(both, new)[0] > precision_and_recall(alone, new)[0] + 0.1


def test_an_interview_is_judged_by_its_precision_or_by_its_few_wrong_claims():
    """Among 1,000 wrong claims, 10 look right: they drown few right claims, but not 500. Five are no evidence."""
    wrong = np.r_[np.linspace(-9, -3, 990), np.linspace(2.1, 3, 10)]
    right_claims = [
        (np.linspace(2, 4, 500), -3.1),
        (np.linspace(2, 4, 16), 2.8),
        (np.linspace(2, 4, 5), math.inf),
        (np.linspace(0, 2.2, 16), math.inf),
    ]
    for right, least in right_claims:
        label = np.r_[np.zeros(1000, bool), np.ones(len(right), bool)]
        answers = Answers(np.r_[wrong, right], label, np.full(len(label), "s", dtype=object))
        assert least_interview_score(answers, 0.95) == pytest.approx(least, abs=0.05)
    assert least_interview_score(NONE, 0.95) == -math.inf


def test_a_higher_precision_is_said_less(rng):
    answers = draw_answers(rng, separation=1.2)
    lax, strict = (fit_kind(answers, NONE, precision).calibration for precision in (0.9, 0.98))
    assert lax.yes_from < strict.yes_from
    assert lax.no_up_to > strict.no_up_to


def test_a_kind_that_is_ranked_badly_or_asked_seldom_is_not_said(rng):
    bad = fit_kind(draw_answers(rng, separation=0.3), NONE)
    assert bad.auroc < 0.8
    assert not bad.calibration.is_asked
    few = fit_kind(draw_answers(rng, n_slides=2, n=10), NONE)
    assert (few.n, few.n_slides) == (20, 2)
    assert not few.calibration.is_asked


def test_nothing_is_said_against_the_odds():
    """Hardly any claim is wrong, so even an unsure one would be right often enough."""
    rng = np.random.default_rng(0)
    label = rng.random(600) < 0.97
    logit = np.where(label, rng.normal(2, 1, 600), rng.normal(-2, 1, 600))
    fit = fit_kind(Answers(logit, label, np.array([f"s{i % 6}" for i in range(600)], dtype=object)), NONE)
    assert fit.calibration.yes_from >= ABOVE_EVEN
    assert fit.calibration.no_up_to <= 1 - ABOVE_EVEN
