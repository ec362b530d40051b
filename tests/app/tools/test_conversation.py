"""A model on a server calls our tools, and only what a tool returned reaches it."""

import json
from collections.abc import Callable, Iterator

import pytest

from app.tools.conversation import (
    LONGEST_QUESTION,
    LONGEST_RESULT,
    MOST_CALLS,
    OFFERED,
    Calling,
    Conversation,
    Result,
    Said,
    Step,
    describe_tool,
    result_text,
)
from app.tools.looking_tools import Picture
from app.tools.toolbox import Toolbox
from data_prep.errors import NicheLensError
from inference.answers.ledger import Ledger
from tests import chat_server
from tests.chat_server import ChatServer, say, status

pytest.importorskip("openai", reason="the openai client is not installed; pip install -e '.[serving]'")


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server.running() as found:
        yield found


@pytest.fixture
def slide_id(toolbox: Toolbox) -> str:
    return toolbox.call("open_slide", {"example": "toy"})["slices"][0]["slide"]


@pytest.fixture
def conversation(server: ChatServer, toolbox: Toolbox, slide_id: str) -> Conversation:
    from inference.engine.remote import RemoteEngine

    checked: list[str] = []

    def check(words: str, gene: str, niche: str) -> Ledger:
        checked.append(words)
        return Ledger()

    return Conversation(toolbox, slide_id, RemoteEngine.connect(server.url, "stub"), check)


def turn(conversation: Conversation, text: str = "Is GENE1 in Layer 2?", **selected: str) -> list[Step]:
    return list(conversation.say(text, **selected))


def of_type(steps: list[Step], kind: type) -> list:
    return [step for step in steps if isinstance(step, kind)]


def test_a_tool_is_called_shown_and_told(server: ChatServer, conversation: Conversation, slide_id: str) -> None:
    server.script.append(say("Let me look.", ("ask", {"gene": "GENE1", "niche": "Layer 2"})))
    server.script.append(say("GENE1 is enriched in Layer 2."))
    steps = turn(conversation)
    (calling,) = of_type(steps, Calling)
    assert calling == Calling("ask", {"gene": "GENE1", "niche": "Layer 2"})
    (result,) = of_type(steps, Result)
    assert result.call == calling
    assert result.value["verdict"] == "yes"
    assert steps.index(calling) < steps.index(result)
    assert steps[-1] == Said("GENE1 is enriched in Layer 2.", Ledger())
    first, second = server.asked
    assert slide_id not in json.dumps(first) + json.dumps(second)
    assert json.loads(second["messages"][-1]["content"])["verdict"] == "yes"
    assert second["messages"][-2]["tool_calls"][0]["id"] == second["messages"][-1]["tool_call_id"]


def test_earlier_turns_and_what_is_selected_are_told(server: ChatServer, conversation: Conversation) -> None:
    server.script.extend([say("GENE1 is enriched in Layer 2."), say("It borders Layer 1.")])
    turn(conversation)
    turn(conversation, "And its neighbours?", gene="GENE1", niche="Layer 2")
    roles = [message["role"] for message in server.asked[1]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert "gene GENE1, niche Layer 2" in server.asked[1]["messages"][-1]["content"]


def test_errors_of_tools_go_back_to_the_model(server: ChatServer, conversation: Conversation) -> None:
    calls = [
        ("ask", {"gene": "GENE1x", "niche": "Layer 2"}),
        ("open_slide", {"path": "/etc/passwd"}),
        ("list_genes", '{"query": '),
        ("draw", {"kind": "focus", "slide": "other", "gene": "GENE1", "niche": "Layer 2"}),
    ]
    server.script.extend([say("", *calls), say("I can't say.")])
    steps = turn(conversation)
    ask, open_slide, list_genes, draw = of_type(steps, Result)
    assert "no gene 'GENE1x'" in ask.error
    assert open_slide.error.startswith("no tool 'open_slide' here")
    assert "no JSON object" in list_genes.error
    assert isinstance(draw.value, Picture)
    told = [message["content"] for message in server.asked[1]["messages"] if message["role"] == "tool"]
    assert [json.loads(text).get("error", "") for text in told] == [ask.error, open_slide.error, list_genes.error, ""]


def test_a_model_in_circles_is_stopped(server: ChatServer, conversation: Conversation) -> None:
    server.script.extend([say("", ("list_niches", {}))] * (MOST_CALLS - 1))
    server.script.append(say("", *[("list_niches", {})] * 5))
    server.script.append(say("Enough."))
    steps = turn(conversation)
    assert len(of_type(steps, Calling)) == MOST_CALLS
    assert "tools" not in server.asked[-1]
    assert of_type(steps, Said)[-1].text == "Enough."


def test_a_failed_turn_leaves_the_conversation_as_it_was(server: ChatServer, conversation: Conversation) -> None:
    server.script.append(status(400, "no tools here"))
    with pytest.raises(NicheLensError, match="no tools here"):
        turn(conversation)
    server.script.append(say("Hello."))
    turn(conversation, "Hello")
    assert [message["role"] for message in server.asked[-1]["messages"]] == ["system", "user"]


def test_whoever_leaves_ends_the_turn(server: ChatServer, toolbox: Toolbox, slide_id: str) -> None:
    from inference.engine.remote import RemoteEngine

    def gone() -> None:
        raise InterruptedError

    server.script.append(say("One two three four."))
    engine = RemoteEngine.connect(server.url, "stub")
    with pytest.raises(InterruptedError):
        list(Conversation(toolbox, slide_id, engine, lambda *_: Ledger(), gone).say("Hello"))


@pytest.mark.parametrize("text", ["", "  \n", "x" * (LONGEST_QUESTION + 1)])
def test_no_question_and_an_endless_one_are_refused(conversation: Conversation, server: ChatServer, text: str) -> None:
    with pytest.raises(NicheLensError, match="the question"):
        turn(conversation, text)
    assert server.asked == []


def test_every_tool_that_is_offered_exists_and_hides_the_slide(toolbox: Toolbox) -> None:
    for name in OFFERED:
        described = describe_tool(toolbox.tools[name])["function"]
        assert described["name"] == name
        assert "slide" not in described["parameters"]["properties"]
        assert "slide" not in described["parameters"]["required"]
        assert described["description"]


def test_a_long_result_is_cut_for_the_model() -> None:
    long = Result(Calling("screen", {}), {"rows": ["x"] * LONGEST_RESULT})
    assert len(result_text(long)) < LONGEST_RESULT + 100
    assert "cut" in result_text(long)


def test_the_many_turns_of_a_day_do_not_grow_without_end(
    server: ChatServer, conversation: Conversation, toolbox: Toolbox
) -> None:
    answer: Callable = say("", ("list_niches", {}))
    for _ in range(15):
        server.script.extend([answer, say("Four niches.")])
        turn(conversation)
    sent = server.asked[-1]["messages"]
    assert len(sent) <= 45
    assert sent[1]["role"] == "user"
