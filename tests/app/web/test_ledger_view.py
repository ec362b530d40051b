"""How people see the ledger of an answer."""

import pytest

from app.web.ledger_view import NOTHING_YET, SCROLLS_FROM, answer_view, ledger_view
from data_prep.claims import VERDICT_MARKS, Claim
from inference.answers.asking import Answer
from inference.answers.ledger import CheckedSentence, Ledger, LedgerEntry


def entry(verdict: str, probability: float | None = 0.873) -> LedgerEntry:
    claim = Claim("enriched", "G", "N")
    return LedgerEntry(claim, verdict, "log2 fold change", "-1.0", "G is enriched in N.", probability=probability)


def ledger(checked: LedgerEntry) -> Ledger:
    return Ledger((CheckedSentence("It is.", (checked,)),))


def test_a_checked_answer_says_how_much_of_it_was_checked() -> None:
    shown = answer_view(
        Answer("It is. Hello.", ledger=Ledger((*ledger(entry("contradicted")).sentences, CheckedSentence("Hello."))))
    )
    assert "<del>It is.</del>" in shown
    assert "not checked" in shown
    assert "1 of 2 sentences checked" in shown
    assert answer_view(Answer("It is.")) == '<div class="answer" role="status">It is.</div>'


def test_only_a_contradicted_claim_is_struck_through() -> None:
    assert "<s>G is enriched in N.</s>" in ledger_view(ledger(entry("contradicted")))
    assert "<s>" not in ledger_view(ledger(entry("supported")))


@pytest.mark.parametrize("verdict", VERDICT_MARKS)
def test_each_verdict_has_its_mark_and_a_word_for_screen_readers(verdict: str) -> None:
    mark = VERDICT_MARKS[verdict]
    shown = ledger_view(ledger(entry(verdict)))
    assert f'aria-hidden="true">{mark}<' in shown
    assert f'class="sr-only">{verdict}<' in shown
    assert len(set(VERDICT_MARKS.values())) == len(VERDICT_MARKS)


def test_the_number_and_the_model_stand_under_the_claim() -> None:
    shown = ledger_view(ledger(entry("supported")))
    assert "log2 fold change -1.0" in shown
    assert "87%" in shown
    assert "the model gives" not in ledger_view(ledger(entry("supported", None)))


def test_sentences_without_a_claim_are_shown_as_not_checked() -> None:
    shown = ledger_view(Ledger((*ledger(entry("supported")).sentences, CheckedSentence("Hello."))))
    assert shown.count("<li") == 2
    assert "Hello." in shown
    assert "not checked" in shown
    assert ledger_view(Ledger()) == NOTHING_YET


def test_only_a_long_ledger_scrolls_in_a_box_of_its_own() -> None:
    sentences = tuple(CheckedSentence(f"Hello {i}.") for i in range(SCROLLS_FROM + 1))
    assert "ledger-scroll" not in ledger_view(Ledger(sentences[1:]))
    assert 'tabindex="0"' in ledger_view(Ledger(sentences))
