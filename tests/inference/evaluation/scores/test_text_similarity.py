"""ROUGE-L against values computed by hand, and ranks of likelihoods."""

import numpy as np
import pytest

from inference.evaluation.scores.text_similarity import draw_wrong_answers, likelihood_quantile, rouge_l


def test_rouge_l_by_hand():
    # Lin 2004: "police killed the gunman" against "police kill the gunman" shares police ... the gunman
    assert rouge_l("Police kill the gunman.", "police killed the gunman") == pytest.approx(3 / 4)
    assert rouge_l("the gunman kill police", "police killed the gunman") == pytest.approx(2 / 4)
    assert rouge_l("a b", "a b c d") == pytest.approx(2 * 2 / 6)
    assert rouge_l("same words", "same words") == 1.0
    assert rouge_l("", "something") == 0.0


def test_quantile_counts_wrong_answers_that_are_less_likely():
    class Fixed:
        def log_likelihood(self, question, completions):
            return np.array([{"right": -2.0, "worse": -5.0, "better": -1.0, "equal": -2.0}[c] for c in completions])

    quantile = likelihood_quantile(Fixed(), None, "right", ["worse", "better", "equal", "worse"])
    assert quantile == pytest.approx((2 + 0.5) / 4)


def test_wrong_answers_claim_something_else():
    a, b = frozenset({"a"}), frozenset({"b"})
    wrong = draw_wrong_answers(
        0, ["A.", "A, reworded.", "B.", "B.", "B, reworded."], [a, a, b, b, b], np.random.default_rng(0)
    )
    assert sorted(wrong) == ["B, reworded.", "B."]
