"""Scores against values worked out by hand and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score

from inference.evaluation.scores.metrics import score_auroc, score_auroc_gain, score_macro_f1, score_mean, score_yes_no


def test_hand_computed_scores():
    label = np.array([1, 1, 0, 0])
    p_yes = np.array([0.9, 0.4, 0.6, 0.1])
    scores = score_yes_no(label, p_yes)
    # pairs (yes, no): .9>.6 .9>.1 .4<.6 .4>.1 -> 3 of 4
    assert scores.auroc.value == pytest.approx(0.75)
    assert scores.balanced_accuracy.value == pytest.approx(0.5)
    assert scores.f1.value == pytest.approx(0.5)
    # four bins of one question each: |.9-1| + |.4-1| + |.6-0| + |.1-0| over 4
    assert scores.ece.value == pytest.approx((0.1 + 0.6 + 0.6 + 0.1) / 4)
    # the two confident answers are right, the next two are wrong
    assert scores.coverage.value == pytest.approx(0.5)


def test_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 300)
    p_yes = np.round(np.clip(0.3 * label + rng.normal(0.35, 0.25, 300), 0, 1), 2)  # rounded: many ties
    scores = score_yes_no(label, p_yes)
    assert scores.auroc.value == pytest.approx(roc_auc_score(label, p_yes))
    assert scores.balanced_accuracy.value == pytest.approx(balanced_accuracy_score(label, p_yes >= 0.5))
    assert scores.f1.value == pytest.approx(f1_score(label, p_yes >= 0.5))
    for score in (scores.auroc, scores.balanced_accuracy, scores.f1, scores.ece, scores.coverage):
        assert score.low <= score.value <= score.high or score in (scores.ece, scores.coverage)


def test_equal_confidence_is_answered_together():
    # p = 0.5 for all: 95 % cannot be right, whatever the order of the questions
    assert score_yes_no(np.array([1, 1, 0, 0]), np.full(4, 0.5)).coverage.value == 0.0


def test_bootstrap_of_whole_groups_is_wider_and_repeatable():
    rng = np.random.default_rng(1)
    label = np.repeat(rng.integers(0, 2, 20), 10)
    p_yes = np.repeat(np.clip(0.4 * label[::10] + rng.normal(0.3, 0.2, 20), 0, 1), 10)
    groups = np.repeat([f"gene{i}" for i in range(20)], 10)
    alone, grouped = score_yes_no(label, p_yes), score_yes_no(label, p_yes, groups)
    assert grouped.auroc.value == pytest.approx(alone.auroc.value)
    assert grouped.auroc.high - grouped.auroc.low > 2 * (alone.auroc.high - alone.auroc.low)
    assert score_yes_no(label, p_yes, groups) == grouped


def test_one_class_only_has_no_auroc():
    scores = score_yes_no(np.ones(5), np.linspace(0, 1, 5))
    assert np.isnan(scores.auroc.value)
    assert str(scores.auroc) == "-"


def test_mean_of_ratios_is_weighted_by_their_denominators():
    score = score_mean(np.array([1.0, 0.0, np.nan]), np.array([3, 1, 0]))
    assert score.value == pytest.approx(0.75)


def test_auroc_of_any_number_and_its_gain():
    rng = np.random.default_rng(2)
    label = np.arange(200) % 2
    z = label * 2 + rng.normal(0, 1, 200)
    assert score_auroc(label, z).value == pytest.approx(roc_auc_score(label, z))
    gain = score_auroc_gain(label, z, np.zeros(200))
    assert gain.value == pytest.approx(roc_auc_score(label, z) - 0.5)
    assert 0.3 < gain.low < gain.value < gain.high
    assert score_auroc_gain(label, z, z).high == 0.0


def test_macro_f1_agrees_with_scikit_learn():
    rng = np.random.default_rng(3)
    true, said = rng.integers(0, 3, 90), rng.integers(0, 3, 90)
    made, told = (np.eye(3, dtype=bool)[values] for values in (true, said))
    score = score_macro_f1(made, told, made & told)
    assert score.value == pytest.approx(f1_score(true, said, average="macro"))
    assert score.low < score.value < score.high


def test_nothing_to_score_gives_no_score():
    assert str(score_mean(np.zeros(0))) == "-"
