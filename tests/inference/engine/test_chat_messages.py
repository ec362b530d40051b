"""A conversation with tools over the chat protocol."""

import pytest

from data_prep.errors import NicheLensError
from inference.engine.chat_messages import (
    LONGEST_ARGUMENTS,
    ChatReply,
    ToolCall,
    system_message,
    tool_message,
    user_message,
)
from inference.engine.endpoint import Endpoint
from tests.chat_server import hang_up, say, status

pytest.importorskip("openai", reason="the openai client is not installed; pip install -e '.[serving]'")

TOOLS = [{"type": "function", "function": {"name": "ask", "parameters": {"type": "object", "properties": {}}}}]


@pytest.fixture
def endpoint(server):
    return Endpoint(server.url, "stub", timeout=5, retries=0)


def test_words_grow_and_calls_come_whole(server, endpoint):
    server.script.append(say("Let me look.", ("ask", {"gene": "GFAP", "niche": "WM"}), ("draw", {})))
    replies = list(endpoint.chat([system_message("Be brief."), user_message("Is GFAP there?")], TOOLS, 99))
    assert [reply.text.split() for reply in replies[:3]] == [["Let"], ["Let", "me"], ["Let", "me", "look."]]
    calls = replies[-1].calls
    assert [(call.id, call.name) for call in calls] == [("call-0", "ask"), ("call-1", "draw")]
    assert calls[0].arguments == {"gene": "GFAP", "niche": "WM"}
    assert calls[1].arguments == {}
    (sent,) = server.asked
    assert sent["tools"] == TOOLS
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    assert sent["max_tokens"] == 99


def test_a_reply_and_its_results_go_back_to_the_server(server, endpoint):
    reply = ChatReply("Look.", (ToolCall("call-0", "ask", '{"gene": "GFAP"}'),))
    server.script.append(say("Done."))
    messages = [user_message("Hello"), reply.message(), tool_message(reply.calls[0], "GFAP is enriched.")]
    list(endpoint.chat(messages, TOOLS, 9))
    (sent,) = server.asked
    assert sent["messages"][1]["tool_calls"][0]["function"] == {"name": "ask", "arguments": '{"gene": "GFAP"}'}
    assert sent["messages"][2] == {"role": "tool", "tool_call_id": "call-0", "content": "GFAP is enriched."}


def test_without_tools_none_are_offered(server, endpoint):
    server.script.append(say("Hello."))
    *_, reply = endpoint.chat([user_message("Hello")], (), 9)
    assert (reply.text.strip(), reply.calls) == ("Hello.", ())
    assert "tools" not in server.asked[0]


@pytest.mark.parametrize("act", [status(400, "no tools here"), status(500), hang_up])
def test_failures_are_one_line(server, endpoint, act):
    server.script.extend([act, act])
    with pytest.raises(NicheLensError) as caught:
        list(endpoint.chat([user_message("Hello")], TOOLS, 9))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("written", ["{", "[1]", "3", '{"a": ' + "1" * LONGEST_ARGUMENTS + "}"])
def test_arguments_that_are_none_are_refused(written):
    with pytest.raises(ValueError, match=r"."):
        _ = ToolCall("1", "ask", written).arguments
