"""The blind twin tells what a model sees from what it says anyway."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from data_prep.claims import Claim
from data_prep.facts.facts import Facts
from data_prep.synth.tissue import make_slide
from data_prep.tasks import Question, claim_question
from inference.answers.asking import Answer, ask, describe_niche
from inference.answers.blind_twin import (
    DEFAULT,
    NOT_PLACE,
    RECALLED,
    SEEN,
    SHUFFLED_COPIES,
    blind_twin,
    judge,
    name_question,
)
from inference.answers.claim_answers import ClaimAnswer
from inference.engine.engine import Engine
from inference.engine.load_engine import load_engine
from inference.model.calibration import KindCalibration
from tests.oracle import Answering

CLAIM = Claim("enriched", "G", "N")
FITTED = KindCalibration(yes_from=0.9, no_up_to=0.1)


class Reading(Answering):
    """Answers by a rule on the question itself: its picture and its words."""

    def __init__(self, rule: Callable[[Question], float], *, writes_prose: bool = False) -> None:
        super().__init__(lambda claim: 0.0)
        self.rule = rule
        self.writes_prose = writes_prose

    def yes_logit(self, questions: Sequence[Question], batch_size=None, progress=None) -> np.ndarray:
        return np.array([self.rule(question) for question in questions])


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts.measure(make_slide(5, n_spots=700, n_niches=4, n_genes=60))


def is_blank(question: Question) -> bool:
    return all((image == 255).all() for image in question.images)


def answer_of(engine: Engine, facts: Facts, gene: int = 3) -> Answer:
    *_, answer = ask(engine, facts, str(facts.slide.genes[gene]), facts.slide.niches[0])
    return answer


def test_what_is_said_of_any_picture_is_recalled(facts: Facts) -> None:
    engine = Reading(lambda question: 5.0)
    twin = blind_twin(engine, facts.canvas, answer_of(engine, facts))
    assert twin.answers
    assert {answer.source for answer in twin.answers} == {RECALLED}
    assert "without the picture" in twin.words


def test_what_any_tissue_gives_does_not_hang_on_place(facts: Facts) -> None:
    engine = Reading(lambda question: -5.0 if is_blank(question) else 5.0)
    twin = blind_twin(engine, facts.canvas, answer_of(engine, facts))
    assert {answer.source for answer in twin.answers} == {NOT_PLACE}
    assert all(len(answer.p_shuffled) == SHUFFLED_COPIES for answer in twin.answers)


def test_the_bundled_model_sees_what_it_says(facts: Facts) -> None:
    engine = load_engine()
    layers = Facts.measure(make_slide(1, n_spots=900, n_niches=5, n_genes=60, layout="hex", pattern="rings"))
    *_, answer = describe_niche(engine, layers, layers.slide.niches[1], n_genes=8)
    twin = blind_twin(engine, layers.canvas, answer)
    assert len(twin.answers) >= 6
    said = {entry.claim for entry in answer.ledger.entries}
    kinds_said = {claim.kind for claim in said}
    assert {answer.claim.kind for answer in twin.answers} <= kinds_said | {"enriched"}
    enriched = [answer for answer in twin.answers if Claim("enriched", answer.claim.gene, answer.claim.niche) in said]
    assert len(enriched) >= 3
    assert all(answer.source == SEEN for answer in enriched if answer.claim.kind == "enriched")
    assert twin.count(RECALLED) <= 1
    assert {answer.claim.kind for answer in twin.answers if answer.source == DEFAULT} <= {"enriched"}
    assert twin.n_conflicts == 0
    assert all(answer.p_named is None for answer in twin.answers)


def test_a_model_that_knows_the_name_is_found_out(facts: Facts) -> None:
    gene = str(facts.slide.genes[3])
    engine = Reading(
        lambda question: 5.0 if gene in question.prompt or not is_blank(question) else -5.0, writes_prose=True
    )
    twin = blind_twin(engine, facts.canvas, answer_of(engine, facts))
    about_gene = [answer for answer in twin.answers if answer.claim.gene]
    assert about_gene
    assert {answer.source for answer in about_gene} == {RECALLED}
    assert all(answer.p_recalled is not None and answer.p_recalled > 0.9 for answer in about_gene)


def test_memory_against_the_picture_is_a_conflict(facts: Facts) -> None:
    gene = str(facts.slide.genes[3])
    engine = Reading(lambda question: -5.0 if gene in question.prompt or is_blank(question) else 5.0, writes_prose=True)
    twin = blind_twin(engine, facts.canvas, answer_of(engine, facts))
    conflicts = [answer for answer in twin.answers if answer.is_conflict]
    assert conflicts
    assert twin.n_conflicts == len(conflicts)
    assert f"contradict each other in {len(conflicts)}: {gene}" in twin.words


@pytest.mark.parametrize(
    ("p_seen", "p_blank", "p_shuffled", "p_recalled", "source", "is_conflict"),
    [
        (0.97, 0.5, (0.5, 0.3), None, SEEN, False),
        (0.97, 0.95, (0.5, 0.3), None, RECALLED, False),
        (0.97, 0.5, (0.95, 0.5), None, SEEN, False),
        (0.97, 0.5, (0.95, 0.96), None, NOT_PLACE, False),
        (0.03, 0.05, (0.5, 0.5), None, DEFAULT, False),
        (0.03, 0.95, (0.95, 0.95), None, SEEN, False),
        (0.97, 0.5, (0.5, 0.5), 0.02, SEEN, True),
        (0.03, 0.5, (0.5, 0.5), 0.98, SEEN, True),
        (0.97, 0.5, (0.5, 0.5), 0.98, RECALLED, False),
    ],
)
def test_sources(p_seen, p_blank, p_shuffled, p_recalled, source, is_conflict) -> None:
    given = ClaimAnswer(CLAIM, p_seen)
    twin = judge(FITTED, given, p_blank=p_blank, p_shuffled=p_shuffled, p_recalled=p_recalled)
    assert (twin.source, twin.is_conflict) == (source, is_conflict)


def test_a_named_question_names_both(facts: Facts) -> None:
    gene, niche = str(facts.slide.genes[3]), facts.slide.niches[0]
    question = claim_question(facts.canvas, Claim("enriched", gene, niche))
    assert name_question(question).prompt == f"Is {gene} a marker of {niche}?"


def test_an_answer_without_claims_has_nothing_to_ask_again(facts: Facts) -> None:
    engine = Reading(lambda question: 0.0)
    twin = blind_twin(engine, facts.canvas, answer_of(engine, facts))
    assert twin.answers == ()
    assert "no claim" in twin.words
