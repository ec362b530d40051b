"""How people see the ledger of an answer."""

import pytest

from app.web.ledger_view import NOTHING_YET, ledger_view
from data_prep.claims import VERDICT_MARKS, Claim
from inference.answers.ledger import Ledger, LedgerEntry


def entry(verdict: str, probability: float | None = 0.873) -> LedgerEntry:
    claim = Claim("enriched", "G", "N")
    return LedgerEntry(claim, verdict, "log2 fold change", "-1.0", "G is enriched in N.", probability=probability)


def test_only_a_contradicted_claim_is_struck_through() -> None:
    assert "<s>G is enriched in N.</s>" in ledger_view(Ledger((entry("contradicted"),)))
    assert "<s>" not in ledger_view(Ledger((entry("supported"),)))


@pytest.mark.parametrize("verdict", VERDICT_MARKS)
def test_each_verdict_has_its_mark_and_a_word_for_screen_readers(verdict: str) -> None:
    mark = VERDICT_MARKS[verdict]
    shown = ledger_view(Ledger((entry(verdict),)))
    assert f'aria-hidden="true">{mark}<' in shown
    assert f'class="sr-only">{verdict}<' in shown
    assert len(set(VERDICT_MARKS.values())) == len(VERDICT_MARKS)


def test_the_number_and_the_model_stand_under_the_claim() -> None:
    shown = ledger_view(Ledger((entry("supported"),)))
    assert "log2 fold change -1.0" in shown
    assert "87 %" in shown
    assert "the model gives" not in ledger_view(Ledger((entry("supported", None),)))


def test_sentences_without_a_claim_are_shown_as_not_checked() -> None:
    shown = ledger_view(Ledger((entry("supported"),), ("Hello.",)))
    assert shown.count("<li") == 2
    assert "Hello." in shown
    assert "not checked" in shown
    assert ledger_view(Ledger()) == NOTHING_YET
