"""Without a model that calls tools, the router chooses the tool, and the words are those of the vocabulary."""

from collections.abc import Callable

import pytest

from app.tools.conversation import Calling, Result, Said
from app.tools.looking_tools import Picture
from app.tools.scripted import ScriptedConversation, say_result
from app.tools.toolbox import Toolbox
from app.web.slide_cache import SlideCache
from data_prep.claims import SUPPORTED, THE_NICHE, THIS_GENE, Names
from inference.answers.ledger import Ledger, check_answer
from inference.answers.routing import Refusal

Say = Callable[..., list]


@pytest.fixture
def say(toolbox: Toolbox, toy_cache: SlideCache) -> Say:
    """One conversation about slice S1; gene i is a marker of layer i % 4 + 1."""
    slide_id = toolbox.call("open_slide", {"example": "toy"})["slices"][0]["slide"]

    def check(words: str, gene: str, niche: str) -> Ledger:
        return check_answer(words, Names({THIS_GENE: gene}, {THE_NICHE: niche}), toy_cache.facts("S1", 128))

    conversation = ScriptedConversation(toolbox, slide_id, toy_cache.slide("S1"), check)
    return lambda text, gene="GENE1", niche="Layer 1": list(conversation.say(text, gene=gene, niche=niche))


@pytest.mark.parametrize(
    ("question", "name", "arguments"),
    [
        ("Which genes mark Layer 3?", "screen", {"niche": "Layer 3"}),
        ("Describe Layer 2", "describe", {"niche": "Layer 2"}),
        ("What borders Layer 2?", "neighbours", {"niche": "Layer 2"}),
        ("Compare GENE5 with GENE9", "compare_genes", {"genes": ["GENE5", "GENE9"]}),
        ("Show GENE5 in Layer 2", "draw", {"kind": "focus", "gene": "GENE5", "niche": "Layer 2"}),
        ("Draw GENE5", "draw", {"kind": "expression", "gene": "GENE5"}),
        ("Show me all niches", "draw", {"kind": "niches", "niche": "Layer 1"}),
        ("plot GENE5 and GENE6", "draw", {"kind": "twin", "gene": "GENE5", "other": "GENE6"}),
    ],
)
def test_each_question_has_its_tool(say: Say, question: str, name: str, arguments: dict) -> None:
    calling, result, *rest = say(question)
    assert calling == Calling(name, arguments)
    assert result.call is calling
    assert result.error == ""
    assert [type(step) for step in rest] == ([] if name == "draw" else [Said])
    assert all(said.ledger is not None for said in rest)


def test_the_answer_is_about_what_was_asked(say: Say) -> None:
    calling, _, said = say("Is GENE6 a marker of Layer 3?")
    assert calling.name == "ask"
    assert "GENE6 is enriched in Layer 3." in said.text
    assert {entry.claim.gene for entry in said.ledger.entries} == {"GENE6"}
    assert said.ledger.entries[0].verdict == SUPPORTED


def test_the_words_about_a_table_are_checked(say: Say) -> None:
    *_, said = say("Which genes mark Layer 3?")
    assert said.ledger.share_checked == 1
    genes = {entry.claim.gene for entry in said.ledger.entries}
    assert len(genes) == 10
    assert all(int(gene.removeprefix("GENE")) % 4 == 2 for gene in genes)


def test_neighbours_are_those_that_the_counts_support() -> None:
    call = Calling("neighbours", {"niche": "L2"})
    borders = [{"other": "L1", "verdict": "supported"}, {"other": "L3", "verdict": "unclear"}]
    assert say_result(Result(call, {"niche": "L2", "neighbours": borders})) == "L2 borders L1."
    unsure = say_result(Result(call, {"niche": "L2", "neighbours": borders[1:]}))
    assert unsure == "The counts are sure of no neighbour of L2."


def test_it_means_what_was_talked_about(say: Say) -> None:
    say("Is GENE6 a marker of Layer 3?")
    *_, said = say("Is it a marker of Layer 1?")
    assert "GENE6" in said.text
    assert "GENE1 " not in said.text


@pytest.mark.parametrize(
    "question", ["Which cell type is this?", "x " * 400, "Show me the money", "Hello", "Show GENE5x"]
)
def test_what_is_not_understood_is_refused(say: Say, question: str) -> None:
    (refusal,) = say(question)
    assert isinstance(refusal, Refusal)
    assert refusal.reason
    assert len(refusal.examples) == 3
    for example in refusal.examples:
        assert isinstance(say(example)[-1], Said)


def test_a_picture_is_shown(say: Say) -> None:
    _, result = say("Show GENE5 in Layer 2")
    assert isinstance(result, Result)
    assert isinstance(result.value, Picture)
    assert result.value.png.startswith(b"\x89PNG")
