"""An answer grows, and only the last one is checked."""

from dataclasses import replace
from itertools import pairwise

import pytest

from data_prep.claims import Claim
from data_prep.errors import NicheLensError
from data_prep.figures.canvas import Canvas
from data_prep.tasks import MARKER_PROMPT, claim_question
from inference.answers.asking import ask, ask_before_measuring, describe_niche, probability_words, verdict
from inference.answers.ledger import Ledger
from inference.model.calibration import Calibration, KindCalibration
from tests.oracle import Oracle


@pytest.fixture
def says(engine, monkeypatch):
    """Lets the engine write given words, one more at each step; returns the list of questions that it gets."""
    asked = []

    def set_words(words: str) -> list:
        def stream(question):
            asked.append(question)
            parts = words.split()
            yield from (" ".join(parts[: i + 1]) for i in range(len(parts)))

        monkeypatch.setattr(engine, "writes_prose", True)
        monkeypatch.setattr(engine, "stream", stream)
        return asked

    return set_words


def test_the_answer_grows_and_the_last_one_is_checked(facts, marker):
    first, *growing, last = ask(Oracle(facts), facts, *marker)
    assert (first.text, first.ledger, first.question) == ("", Ledger(), MARKER_PROMPT)
    for shorter, longer in pairwise(growing):
        assert longer.text.startswith(f"{shorter.text} ")
    assert all(answer.ledger == Ledger() and answer.claims == () for answer in growing)
    assert last.text == growing[-1].text
    assert last.text.startswith(f"{marker[0]} is enriched in {marker[1]}.")
    assert last.claims[0] == Claim("enriched", *marker)
    assert last.ledger.n_supported == len(last.claims)


def test_the_probability_is_that_of_the_first_question(engine, facts, marker):
    answers = list(ask(engine, facts, *marker))
    expected = engine.yes_probability([claim_question(facts.canvas, Claim("enriched", *marker))])[0]
    assert [answer.probability for answer in answers] == pytest.approx([expected] * len(answers))


def test_a_free_question_reaches_a_model_that_writes_prose_as_it_is(engine, facts, marker, says):
    asked = says("I do not know.")
    *_, answer = ask(engine, facts, *marker, question=" Where is this gene highest? ")
    assert asked[0].prompt == answer.question == "Where is this gene highest?"
    assert (asked[0].images[0] == facts.canvas.focus([marker[0]], marker[1])[0]).all()
    assert answer.probability is None
    assert answer.ledger.unheard == ("I do not know.",)


def test_prose_is_checked_with_real_names(engine, facts, marker, says):
    says("Yes. This gene is enriched in the niche.")
    first, *growing, last = ask(engine, facts, *marker, question="Is it?")
    assert first.text == ""
    assert growing[0].text == "Yes."
    assert last.text == f"Yes. {marker[0]} is enriched in {marker[1]}."
    assert [(entry.claim, entry.probability) for entry in last.ledger.entries] == [(Claim("enriched", *marker), None)]


def test_a_question_of_spaces_is_none(facts, marker):
    assert next(ask(Oracle(facts), facts, *marker, question="  ")).probability > 0.9


@pytest.mark.parametrize("question", ["", "Where is it?"])
def test_the_slide_is_measured_after_the_last_word(engine, facts, marker, says, question):
    says("Yes. No.")
    order = []

    def measure():
        order.append("measured")
        return facts

    for answer in ask_before_measuring(engine, facts.canvas, *marker, measure, question=question):
        order.append(answer.text)
    assert order.index("measured") == len(order) - 2
    assert order.count("measured") == 1


def test_a_description_is_about_the_niche_and_its_genes(facts):
    niche = facts.slide.niches[0]
    *_, answer = describe_niche(Oracle(facts), facts, niche, 6)
    assert answer.question == f"What is {niche}?"
    assert {claim.niche for claim in answer.claims} <= {niche, ""}
    assert len({asked.claim.gene for asked in answer.asked} - {""}) == 6
    assert answer.ledger.n_supported == len(answer.claims)
    assert answer.probability is None


def test_where_a_server_gives_no_probability_none_is_in_the_ledger(facts, marker):
    oracle = Oracle(facts)
    oracle.gives_probability = False
    *_, answer = ask(oracle, facts, *marker)
    assert {entry.probability for entry in answer.ledger.entries} == {None}
    assert probability_words(1.0, is_known=False) == "its server gives no probability"


def test_verdicts_follow_the_calibration(facts):
    oracle = Oracle(facts, calibration=Calibration({"enriched": KindCalibration(yes_from=0.8, no_up_to=0.1)}))
    assert [verdict(oracle, p) for p in (1.0, 0.8, 0.5, 0.1, 0.0)] == ["yes", "yes", "abstain", "no", "no"]


def test_unknown_names_are_refused(engine, facts, marker):
    with pytest.raises(NicheLensError, match="no gene 'NOPE'"):
        next(ask(engine, facts, "NOPE", marker[1]))
    with pytest.raises(NicheLensError, match="no niche 'NOPE'"):
        next(describe_niche(engine, facts, "NOPE"))


def test_pictures_of_another_size_are_refused(engine, facts, marker):
    small = replace(facts, canvas=Canvas(facts.slide, 64))
    with pytest.raises(NicheLensError, match="drawn at 64 px, but tiny-base reads 128 px"):
        next(ask(engine, small, *marker))
