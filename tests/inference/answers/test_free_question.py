"""A routed question is answered claim by claim: said, denied, not sure or refused, and never with a turned polarity."""

from itertools import product

import pytest

from data_prep.claims import CONTRADICTED, SUPPORTED, Claim, check
from inference.answers.asking import ask
from inference.answers.checked_text import checked_words, to_terminal
from inference.answers.ledger import REMARK
from inference.model.calibration import Calibration, KindCalibration
from tests.oracle import Answering, Oracle


def answer_to(engine, facts, question, gene="", niche=""):
    """The complete answer to a question."""
    *_, answer = ask(engine, facts, gene, niche, question=question)
    return answer


def first_claim(facts, claims, verdict):
    """The first of some claims on which the counts have a verdict."""
    return next(claim for claim in claims if check(claim, facts).verdict == verdict)


@pytest.fixture(scope="module")
def oracle(facts):
    return Oracle(facts)


@pytest.fixture(scope="module")
def other(facts, marker):
    """A gene and a niche that it does not mark by the counts."""
    pairs = product(map(str, facts.slide.genes), facts.slide.niches)
    found = first_claim(facts, (Claim("enriched", gene, niche) for gene, niche in pairs), CONTRADICTED)
    return found.gene, found.niche


@pytest.mark.parametrize(
    "question", ["Is {} a marker of {}?", "Isn't {} enriched in {}?", "{} does not mark {}, right?"]
)
def test_a_question_is_answered_by_the_claim_whatever_its_polarity(oracle, facts, marker, other, question):
    yes, no = (answer_to(oracle, facts, question.format(*pair)) for pair in (marker, other))
    assert yes.text == f"{marker[0]} is enriched in {marker[1]}."
    assert no.text == f"{other[0]} is not enriched in {other[1]}."
    assert yes.claims == (Claim("enriched", *marker),)
    assert no.claims == (Claim("not_enriched", *other),)
    assert yes.probability > 0.9
    assert no.probability < 0.1
    assert yes.ledger.n_supported == no.ledger.n_supported == 1


def test_the_question_wins_over_what_is_selected(oracle, facts, marker, other):
    answer = answer_to(oracle, facts, f"Is {marker[0]} a marker of {marker[1]}?", *other)
    assert (answer.gene, answer.niche) == marker
    assert oracle.claims[-1] == Claim("enriched", *marker)


def test_this_gene_is_the_selected_one_and_the_answer_says_so(oracle, facts, marker):
    answer = answer_to(oracle, facts, "Is this gene a marker of the niche?", *marker)
    assert answer.question == f"Is this gene a marker of the niche? (this gene: {marker[0]}, this niche: {marker[1]})"
    assert answer.claims == (Claim("enriched", *marker),)


def test_a_sure_no_is_a_denial_with_the_verdict_on_the_denial(oracle, facts):
    pairs = product(facts.slide.niches, facts.slide.niches)
    apart = (Claim("adjacent", niche=a, other=b) for a, b in pairs if a != b)
    claim = first_claim(facts, apart, CONTRADICTED)
    answer = answer_to(oracle, facts, f"Does {claim.niche} border {claim.other}?")
    assert answer.text == f"{claim.niche} does not border {claim.other}."
    (entry,) = answer.ledger.entries
    assert (entry.verdict, entry.sentence, entry.is_denied) == (SUPPORTED, answer.text, True)
    assert answer.claims == ()


def test_a_false_denial_is_contradicted(facts):
    pairs = product(facts.slide.niches, facts.slide.niches)
    touching = (Claim("adjacent", niche=a, other=b) for a, b in pairs if a != b)
    claim = first_claim(facts, touching, SUPPORTED)
    answer = answer_to(Answering(lambda _: -9.0), facts, f"Does {claim.niche} border {claim.other}?")
    assert [entry.verdict for entry in answer.ledger.entries] == [CONTRADICTED]
    assert answer.ledger.n_contradicted == 1


def test_not_sure_is_said_and_is_no_claim(facts, marker):
    answer = answer_to(Answering(lambda _: 0.0), facts, f"Is {marker[0]} a marker of {marker[1]}?")
    sentence = f"The model is not sure whether {marker[0]} is enriched in {marker[1]}."
    assert answer.text.startswith(f"{sentence} The counts support it: log2 fold change +")
    assert answer.claims == ()
    assert [part.verdict for part in answer.ledger.sentences] == [REMARK, REMARK]
    assert (answer.ledger.entries, answer.ledger.unheard, answer.ledger.share_checked) == ((), (), None)
    assert checked_words(answer.ledger) == "no sentence to check"
    assert to_terminal(answer.ledger).plain == answer.text


