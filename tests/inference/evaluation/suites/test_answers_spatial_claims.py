"""Macro-F1 of claims against values computed by hand, and its baselines."""

import numpy as np
import pytest

from data_prep.claims import THE_NICHE, THIS_GENE, Claim
from inference.evaluation.scores.condition_names import MAJORITY, MODEL, STATISTICS
from inference.evaluation.suites.answers_spatial_claims import TrainingStatistics, claim_value, score_claim_kind


def partial(half):
    return Claim("partial", THIS_GENE, THE_NICHE, half)


def said(half):
    return f"This gene is expressed only in the {half} part of the niche."


def test_said_with_the_right_value_is_a_hit_and_with_the_wrong_one_both_kinds_of_error():
    right = [[partial("left")], [partial("left")], [], []]
    answers = {MODEL: [said("left"), said("right"), "No.", said("upper")]}
    result = score_claim_kind("partial", right, answers, np.arange(4))
    # said: 1 hit, 3 made, 2 true -> 2/5; not said: 1 hit, 1 told, 2 true -> 2/3
    assert result.conditions[MODEL].value == pytest.approx((2 / 5 + 2 / 3) / 2)
    assert (result.n, result.n_true) == (4, 2)


def test_form_is_scored_by_its_values_where_the_right_answer_has_one():
    band, ring = ([Claim("form", niche=THE_NICHE, value=v)] for v in ("band", "ring"))
    answers = {MODEL: ["The niche is a band.", "The niche is a band.", "The niche is a ring.", "The niche is a ring."]}
    result = score_claim_kind("form", [band, ring, ring, []], answers, np.arange(4))
    # band: 1 hit, 2 said, 1 true -> 2/3; ring: 1 hit, 1 said, 2 true -> 2/3; the last question has no form
    assert result.conditions[MODEL].value == pytest.approx(2 / 3)
    assert result.n == 3


def test_arithmetic_learns_the_value_that_its_numbers_show():
    right = [[partial("left")], [partial("right")], []] * 10
    numbers = np.tile([[5.0], [-5.0], [0.0]], (10, 1))
    train = TrainingStatistics(right, numbers)
    result = score_claim_kind("partial", right, {}, np.arange(30), train=train, statistics=numbers)
    assert result.conditions[STATISTICS].value == pytest.approx(1.0)
    # the majority never says it: said 0, not said 2 * 10 / (10 + 30)
    assert result.conditions[MAJORITY].value == pytest.approx((0 + 0.5) / 2)


def test_the_neighbour_of_a_spill_is_granted_to_arithmetic_only():
    spill = [Claim("spills_over", THIS_GENE, THE_NICHE, other="red")]
    numbers = np.array([[1.0], [-1.0]] * 10)
    right = [spill, []] * 10
    answers = {MODEL: ["This gene spills over from the niche into the blue niche.", "No."] * 10}
    result = score_claim_kind(
        "spills_over", right, answers, np.arange(20), train=TrainingStatistics(right, numbers), statistics=numbers
    )
    assert result.conditions[STATISTICS].value == pytest.approx(1.0)
    assert result.conditions[MODEL].value == pytest.approx((0 + 1) / 2)


def test_several_values_are_a_value_of_their_own():
    assert claim_value([partial("left"), partial("upper")], "partial") == "left + upper"
    assert claim_value([Claim("follows_depth", THIS_GENE)], "follows_depth") == "said"
    assert claim_value([partial("left")], "rim") == ""


def test_a_claim_that_is_never_true_has_no_score():
    result = score_claim_kind("partial", [[], []], {MODEL: ["No.", said("left")]}, np.arange(2))
    assert result.n_true == 0
    assert np.isnan(result.conditions[MODEL].value)
