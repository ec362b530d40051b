"""The interview suite, by engines that know the counts, or know nothing."""

import math
from zlib import crc32

import numpy as np
import pytest

from data_prep.claims import ASKED_KINDS, Claim
from inference.answers.interview import Interview
from inference.evaluation.evaluation import evaluate
from inference.evaluation.questions.altered_slides import LEFT_RIGHT, QUARTER, UP_DOWN, open_alterable_slides
from inference.evaluation.questions.evaluation_inputs import EvaluationInputs
from inference.evaluation.questions.row_questions import load_rows
from inference.evaluation.suites import interview_scores
from inference.evaluation.suites.skipped import Skipped
from inference.model.calibration import Calibration, KindCalibration
from tests.oracle import Oracle

SAID = ("enriched", "adjacent", "centred")
CALIBRATION = Calibration(
    {kind: KindCalibration(yes_from=0.9, no_up_to=0.1) for kind in SAID}
    | {kind: KindCalibration(yes_from=math.inf, no_up_to=-math.inf) for kind in ASKED_KINDS if kind not in SAID}
)


class Seeing(Oracle):
    """Answers by the counts; with a blank picture it guesses by the words."""

    def yes_logit(self, questions, batch_size=None, progress=None):
        seen = super().yes_logit(questions)
        blank = [(q.images[0] == 255).all() for q in questions]
        guess = np.array([crc32(q.prompt.encode()) % 7 - 3.0 for q in questions])
        return np.where(blank, guess, seen)


@pytest.fixture(scope="module")
def knowing(specs):
    slides = open_alterable_slides(specs, 128)
    return Seeing(slides["synth-3"].facts, calibration=CALIBRATION)


def test_a_model_that_knows_says_all_that_is_right_and_nothing_else(knowing, specs):
    scores = evaluate(knowing, specs, suites=("interview",), with_base=False).interview
    assert scores.precision.value == 1.0
    assert scores.recall.value == 1.0
    assert scores.kinds["adjacent"].precision.value == scores.kinds["adjacent"].recall.value == 1.0
    assert scores.kinds["enriched"].n_said == scores.kinds["enriched"].n_right > 0
    assert scores.blank_precision < 0.9
    assert scores.niches_f1.value == scores.niches_f1_sure.value == 1.0
    assert scores.n_genes > 0
    assert scores.n_questions < 150
    assert scores.n_uncheckable == 0.0


def test_claims_that_the_counts_cannot_decide_are_counted_and_not_scored(knowing, specs, monkeypatch):
    monkeypatch.setattr(interview_scores, "Interview", lambda engine, canvas, facts: Interview(engine, canvas))
    monkeypatch.setattr(knowing, "logit", lambda claim: knowing.truth(claim) or 4.0)  # says yes where it is unclear
    scores = evaluate(knowing, specs, suites=("interview",), with_base=False).interview
    assert 0 < scores.n_uncheckable < scores.n_said
    assert scores.precision.value == 1.0


def test_a_model_that_knows_the_unturned_slide_only_keeps_its_words(knowing, specs):
    """It answers by the counts and not by the picture, so its place words do not turn."""
    turns = evaluate(knowing, specs, suites=("interview",), with_base=False).interview.turns
    turn = turns[LEFT_RIGHT.name]
    assert turn.n > 0
    assert (turn.turned.value, turn.stayed.value) == (0.0, 1.0)
    assert turn.silenced.value == 0.0


@pytest.mark.parametrize(
    ("turn", "value", "expected"),
    [
        (LEFT_RIGHT, "upper left", "upper right"),
        (UP_DOWN, "upper left", "lower left"),
        (QUARTER, "upper left", "upper right"),
        (QUARTER, "top", "right"),
        (UP_DOWN, "left", "left"),
        (LEFT_RIGHT, "centre", "centre"),
    ],
)
def test_place_words_turn_with_the_tissue(turn, value, expected):
    assert interview_scores.turned_word(Claim("centred", niche="A", value=value), turn) == expected


def test_words_of_other_kinds_turn_too_or_not_at_all():
    assert interview_scores.turned_word(Claim("partial", "G", "A", "upper"), UP_DOWN) == "lower"
    assert interview_scores.turned_word(Claim("gradient", "G", value="right"), LEFT_RIGHT) == "left"
    assert interview_scores.turned_word(Claim("gradient", "G", value="down"), UP_DOWN) == "up"
    assert interview_scores.turned_word(Claim("rim", "G", "A", "core"), UP_DOWN) == ""


def test_blank_precision_at_a_recall_by_hand():
    def decided(blank, is_right):
        return interview_scores._Decided("form", "s", "g", is_right, False, blank)

    asked = [decided(3, True), decided(2, False), decided(2, True), decided(1, False)]
    precision = interview_scores._precision_at_recall
    assert precision(asked, 0.5) == 1.0
    assert precision(asked, 1.0) == pytest.approx(2 / 3)
    assert precision(asked, 0.75) == pytest.approx(1.5 / 2)  # half of the two tied claims


def test_without_slides_nobody_is_interviewed(knowing, pictures):
    rows = load_rows(pictures, "test_slide", {})
    skipped = interview_scores.run_interviews(EvaluationInputs(knowing, None, pictures, "test_slide", rows))
    assert isinstance(skipped, Skipped)
    assert "--store specs" in skipped.reason


def test_f1_of_niches_by_hand():
    pairs = [(True, 0.9), (True, 0.2), (False, 0.8)]
    assert interview_scores._f1(pairs, 0.5) == pytest.approx(0.5)
    assert interview_scores._f1(pairs, 0.85) == pytest.approx(2 / 3)
    assert interview_scores._f1(pairs, math.inf) == 0.0
