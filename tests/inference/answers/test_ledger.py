"""Every sentence of an answer is either checked or listed as unheard."""

import pytest

from data_prep.claims import THE_NICHE, THIS_GENE, Names
from inference.answers.ledger import Ledger, check_answer


@pytest.fixture(scope="module")
def names(marker):
    return Names({THIS_GENE: marker[0]}, {THE_NICHE: marker[1]})


def test_right_and_wrong_claims_are_told_apart(facts, names, marker):
    right = check_answer("Yes. This gene is enriched in the niche.", names, facts)
    assert [(e.verdict, e.claim.gene, e.claim.niche) for e in right.entries] == [("supported", *marker)]
    assert (right.n_supported, right.n_contradicted, right.n_uncheckable, right.unheard) == (1, 0, 0, ())
    wrong = check_answer("No. This gene is not enriched in the niche.", names, facts)
    assert [e.verdict for e in wrong.entries] == ["contradicted"]
    assert marker[0] in wrong.entries[0].sentence
    assert wrong.entries[0].value


def test_a_bare_yes_or_no_is_a_claim(facts, names):
    assert [e.verdict for e in check_answer("Yes.", names, facts).entries] == ["supported"]
    assert [e.verdict for e in check_answer("No.", names, facts).entries] == ["contradicted"]


def test_an_answer_that_contradicts_itself_has_both_in_the_ledger(facts, names):
    ledger = check_answer("No. This gene is enriched in the niche.", names, facts)
    assert [(e.claim.kind, e.verdict) for e in ledger.entries] == [
        ("not_enriched", "contradicted"),
        ("enriched", "supported"),
    ]


def test_sentences_without_a_claim_are_listed_with_names(facts, names, marker):
    ledger = check_answer("Yes. This gene glows in the niche. This gene is hi", names, facts)
    assert ledger.unheard == (f"{marker[0]} glows in {marker[1]}.", f"{marker[0]} is hi")
    assert len(ledger.entries) == 1


def test_references_to_nothing_are_uncheckable(facts, names):
    ledger = check_answer("Panels A and B are its markers. The niche borders the pink niche.", names, facts)
    assert [e.verdict for e in ledger.entries] == ["uncheckable"] * 3
    assert {e.statistic for e in ledger.entries} == {"refers to nothing in the pictures"}


def test_empty_answer(facts, names):
    assert check_answer("", names, facts) == Ledger()
