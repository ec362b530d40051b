"""What every engine does alike: probabilities, and answers without unsure sentences."""

import numpy as np
import pytest

from data_prep.claims import THE_NICHE, THIS_GENE, Claim
from data_prep.errors import NicheLensError
from data_prep.figures.canvas import Canvas
from inference.engine.confidence import NEVER, Sentence
from inference.engine.engine import Engine, RawAnswer
from inference.model.calibration import Calibration, KindCalibration


class Scripted(Engine):
    """Always gives one answer, and remembers how it was asked."""

    name, image_size, calibration = "scripted", 128, Calibration()

    def __init__(self):
        claim = Claim("enriched", THIS_GENE, THE_NICHE)
        self.spoken = [Sentence("Yes.", 0.2, ()), Sentence("It is enriched.", 0.4, (claim,))]
        self.asked_for_confidence = []

    def _generate(self, questions, batch_size, max_new_tokens, progress, *, with_confidence):
        self.asked_for_confidence.append(with_confidence)
        return [RawAnswer(" Yes.  It is enriched. ", lambda: self.spoken) for _ in questions]

    def stream(self, question, max_new_tokens=8):
        pytest.fail("these tests ask for answers only")

    yes_logit = log_likelihood = load_base = stream


def test_without_a_calibration_the_words_stay_as_they_are():
    engine = Scripted()
    assert engine.answer([1, 2]) == ["Yes.  It is enriched."] * 2
    assert engine.asked_for_confidence == [False]


def test_with_a_calibration_unsure_sentences_are_left_out():
    engine = Scripted()
    for least, expected in ((0.3, "Yes. It is enriched."), (0.5, "Yes."), (NEVER, "Yes.")):
        engine.calibration = Calibration(least_confidence={"enriched": least})
        assert engine.answer([1]) == [expected]
    assert engine.asked_for_confidence == [True] * 3


def test_sentences_are_all_of_them():
    engine = Scripted()
    engine.calibration = Calibration(least_confidence={"enriched": NEVER})
    assert engine.sentences([1]) == [engine.spoken]
    assert engine.asked_for_confidence == [True]


def test_calibration_shifts_the_probability(engine, questions):
    calibrated = object.__new__(type(engine))
    calibration = Calibration({questions[0].kind: KindCalibration(2.0, -1.0)})
    calibrated.__dict__.update(engine.__dict__, calibration=calibration)
    logit = engine.yes_logit(questions)
    assert calibrated.yes_probability(questions) == pytest.approx(1 / (1 + np.exp(-(logit / 2 - 1))))


def test_pictures_of_another_size_are_refused(engine, facts):
    engine.check_canvas(facts.canvas)
    with pytest.raises(NicheLensError, match="reads 128 px"):
        engine.check_canvas(Canvas(facts.slide, 64))
