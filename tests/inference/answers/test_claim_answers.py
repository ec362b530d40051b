"""Asking claims: one picture and one question each, in order."""

from math import inf

import numpy as np
import pytest

from data_prep.claims import ASKED_KINDS, Claim
from data_prep.tasks import claim_question
from inference.answers import claim_answers
from inference.answers.claim_answers import ask_claims, asked_kinds
from inference.model.calibration import Calibration, KindCalibration
from tests.oracle import Oracle


@pytest.fixture(scope="module")
def claims(facts):
    niche, other, *_ = facts.slide.niches
    gene = str(facts.slide.genes[0])
    return [
        Claim("enriched", gene, niche),
        *(Claim("centred", niche=niche, value=place) for place in ("left", "right", "top")),
        Claim("adjacent", niche=niche, other=other),
        Claim("depleted", gene, other),
    ]


def test_answers_are_those_of_single_questions(engine, facts, claims):
    answers = ask_claims(engine, facts.canvas, claims)
    assert [answer.claim for answer in answers] == claims
    for answer in answers:
        alone = engine.yes_probability([claim_question(facts.canvas, answer.claim)])[0]
        assert answer.p_yes == pytest.approx(alone, abs=1e-5)


def test_the_pictures_are_those_of_the_claims(facts, claims, monkeypatch):
    shown = []
    oracle = Oracle(facts)
    monkeypatch.setattr(
        oracle, "yes_probability", lambda questions: shown.extend(questions) or np.zeros(len(questions))
    )
    monkeypatch.setattr(claim_answers, "_BLOCK_BYTES", 3 * 3 * facts.canvas.size**2)  # three pictures at once
    seen = []
    ask_claims(oracle, facts.canvas, claims, lambda *counts: seen.append(counts))
    assert seen == [(3, 6), (6, 6)]
    for claim, question in zip(claims, shown, strict=True):
        expected = claim_question(facts.canvas, claim)
        assert (question.images[0] == expected.images[0]).all()
        assert (question.prompt, question.specs, question.kind) == (expected.prompt, expected.specs, claim.kind)


def test_a_picture_that_serves_several_questions_is_drawn_once(facts, claims, monkeypatch):
    drawn = []
    pictures = facts.canvas.pictures
    monkeypatch.setattr(facts.canvas, "pictures", lambda specs: drawn.extend(specs) or pictures(specs))
    ask_claims(Oracle(facts), facts.canvas, claims)
    assert [spec.kind for spec in drawn] == ["focus", "niche", "pair", "focus"]


def test_kinds_that_are_never_said_are_not_asked(facts):
    assert {"enriched", "rim", "adjacent"} <= set(asked_kinds(Oracle(facts)))
    silent = {"rim": KindCalibration(yes_from=inf, no_up_to=0.2)}
    never = Calibration(dict.fromkeys(ASKED_KINDS, KindCalibration()) | silent)
    assert set(asked_kinds(Oracle(facts))) - set(asked_kinds(Oracle(facts, calibration=never))) == {"rim"}


def test_a_kind_without_a_question_cannot_be_asked(facts):
    with pytest.raises(ValueError, match="claims of the kind 'not_enriched' are not asked"):
        ask_claims(Oracle(facts), facts.canvas, [Claim("not_enriched", "G", "L1")])
