"""The twin of an answer in prose tells what a large model sees from what it recalls."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from data_prep.claims import THE_NICHE, THIS_GENE
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from inference.answers.asking import ask
from inference.answers.blind_twin import NOT_PLACE, RECALLED, SEEN, BlindTwin
from inference.answers.free_question import prose_question
from inference.answers.prose_twin import mask_names, twin_of
from inference.engine.load_engine import load_engine
from tests import chat_server

pytest.importorskip("openai", reason="the openai client is not installed; pip install -e '.[serving]'")


@pytest.fixture(scope="module")
def server():
    with chat_server.running() as found:
        yield found


@pytest.fixture
def twin(server, facts: Facts, marker) -> Callable[..., BlindTwin]:
    """The twin of what a server answers by a rule on (prompt, whether the picture is blank, number of the question)."""
    gene, niche = marker

    def make(
        rule: Callable[[str, bool, int], str], question: str = f"What do you see of {gene} in {niche}?"
    ) -> BlindTwin:
        asked: list[str] = []

        def answer(prompt: str, pictures: list) -> str:
            asked.append(prompt)
            return rule(prompt, bool((pictures[0] == 255).all()), len(asked))

        server.answer = answer
        engine = load_engine("stub", endpoint=server.url)
        drawn = replace(facts, canvas=Canvas(facts.slide, engine.image_size))
        *_, last = ask(engine, drawn, gene, niche, question=f"What do you see of {gene} in {niche}?")
        return twin_of(engine, drawn.canvas, last, lambda: drawn)

    return make


def test_what_is_said_without_the_picture_is_recalled(twin, marker) -> None:
    gene, niche = marker
    found = twin(lambda prompt, blank, n: f"{gene} is enriched in {niche}.")
    assert [(answer.claim.gene, answer.source) for answer in found.answers] == [(gene, RECALLED)]
    assert "without the picture" in found.words


def test_what_needs_the_picture_is_seen(twin, marker) -> None:
    gene, niche = marker
    found = twin(lambda prompt, blank, n: f"{gene} is enriched in {niche}." if n == 1 else "I cannot tell.")
    assert [answer.source for answer in found.answers] == [SEEN]
    assert found.n_conflicts == 0


def test_what_any_tissue_gives_does_not_hang_on_place(twin, marker) -> None:
    gene, niche = marker
    found = twin(lambda prompt, blank, n: "I cannot tell." if blank else f"{gene} is enriched in {niche}.")
    assert [answer.source for answer in found.answers] == [NOT_PLACE]


def test_memory_against_the_picture_is_a_conflict(twin, marker) -> None:
    gene, niche = marker

    def rule(prompt: str, blank: bool, n: int) -> str:
        return f"{gene} is enriched in {niche}." if gene in prompt else "This gene is not enriched in the niche."

    found = twin(rule)
    assert found.n_conflicts == 1
    assert "contradict each other" in found.words


def test_prose_has_no_probabilities(twin, marker) -> None:
    gene, niche = marker
    table = twin(lambda prompt, blank, n: f"{gene} is enriched in {niche}.").table()
    assert table["p_seen"].isna().all()
    assert list(table["source"]) == [RECALLED]


def test_an_answer_without_claims_has_nothing_to_ask_again(twin) -> None:
    found = twin(lambda prompt, blank, n: "A lovely picture.")
    assert found.answers == ()
    assert "no claim" in found.words


def test_masked_names(facts: Facts, marker) -> None:
    gene, niche = marker
    question = prose_question(facts.canvas, f"Is {gene} high in {niche}?")
    assert question.names.genes[THIS_GENE] == gene
    assert question.names.niches[THE_NICHE] == niche
    masked = mask_names(question, facts.canvas).prompt
    assert gene not in masked
    assert niche not in masked
    assert "this gene" in masked
