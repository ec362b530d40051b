"""Chat messages: what a model says in a conversation in which it may call tools, and how the protocol writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

LONGEST_ARGUMENTS = 20_000
"""Characters of a call's arguments; a model that writes more has lost its way."""


@dataclass(frozen=True)
class ToolCall:
    """A model's wish to call a tool.

    Attributes:
        id: the model's name for this call; the result must carry it.
        name: of the tool.
        written: the arguments as the model wrote them, meant to be a JSON object.
    """

    id: str
    name: str
    written: str

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments.

        Raises:
            ValueError: what the model wrote is no JSON object, or is too long.
        """
        if len(self.written) > LONGEST_ARGUMENTS:
            message = f"the arguments have {len(self.written):,} characters"
            raise ValueError(message)
        arguments = json.loads(self.written or "{}")
        if not isinstance(arguments, dict):
            message = "the arguments are no JSON object"
            raise ValueError(message)
        return arguments


@dataclass(frozen=True)
class ChatReply:
    """What a model says in its turn.

    Attributes:
        text: its words so far.
        calls: tools that it wants to be called before it goes on.
    """

    text: str = ""
    calls: tuple[ToolCall, ...] = ()

    def message(self) -> dict[str, Any]:
        """The reply as a message of the protocol, to be sent back with the next question."""
        message: dict[str, Any] = {"role": "assistant", "content": self.text}
        if self.calls:
            message["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.written}}
                for call in self.calls
            ]
        return message


@dataclass(frozen=True)
class GrowingReply:
    """A reply that arrives in parts: words, and calls whose arguments grow.

    Attributes:
        text: words so far.
        calls: number of the call → the call so far.
    """

    text: str = ""
    calls: Mapping[int, ToolCall] = field(default_factory=dict)

    def grown(self, words: str | None, parts: Sequence[Any]) -> GrowingReply:
        """The reply with one more part of a stream.

        Args:
            words: new words, if there are any.
            parts: parts of calls, each with ``index``, ``id`` and ``function`` as the protocol has them.
        """
        calls = dict(self.calls)
        for part in parts:
            call = calls.get(part.index, ToolCall("", "", ""))
            name, written = part.function.name or "", part.function.arguments or ""
            calls[part.index] = ToolCall(part.id or call.id, call.name or name, call.written + written)
        return replace(self, text=self.text + (words or ""), calls=calls)

    @property
    def reply(self) -> ChatReply:
        """What was said so far, with the calls in their order."""
        return ChatReply(self.text, tuple(self.calls[number] for number in sorted(self.calls)))


def user_message(text: str) -> dict[str, Any]:
    """What a person says."""
    return {"role": "user", "content": text}


def system_message(text: str) -> dict[str, Any]:
    """What a model is told to do."""
    return {"role": "system", "content": text}


def tool_message(call: ToolCall, result: str) -> dict[str, Any]:
    """The result of a call, as text."""
    return {"role": "tool", "tool_call_id": call.id, "content": result}
