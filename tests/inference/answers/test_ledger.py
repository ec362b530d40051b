"""Every sentence of an answer is in the ledger with what was checked of it, and nothing else is."""

import pytest

from data_prep.claims import THE_NICHE, THIS_GENE, Claim, Names
from inference.answers.composing import Saying
from inference.answers.ledger import Ledger, check_answer, check_sayings
from inference.answers.statements import Statement

ASKED = Claim("enriched", THIS_GENE, THE_NICHE)


@pytest.fixture(scope="module")
def names(marker):
    return Names({THIS_GENE: marker[0]}, {THE_NICHE: marker[1]})


def test_right_and_wrong_claims_are_told_apart(facts, names, marker):
    right = check_answer("Yes. This gene is enriched in the niche.", names, facts, ASKED)
    assert [(e.verdict, e.claim.gene, e.claim.niche) for e in right.entries] == [("supported", *marker)]
    assert (right.n_supported, right.n_contradicted, right.n_uncheckable, right.unheard) == (1, 0, 0, ())
    wrong = check_answer("No. This gene is not enriched in the niche.", names, facts, ASKED)
    assert [e.verdict for e in wrong.entries] == ["contradicted"]
    assert marker[0] in wrong.entries[0].sentence
    assert wrong.entries[0].value


def test_yes_and_no_stand_for_the_asked_claim_only(facts, names, marker):
    assert [e.claim for e in check_answer("Yes.", names, facts, ASKED).entries] == [Claim("enriched", *marker)]
    assert [e.verdict for e in check_answer("no!", names, facts, ASKED).entries] == ["contradicted"]
    for word in ("Yes.", "No."):
        ledger = check_answer(word, names, facts)
        assert (ledger.entries, ledger.unheard) == ((), (word,))
    band = Claim("form", niche=THE_NICHE, value="band")
    assert check_answer("No.", names, facts, band).unheard == ("No.",)  # there is no kind "is not a band"
    assert [e.claim.kind for e in check_answer("Yes.", names, facts, band).entries] == ["form"]


def test_no_answers_the_question_that_the_text_itself_asks(facts, names):
    ledger = check_answer("Is the niche a ring? No.", names, facts, ASKED)
    assert ledger.entries == ()
    assert ledger.unheard == (f"Is {names.niches[THE_NICHE]} a ring?", "No.")


def test_an_answer_that_contradicts_itself_has_both_in_the_ledger(facts, names):
    ledger = check_answer("No. This gene is enriched in the niche.", names, facts, ASKED)
    assert [(e.claim.kind, e.verdict) for e in ledger.entries] == [
        ("not_enriched", "contradicted"),
        ("enriched", "supported"),
    ]
    assert [s.verdict for s in ledger.sentences] == ["contradicted", "supported"]


def test_sentences_without_a_claim_are_listed_with_names(facts, names, marker):
    ledger = check_answer("Yes. This gene glows in the niche. This gene is hi", names, facts, ASKED)
    assert ledger.unheard == (f"{marker[0]} glows in {marker[1]}.", f"{marker[0]} is hi")
    assert len(ledger.entries) == 1
    assert [s.verdict for s in ledger.sentences] == ["supported", "not checked", "not checked"]
    assert ledger.share_checked == pytest.approx(1 / 3)


def test_real_names_are_heard_and_pronouns_point_back(facts, names, marker):
    gene, niche = marker
    other = next(name for name in facts.slide.niches if name != niche)
    ledger = check_answer(f"{other} is a quiet niche. **{gene}** marks {niche}; it is not depleted.", names, facts)
    assert [(s.verdict, [e.claim for e in s.entries]) for s in ledger.sentences] == [
        ("not checked", []),
        ("partly checked", [Claim("enriched", gene, niche)]),
    ]


def test_a_sentence_that_says_more_is_checked_in_part(facts, names, marker):
    gene, niche = marker
    part, whole = check_answer(
        f"{gene} is enriched in {niche}, as its role in repair predicts. {gene} is enriched in {niche}.", names, facts
    ).sentences
    assert (part.verdict, whole.verdict) == ("partly checked", "supported")
    (wrong,) = check_answer(
        f"{gene} is not enriched in {niche}, as its role in repair predicts.", names, facts
    ).sentences
    assert wrong.verdict == "contradicted"


def test_a_repeated_claim_has_one_entry_and_two_sentences(facts, names, marker):
    ledger = check_answer(f"{marker[0]} marks {marker[1]}. It is enriched there.", names, facts)
    assert len(ledger.entries) == 1
    assert [s.verdict for s in ledger.sentences] == ["supported"] * 2
    assert ledger.share_checked == 1


def test_references_to_nothing_are_uncheckable(facts, names):
    ledger = check_answer("Panels A and B are its markers. The niche borders the pink niche.", names, facts)
    assert [e.verdict for e in ledger.entries] == ["uncheckable"] * 3
    assert {e.statistic for e in ledger.entries} == {"refers to nothing in the pictures"}
    assert {s.verdict for s in ledger.sentences} == {"not checked"}
    assert ledger.share_checked == 0


def test_the_sentences_of_an_interview_are_checked_whole(facts, marker):
    claim = Claim("enriched", *marker)
    ledger = check_sayings([Saying("It is so.", (Statement(claim, 0.9, 1.0),))], facts)
    assert [(s.words, s.verdict) for s in ledger.sentences] == [("It is so.", "supported")]
    assert ledger.entries[0].probability == 0.9
    assert (
        check_sayings([Saying("x", (Statement(claim, 0.9, 1.0),))], facts, is_known=False).entries[0].probability
        is None
    )


def test_empty_answer(facts, names):
    assert check_answer("", names, facts) == Ledger()
    assert Ledger().share_checked is None
