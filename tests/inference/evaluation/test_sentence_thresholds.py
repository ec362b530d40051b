"""Each kind of claim in prose gets the confidence from which it is right often enough."""

import numpy as np
import pytest

from data_prep.claims import CLAIM_TYPES
from inference.engine.confidence import NEVER
from inference.evaluation.sentence_thresholds import TARGET_PRECISION, JudgedClaim, fit_least_confidence


def test_each_kind_gets_the_confidence_that_makes_it_right_often_enough(rng):
    # Places are right as often as the model is sure of them; rims are guessed; a gradient was claimed once.
    made = [JudgedClaim("highest", p, rng.random() < p) for p in rng.random(3000)]
    made += [JudgedClaim("rim", p, rng.random() < 0.3) for p in rng.random(300)]
    made += [JudgedClaim("gradient", 0.99, True)]
    made += [JudgedClaim("form", 0.5, i % 25 > 0) for i in range(100)]
    least = fit_least_confidence(made)
    assert set(least) == set(CLAIM_TYPES)
    # Above p, the mean of p and 1 are right.
    assert least["highest"] == pytest.approx(2 * TARGET_PRECISION - 1, abs=0.06)
    kept = [claim.is_right for claim in made if claim.confidence >= least[claim.kind]]
    assert np.mean(kept) >= TARGET_PRECISION
    assert least["rim"] == least["gradient"] == NEVER
    assert least["form"] == 0.5


@pytest.mark.parametrize(
    ("n_right", "n_wrong", "is_known"), [(2, 0, False), (20, 0, True), (20, 4, False), (400, 80, True)]
)
def test_few_claims_must_nearly_all_be_right(n_right, n_wrong, is_known):
    few = [JudgedClaim("form", 0.9, i >= n_wrong) for i in range(n_right + n_wrong)]
    assert (fit_least_confidence(few)["form"] < NEVER) == is_known


def test_a_model_without_prose_leaves_nothing_out():
    assert fit_least_confidence([]) == {}
