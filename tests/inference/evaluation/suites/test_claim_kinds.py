"""The claims suite: every kind beside its controls, by hand-made models that see or do not see."""

import math

import numpy as np
import pytest

from inference.evaluation.evaluation import evaluate
from inference.evaluation.scores.condition_names import ARITHMETIC, BASE, BLANK, MASKED, MODEL, NAMED, SHUFFLED, WORDS
from inference.model.calibration import Calibration, KindCalibration


@pytest.fixture
def kinds(sighted, specs, monkeypatch):
    """The scores of a model that says enriched and nothing else."""
    said = KindCalibration(yes_from=0.9, no_up_to=0.1)
    silent = KindCalibration(yes_from=math.inf, no_up_to=-math.inf)
    kinds = {"enriched": said, "adjacent": silent, "centred": silent, "patterned": silent}
    monkeypatch.setattr(sighted, "calibration", Calibration(kinds))
    return evaluate(sighted, specs, suites=("claims",), with_base=False).kinds


def test_a_model_that_sees_loses_its_sight_with_its_picture(kinds):
    auroc = kinds["enriched"].auroc
    assert list(auroc)[:2] == [MODEL, BLANK]
    assert auroc[MODEL].value > 0.9
    assert auroc[BLANK].value == 0.5
    assert abs(auroc[SHUFFLED].value - 0.5) < 0.2
    assert auroc[WORDS].value < 0.7
    assert auroc[ARITHMETIC].value > 0.8
    gain = kinds["enriched"].gain
    assert gain.value == pytest.approx(auroc[MODEL].value - auroc[ARITHMETIC].value)
    assert gain.low <= gain.value <= gain.high
    assert math.isnan(kinds["enriched"].gain_over_base.value)


def test_what_is_said_counts_at_the_thresholds_of_its_kind(kinds):
    said, silent = kinds["enriched"].threshold, kinds["patterned"].threshold
    assert said.precision.value > 0.8
    assert 0 < said.recall.value <= 1
    assert math.isnan(silent.precision.value)
    assert silent.recall.value == 0.0


def test_every_kind_has_its_figure_and_its_slides(kinds):
    assert {kind: scores.figure for kind, scores in kinds.items()} == {
        "enriched": "focus",
        "adjacent": "pair",
        "centred": "niche",
        "patterned": "expression",
        "marker": "focus",
    }
    (slide,) = kinds["enriched"].slides.values()
    assert slide.n == kinds["enriched"].n == 2 * kinds["enriched"].n_yes
    assert slide.auroc == pytest.approx(kinds["enriched"].auroc[MODEL].value)
    assert slide.recall == pytest.approx(kinds["enriched"].threshold.recall.value)


def test_prose_questions_with_names_are_asked_again_without_them(adapted, specs):
    scores = evaluate(adapted, specs, suites=("claims",), limit=40).kinds
    assert {NAMED, MASKED} <= scores["marker"].auroc.keys()
    assert not {NAMED, MASKED} & scores["enriched"].auroc.keys()
    assert np.isfinite(scores["enriched"].gain_over_base.value)
    assert BASE in scores["enriched"].auroc


def test_without_slides_no_spots_are_shuffled(sighted, pictures):
    scores = evaluate(sighted, pictures, suites=("claims",), with_base=False, limit=20).kinds
    assert SHUFFLED not in scores["enriched"].auroc
    assert MODEL in scores["enriched"].auroc


def test_unclear_claims_are_counted_apart(sighted, specs):
    unclear = evaluate(sighted, specs, "ambiguous", suites=("claims",), limit=8, with_base=False).unclear
    assert unclear.n == 8
    assert unclear.yes + unclear.no + unclear.abstain == pytest.approx(1)
