"""The interview: what it asks, in which order, and what it says of the answers."""

from collections import Counter
from dataclasses import replace
from math import inf

import numpy as np
import pytest

from data_prep.claims import ASKED_KINDS, CLAIM_TYPES, CONTRADICTED, SUPPORTED, Claim, check
from data_prep.facts.facts import Facts
from data_prep.synth.tissue import make_slide
from inference.answers.asking import ask, describe_niche
from inference.answers.candidate_claims import N_GENES, candidate_genes
from inference.answers.interview import MOST_QUESTIONS, Interview
from inference.answers.statements import contradict
from inference.model.calibration import Calibration, KindCalibration
from tests.oracle import Answering, Oracle


@pytest.fixture(scope="module")
def tissue():
    """Five niches and sixty genes, enough of each kind of claim."""
    return Facts.measure(make_slide(3, n_spots=900, n_niches=5, n_genes=60))


def describe(oracle, facts, niche):
    *_, answer = describe_niche(oracle, facts, niche)
    return answer


def test_what_a_perfect_model_says_is_right_and_nearly_all_that_can_be_said(tissue):
    for niche in tissue.shapes:
        answer = describe(Oracle(tissue), tissue, niche)
        assert {entry.verdict for entry in answer.ledger.entries} == {SUPPORTED}
        true = {asked.claim for asked in answer.asked if check(asked.claim, tissue).verdict == SUPPORTED}
        assert true <= set(answer.claims)


def test_a_model_that_sees_nothing_is_right_about_half_of_what_it_says(tissue):
    verdicts: Counter[str] = Counter()
    for niche in tissue.shapes:
        always_yes = describe(Answering(lambda claim: 4.0), tissue, niche)
        verdicts.update(entry.verdict for entry in always_yes.ledger.entries)
    assert verdicts[SUPPORTED] / (verdicts[SUPPORTED] + verdicts[CONTRADICTED]) <= 0.6


def test_an_interview_asks_no_more_than_it_may(tissue):
    for niche in tissue.shapes:
        for oracle in (Oracle(tissue), Answering(lambda claim: 4.0)):
            describe(oracle, tissue, niche)
            assert MOST_QUESTIONS / 3 < len(oracle.claims) <= MOST_QUESTIONS
            assert len(set(oracle.claims)) == len(oracle.claims)


