"""An answer grows, and only the last one is checked."""

from dataclasses import replace

import pytest

from data_prep.claims import Claim
from data_prep.errors import NicheLensError
from data_prep.figures.canvas import Canvas
from inference.answers.asking import ask, ask_question, describe_niche, gene_question
from inference.answers.ledger import Ledger


@pytest.fixture
def says(engine, monkeypatch):
    """Lets the engine say given words, one more at each step; returns the list of questions that it gets."""
    asked = []

    def set_words(words: str) -> list:
        def stream(question):
            asked.append(question)
            parts = words.split()
            yield from (" ".join(parts[: i + 1]) for i in range(len(parts)))

        monkeypatch.setattr(engine, "stream", stream)
        return asked

    return set_words


def test_the_answer_grows_and_the_last_one_is_checked(engine, facts, marker, says):
    says("Yes. This gene is strongly enriched in the niche.")
    first, *growing, last = ask(engine, facts, *marker)
    assert (first.text, first.raw, first.ledger) == ("", "", Ledger())
    assert [answer.raw for answer in growing][:2] == ["Yes.", "Yes. This"]
    assert all(answer.ledger == Ledger() and answer.claims == () for answer in growing)
    assert last.text == f"Yes. {marker[0]} is strongly enriched in {marker[1]}."
    assert last.raw == growing[-1].raw
    assert last.claims == (Claim("enriched", *marker, "strongly"),)
    assert last.ledger.n_supported == 1


def test_the_probability_is_known_before_the_first_word(engine, facts, marker, says):
    asked = says("Yes.")
    answers = ask(engine, facts, *marker)
    first = next(answers)
    assert asked == []
    *_, last = answers
    assert first.probability == last.probability == engine.yes_probability(asked)[0]


def test_the_last_answer_has_the_words_of_the_batch(engine, facts, marker):
    *_, last = ask(engine, facts, *marker)
    assert [last.raw] == engine.answer([gene_question(facts.canvas, *marker)])


def test_a_free_question_reaches_the_model_as_it_is(engine, facts, marker, says):
    asked = says("I do not know.")
    *_, answer = ask(engine, facts, *marker, question=" Where is this gene highest? ")
    assert asked[0].prompt == answer.prompt == "Where is this gene highest?"
    assert (asked[0].images[0] == facts.canvas.focus([marker[0]], marker[1])[0]).all()
    assert answer.probability is None
    assert answer.ledger.unheard == ("I do not know.",)


def test_the_slide_is_measured_after_the_last_word(engine, facts, marker, says):
    says("Yes. No.")
    order = []

    def measure():
        order.append("measured")
        return facts

    for answer in ask_question(engine, gene_question(facts.canvas, *marker), measure):
        order.append(answer.raw)
    assert order == ["", "Yes.", "Yes. No.", "measured", "Yes. No."]


def test_a_description_names_the_niche_and_the_genes_of_the_panels(engine, facts, says):
    asked = says("The niche is compact. Panel B is its marker.")
    niche, genes = facts.slide.niches[0], [str(gene) for gene in facts.slide.genes[:4]]
    *_, answer = describe_niche(engine, facts, niche, genes)
    assert answer.text == f"{niche} is compact. {genes[1]} is its marker."
    assert [spec.kind for spec in asked[0].specs] == ["niches", "montage"]
    assert len(answer.ledger.entries) == 2
    assert answer.probability is None


def test_unknown_gene_is_refused(engine, facts, marker):
    with pytest.raises(NicheLensError, match="no gene 'NOPE'"):
        next(ask(engine, facts, "NOPE", marker[1]))


def test_pictures_of_another_size_are_refused(engine, facts, marker):
    small = replace(facts, canvas=Canvas(facts.slide, 64))
    with pytest.raises(NicheLensError, match="drawn at 64 px, but tiny-base reads 128 px"):
        next(ask(engine, small, *marker))
