"""Visitors take turns at one model, and whoever leaves stops."""

import threading
import time
from collections.abc import Sequence

import numpy as np
import pytest

from app.web.turns import FIRST_BATCH, TURN_SECONDS, Turns
from data_prep.claims import Claim
from data_prep.facts.facts import Facts
from data_prep.synth.tissue import make_slide
from data_prep.tasks import Question, claim_question
from inference.answers.asking import ask, describe_niche
from tests.oracle import Answering, Oracle


class Left(Exception):
    """The visitor is gone."""


class Slow(Answering):
    """Answers "yes" after some time for each question, one visitor at a time, and notes the order of its batches."""

    def __init__(self, seconds: float) -> None:
        super().__init__(lambda claim: 1.0)
        self.seconds = seconds
        self.order: list[str] = []
        self.sizes: list[int] = []
        self._alone = threading.Lock()

    def yes_logit(self, questions: Sequence[Question], batch_size=None, progress=None) -> np.ndarray:
        assert self._alone.acquire(blocking=False), "two visitors at once"
        try:
            time.sleep(self.seconds * len(questions))
            self.order.append(questions[0].names.genes["this gene"])
            self.sizes.append(len(questions))
            return np.ones(len(questions))
        finally:
            self._alone.release()


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts.measure(make_slide(3, n_spots=400, n_niches=4, n_genes=30))


@pytest.fixture(scope="module")
def question(facts: Facts):
    def make(gene: int, n: int) -> list[Question]:
        claim = Claim("enriched", str(facts.slide.genes[gene]), facts.slide.niches[0])
        return [claim_question(facts.canvas, claim)] * n

    return make


def start(action, *arguments) -> threading.Thread:
    thread = threading.Thread(target=action, args=arguments)
    thread.start()
    return thread


def test_a_short_question_does_not_wait_for_a_long_job(question) -> None:
    engine, turns = Slow(0.005), Turns()
    long_job = start(turns.engine_for(engine, "a").yes_logit, question(0, 400))
    time.sleep(0.1)
    began = time.monotonic()
    turns.engine_for(engine, "b").yes_logit(question(1, 1))
    waited = time.monotonic() - began
    assert long_job.is_alive()
    long_job.join()
    assert waited < 1.0 < 400 * 0.005


def test_a_visitor_with_many_tabs_gets_no_more_than_another(facts: Facts, question) -> None:
    engine, turns = Slow(0.002), Turns()
    first = str(facts.slide.genes[0])
    with turns.turn("door"):
        jobs = [start(turns.engine_for(engine, "a").yes_logit, question(0, 200)) for _ in range(4)]
        while turns.n_waiting < 1:
            time.sleep(0.01)
        time.sleep(0.1)
        jobs.append(start(turns.engine_for(engine, "b").yes_logit, question(1, 200)))
        while turns.n_waiting < 2:
            time.sleep(0.01)
    for job in jobs:
        job.join()
    last_of_b = max(i for i, gene in enumerate(engine.order) if gene != first)
    turns_of_a = sum(gene == first for gene in engine.order[: last_of_b + 1])
    turns_of_b = last_of_b + 1 - turns_of_a
    assert turns_of_b > 1
    assert turns_of_a <= turns_of_b + 2


def test_batches_grow_to_the_length_of_a_turn(question) -> None:
    engine = Slow(0.001)
    Turns().engine_for(engine, "a").yes_logit(question(0, 600))
    assert engine.sizes[0] == FIRST_BATCH
    assert max(engine.sizes) <= 1.5 * TURN_SECONDS / 0.001
    assert max(engine.sizes) > 4 * FIRST_BATCH


def test_whoever_leaves_stops_within_a_turn_and_frees_the_model(question) -> None:
    engine, turns, gone = Slow(0.01), Turns(), threading.Event()
    ended: list[type[BaseException]] = []

    def check() -> None:
        if gone.is_set():
            raise Left

    def work(visitor: str) -> None:
        try:
            turns.engine_for(engine, visitor, check).yes_logit(question(0, 1000))
        except Left as error:
            ended.append(type(error))

    jobs = [start(work, "a"), start(work, "b")]
    time.sleep(0.3)
    gone.set()
    began = time.monotonic()
    for job in jobs:
        job.join()
    assert time.monotonic() - began < 1.0
    assert ended == [Left, Left]
    assert turns.n_waiting == 0
    assert turns.engine_for(engine, "c").yes_logit(question(1, 1)).tolist() == [1.0]


def test_an_error_of_the_model_frees_it() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns.turn("a"):
        raise ZeroDivisionError
    with turns.turn("b"):
        assert turns.n_waiting == 0


def test_answers_are_those_of_the_model_alone(facts: Facts) -> None:
    oracle = Oracle(facts, noise=1.0)
    shared = Turns().engine_for(oracle, "a")
    niche = facts.slide.niches[1]
    gene = str(facts.slide.genes[4])
    for answers in (lambda e: ask(e, facts, gene, niche), lambda e: describe_niche(e, facts, niche)):
        assert [repr(answer) for answer in answers(shared)] == [repr(answer) for answer in answers(oracle)]


def test_a_model_on_a_server_is_not_held_back(question) -> None:
    engine, turns = Slow(0.0), Turns()
    engine.endpoint = "http://127.0.0.1:1"
    with turns.turn("a"):
        assert turns.engine_for(engine, "b").yes_logit(question(0, 1)).tolist() == [1.0]