def test_half_of_the_genes_are_likely_markers_and_half_are_not(tissue):
    for niche in tissue.shapes:
        genes = candidate_genes(tissue, niche)
        assert len(set(genes)) == N_GENES
        labels = [
            tissue.markers.label[tissue.slide.gene_index(gene), tissue.slide.niche_index(niche)] for gene in genes
        ]
        assert labels.count(1) <= N_GENES // 2
        assert labels.count(0) >= N_GENES // 3
        decoys = [tissue.slide.gene_index(gene) for gene in genes[N_GENES // 2 :]]
        assert (tissue.markers.label[decoys] == 1).any(axis=1).mean() > 0.8  # their maps are as bright as markers'


def test_later_questions_depend_on_earlier_answers(tissue):
    kinds = set()
    for niche in tissue.shapes:
        oracle = Oracle(tissue)
        describe(oracle, tissue, niche)
        enriched = {claim.gene for claim in oracle.claims if claim.kind == "enriched" and oracle.truth(claim) > 0}
        adjacent = {claim.other for claim in oracle.claims if claim.kind == "adjacent" and oracle.truth(claim) > 0}
        inside = [claim for claim in oracle.claims if claim.kind in ("partial", "rim", "spills_over", "highest")]
        kinds |= {claim.kind for claim in inside}
        assert {claim.gene for claim in inside} <= enriched
        assert {claim.other for claim in inside if claim.kind == "spills_over"} <= adjacent
        assert not enriched & {claim.gene for claim in oracle.claims if claim.kind == "depleted"}
    assert kinds >= {"partial", "rim", "spills_over"}


def test_a_niche_is_asked_only_what_the_counts_can_check(tissue):
    for niche in tissue.shapes:
        oracle = Oracle(tissue)
        describe(oracle, tissue, niche)
        by_subject: dict[Claim, set[str]] = {}
        for claim in oracle.claims:
            by_subject.setdefault(replace(claim, value=""), set()).add(check(claim, tissue).verdict)
        assert all(SUPPORTED in found or found == {CONTRADICTED} for found in by_subject.values())
        # Of one gene everything is asked: whoever asks wants an answer, and the ledger says what is open.
        gene = next(claim.gene for claim in oracle.claims if claim.kind == "enriched" and oracle.truth(claim) > 0)
        alone = Oracle(tissue)
        list(ask(alone, tissue, gene, niche))
        assert {claim.value for claim in alone.claims if claim.kind == "highest"} == set(
            CLAIM_TYPES["highest"].asked_values
        )


def test_a_scattered_niche_has_no_rim(tissue):
    niche, *_ = tissue.shapes
    for value, has_inside in (("scattered", False), ("band", True)):
        found = Answering(lambda claim, value=value: 4.0 if claim.value in ("", value) else -4.0)
        interview = Interview(found, tissue.canvas)
        list(interview.about_niche(niche, candidate_genes(tissue, niche)))
        kinds = {claim.kind for claim in found.claims}
        assert "partial" in kinds
        assert ({"rim", "spills_over"} <= kinds) == has_inside


def test_no_value_is_asked_without_its_rivals(tissue):
    for niche in tissue.shapes:
        oracle = Oracle(tissue)
        describe(oracle, tissue, niche)
        for kind, claim_type in CLAIM_TYPES.items():
            subjects = Counter(replace(claim, value="") for claim in oracle.claims if claim.kind == kind)
            assert set(subjects.values()) <= {len(claim_type.asked_values)}


def test_nothing_contradicts_itself_however_wrong_the_answers_are(tissue):
    said = 0
    for niche in tissue.shapes:
        for noise in (2.0, 8.0):
            claims = describe(Oracle(tissue, noise), tissue, niche).claims
            said += len(claims)
            assert not [(a, b) for a in claims for b in claims if a != b and contradict(a, b)]
    assert said > 100


def test_the_answer_grows_by_whole_sentences_while_later_questions_are_open(tissue):
    oracle = Oracle(tissue)
    niche = next(iter(tissue.shapes))
    grown = describe_niche(oracle, tissue, niche)
    first = next(grown)
    asked_before = len(oracle.claims)
    *_, last = grown
    assert first.text.endswith(".")
    assert last.text.startswith(first.text)
    assert asked_before < len(oracle.claims)
    assert first.claims == ()
    assert last.claims


def test_a_kind_that_is_never_said_is_not_asked(tissue):
    silent = dict.fromkeys(("adjacent", "rim"), KindCalibration(yes_from=inf))
    never = Calibration(dict.fromkeys(ASKED_KINDS, KindCalibration()) | silent)
    oracle = Oracle(tissue, calibration=never)
    describe(oracle, tissue, next(iter(tissue.shapes)))
    kinds = {claim.kind for claim in oracle.claims}
    assert {"enriched", "partial"} <= kinds
    assert not kinds & {"adjacent", "rim", "spills_over"}


def test_a_no_is_a_claim_only_where_it_is_sure(tissue):
    gene = str(tissue.slide.genes[0])
    niche = next(iter(tissue.shapes))
    unsure = Answering(lambda claim: -0.3)
    *_, answer = ask(unsure, tissue, gene, niche)
    assert answer.claims == ()
    assert answer.text == "The model is not sure enough of anything to say it."
    strict = Calibration({"enriched": KindCalibration(no_up_to=0.01), "depleted": KindCalibration(yes_from=inf)})
    for calibration, said in ((Calibration(), True), (strict, False)):
        *_, answer = ask(Answering(lambda claim: -2.0, calibration), tissue, gene, niche)
        assert (Claim("not_enriched", gene, niche) in answer.claims) == said


def test_an_interview_about_a_gene_has_its_probability_first(tissue, monkeypatch):
    row, column = np.argwhere(tissue.markers.label == 1)[0]
    gene, niche = str(tissue.slide.genes[row]), tissue.slide.niches[column]
    other = str(tissue.slide.genes[row - 1])
    oracle = Oracle(tissue)
    answers = ask(oracle, tissue, gene, niche, others=[other])
    first = next(answers)
    assert oracle.claims == [Claim("enriched", gene, niche)]
    assert first.probability == pytest.approx(1 / (1 + np.exp(-4)))
    *_, last = answers
    assert last.claims[0] == Claim("enriched", gene, niche)
    assert last.text.startswith(f"{gene} is enriched in {niche}.")
    assert Claim("colocalised", gene, other=other) in oracle.claims
    assert not [claim for claim in last.claims if claim.kind == "adjacent"]  # nobody asked about the niche


def test_statements_carry_the_probability_of_their_claim(tissue):
    niche = next(iter(tissue.shapes))
    answer = describe(Oracle(tissue, noise=1.0), tissue, niche)
    p_yes = {asked.claim: asked.p_yes for asked in answer.asked}
    for entry in answer.ledger.entries:
        if entry.claim.kind == "not_enriched":
            assert entry.probability == pytest.approx(1 - p_yes[replace(entry.claim, kind="enriched")])
        else:
            assert entry.probability == p_yes[entry.claim]


def test_a_model_gives_the_same_answer_at_any_batch_size(engine, facts, monkeypatch):
    niche = next(iter(facts.shapes))
    even = Calibration({kind: KindCalibration(yes_from=0.5, no_up_to=0.4999) for kind in ASKED_KINDS})
    monkeypatch.setattr(engine, "calibration", even)  # the weights are random: say whatever is likelier than not
    answers = []
    for batch in (1, 5, 64):
        monkeypatch.setattr(engine, "score_batch", batch)
        answers.append(describe(engine, facts, niche))
    assert len({answer.text for answer in answers}) == 1
    assert len({answer.claims for answer in answers}) == 1
    assert len(answers[0].claims) > 20


def test_what_is_said_does_not_depend_on_the_facts(tissue):
    """The facts choose genes and check claims; the model alone decides what is said."""
    niche, gene = next(iter(tissue.shapes)), str(tissue.slide.genes[0])
    by_name = Answering(lambda claim: 4.0 if len(claim.gene + claim.niche + claim.value) % 2 else -4.0)
    interview = Interview(by_name, tissue.canvas)
    list(interview.about_niche(niche, [gene]))
    kind = "enriched" if by_name.logit(Claim("enriched", gene, niche)) > 0 else "not_enriched"
    assert Claim(kind, gene, niche) in [statement.claim for statement in interview.said]
