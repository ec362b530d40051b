"""Scores against values worked out by hand and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from inference.evaluation.scores.metrics import score_auroc, score_auroc_gain, score_ece, score_mean


def test_hand_computed_scores():
    label = np.array([1, 1, 0, 0])
    p_yes = np.array([0.9, 0.4, 0.6, 0.1])
    # pairs (yes, no): .9>.6 .9>.1 .4<.6 .4>.1 -> 3 of 4
    assert score_auroc(label, p_yes).value == pytest.approx(0.75)
    # four bins of one question each: |.9-1| + |.4-1| + |.6-0| + |.1-0| over 4
    assert score_ece(label, p_yes).value == pytest.approx((0.1 + 0.6 + 0.6 + 0.1) / 4)


def test_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 300)
    p_yes = np.round(np.clip(0.3 * label + rng.normal(0.35, 0.25, 300), 0, 1), 2)  # rounded: many ties
    score = score_auroc(label, p_yes)
    assert score.value == pytest.approx(roc_auc_score(label, p_yes))
    assert score.low <= score.value <= score.high


def test_bootstrap_of_whole_groups_is_wider_and_repeatable():
    rng = np.random.default_rng(1)
    label = np.repeat(rng.integers(0, 2, 20), 10)
    p_yes = np.repeat(np.clip(0.4 * label[::10] + rng.normal(0.3, 0.2, 20), 0, 1), 10)
    groups = np.repeat([f"gene{i}" for i in range(20)], 10)
    alone, grouped = score_auroc(label, p_yes), score_auroc(label, p_yes, groups)
    assert grouped.value == pytest.approx(alone.value)
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)
    assert score_auroc(label, p_yes, groups) == grouped


def test_one_class_only_has_no_auroc():
    score = score_auroc(np.ones(5), np.linspace(0, 1, 5))
    assert np.isnan(score.value)
    assert str(score) == "-"


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


def test_nothing_to_score_gives_no_score():
    assert str(score_mean(np.zeros(0))) == "-"
