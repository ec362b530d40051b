"""A large model behind an address answers in its own words: what is true, false, vague or hostile is told apart."""

from dataclasses import replace

import pytest

from data_prep.claims import CONTRADICTED, SUPPORTED, check
from data_prep.claims.claim import Claim
from data_prep.figures.canvas import Canvas
from inference.answers.asking import ask
from inference.answers.checked_text import checked_words, to_html
from inference.engine.load_engine import load_engine
from tests import chat_server

pytest.importorskip("openai", reason="the openai client is not installed; pip install -e '.[serving]'")


@pytest.fixture
def server():
    with chat_server.running() as found:
        yield found


@pytest.fixture
def answered(server, facts, marker):
    """Lets the server answer with given words; returns the checked answer."""

    def answer(words: str, question: str = "What do you see of this gene in the niche?"):
        server.answer = lambda prompt, pictures: words
        engine = load_engine("stub", endpoint=server.url)
        drawn = replace(facts, canvas=Canvas(facts.slide, engine.image_size))
        *_, last = ask(engine, drawn, *marker, question=question)
        return last

    return answer


@pytest.fixture
def not_marker(facts):
    """A gene and a niche of which the counts say that it is no marker."""
    row, column = next(zip(*(facts.markers.label == 0).nonzero(), strict=True))
    return str(facts.slide.genes[row]), facts.slide.niches[column]


def test_true_false_and_vague_sentences_get_their_verdicts(answered, facts, marker, not_marker):
    gene, niche = marker
    other, elsewhere = not_marker
    answer = answered(
        f"## What I see\n\n**{gene}** is clearly upregulated in {niche}. "
        f"This is a beautiful picture, e.g. at the top. "
        f"By contrast, {other} is strongly enriched in {elsewhere}!\n\n"
        f"- {other} is not a marker of {elsewhere}\n"
        f"- {gene} may bind a receptor, and it marks {niche}\n"
        f"Is {gene} depleted in {niche}? Hard to say."
    )
    found = [(sentence.words, sentence.verdict) for sentence in answer.ledger.sentences]
    assert found == [
        ("What I see", "not checked"),
        (f"{gene} is clearly upregulated in {niche}.", "supported"),
        ("This is a beautiful picture, e.g. at the top.", "not checked"),
        (f"By contrast, {other} is strongly enriched in {elsewhere}!", "contradicted"),
        (f"{other} is not a marker of {elsewhere}", "supported"),
        (f"{gene} may bind a receptor, and it marks {niche}", "partly checked"),
        (f"Is {gene} depleted in {niche}?", "not checked"),
        ("Hard to say.", "not checked"),
    ]
    assert [(e.claim, e.verdict) for e in answer.ledger.entries] == [
        (Claim("enriched", gene, niche), SUPPORTED),
        (Claim("enriched", other, elsewhere, "strongly"), CONTRADICTED),
        (Claim("not_enriched", other, elsewhere), SUPPORTED),
    ]
    assert checked_words(answer.ledger) == "3 of 8 sentences checked, 1 in part"
    wrong = check(Claim("enriched", other, elsewhere), facts)
    assert f"<del>By contrast, {other} is strongly enriched in {elsewhere}!</del>" in to_html(answer.ledger)
    assert wrong.value in to_html(answer.ledger)


def test_yes_and_no_claim_nothing_where_no_claim_was_asked(answered):
    for word in ("Yes.", "No."):
        assert answered(word).ledger.unheard == (word,)


def test_yes_and_no_stand_for_the_one_claim_that_was_asked(answered, marker):
    gene, niche = marker
    asked = f"Is {gene} a marker of {niche}?"
    assert [(e.claim, e.verdict) for e in answered("Yes.", asked).ledger.entries] == [
        (Claim("enriched", gene, niche), SUPPORTED)
    ]
    assert [(e.claim.kind, e.verdict) for e in answered("No.", asked).ledger.entries] == [
        ("not_enriched", CONTRADICTED)
    ]
    assert answered("Yes.", f"Isn't {gene} a marker of {niche}?").ledger.entries == ()
    assert answered("No.", f"Is {niche} a ring?").ledger.entries == ()
    assert answered("Yes.", f"Tell me about {gene} in {niche}").ledger.entries == ()


def test_names_that_are_not_on_the_slide_are_not_checked(answered, marker):
    answer = answered(f"TP53 is enriched in {marker[1]}. {marker[0]} is enriched in the hippocampus.")
    assert answer.ledger.entries == ()
    assert answer.ledger.share_checked == 0


def test_markup_in_an_answer_is_shown_as_text(answered, marker):
    gene, niche = marker
    attack = '<img src=x onerror="alert(1)"> <script>alert(1)</script> [x](javascript:alert(1))'
    answer = answered(f"{gene} marks {niche}. {attack} {gene} is not enriched in {niche} <b onclick=a()>now</b>.")
    shown = to_html(answer.ledger)
    assert not any(tag in shown for tag in ("<img", "<script", "<b ", "<a "))
    assert "&lt;script&gt;" in shown
    assert answer.ledger.sentences[0].verdict == "supported"