def test_a_kind_that_the_model_is_not_asked_about_is_told_by_the_counts(facts, marker):
    never = Calibration({"follows_depth": KindCalibration(yes_from=float("inf"), no_up_to=float("-inf"))})
    engine = Answering(lambda _: 9.0, never)
    depth = answer_to(engine, facts, f"Does {marker[0]} follow sequencing depth?")
    everywhere = answer_to(engine, facts, f"Is {marker[0]} expressed everywhere?")
    assert depth.text.startswith(f"The model is not asked whether {marker[0]} follows sequencing depth. The counts ")
    assert everywhere.text.startswith(
        f"The model is not asked whether {marker[0]} is expressed everywhere. The counts "
    )
    assert engine.claims == []
    assert depth.ledger.entries == everywhere.ledger.entries == ()


def test_an_open_question_names_what_is_found(oracle, facts, marker):
    slide = facts.slide
    answer = answer_to(oracle, facts, f"In which niches is {marker[0]} enriched?")
    marked = {n for n in slide.niches if check(Claim("enriched", marker[0], n), facts).verdict == SUPPORTED}
    assert {claim.niche for claim in answer.claims if claim.kind == "enriched"} == marked
    assert {asked.claim.niche for asked in answer.asked} == set(slide.niches)
    genes = answer_to(oracle, facts, f"Which genes mark {marker[1]}?")
    assert marker[0] in {claim.gene for claim in genes.claims}
    assert {claim.niche for claim in genes.claims} == {marker[1]}
    assert genes.ledger.n_supported == len(genes.claims)


def test_an_open_question_without_an_answer_says_so(facts):
    niche = facts.slide.niches[0]
    unsure = answer_to(Answering(lambda _: 0.0), facts, f"Which niches border {niche}?")
    no = answer_to(Answering(lambda _: -9.0), facts, f"What form is {niche}?")
    assert unsure.text.startswith(f"The model is not sure which niches {niche} borders.")
    assert no.text.startswith(f"Asked which form {niche} has, the model says no to all 4.")


def test_a_description_asks_about_that_niche(oracle, facts):
    niche = facts.slide.niches[1]
    answer = answer_to(oracle, facts, f"Describe {niche}.")
    assert {claim.niche for claim in answer.claims} <= {niche, ""}
    assert answer.ledger.n_supported == len(answer.claims) > 0


def test_two_niches_are_compared_each_with_the_tissue(oracle, facts, marker, other):
    niche = next(n for n in facts.slide.niches if n != marker[1])
    answer = answer_to(oracle, facts, f"Is {marker[0]} higher in {marker[1]} than in {niche}?")
    assert {asked.claim.niche for asked in answer.asked} == {marker[1], niche}
    assert answer.text.endswith("Each niche is compared with all the other tissue, not with the other niche.")


def test_a_refusal_asks_nothing_and_claims_nothing(facts, marker):
    engine = Answering(lambda _: 9.0)
    (answer,) = ask(engine, facts, *marker, question="Which cell type is this?")
    assert answer.refusal is not None
    assert answer.text == answer.refusal.text
    assert (answer.claims, answer.ledger.sentences, answer.asked, engine.claims) == ((), (), (), [])
    for example in answer.refusal.examples:
        assert marker[0] in example or marker[1] in example
        assert answer_to(engine, facts, example, *marker).refusal is None


def test_a_model_that_writes_prose_sees_what_the_question_names(engine, facts, marker, other, monkeypatch):
    asked = []

    def stream(question):
        asked.append(question)
        yield "This gene is enriched in the niche."

    monkeypatch.setattr(engine, "writes_prose", True)
    monkeypatch.setattr(engine, "stream", stream)
    answer = answer_to(engine, facts, f"Why would {marker[0]} be so bright in {marker[1]}?", *other)
    assert answer.claims == (Claim("enriched", *marker),)
    assert (answer.gene, answer.niche) == marker
    assert (asked[0].images[0] == facts.canvas.focus([marker[0]], marker[1])[0]).all()
    wrong = answer_to(engine, facts, f"What of {marker[0]}X9?", *other)
    assert marker[0] in wrong.refusal.did_you_mean
    assert len(asked) == 1
