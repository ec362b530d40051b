"""A server with OpenAI's chat protocol, such as vLLM or `transformers serve`.

Questions are sent one by one, with pictures as PNG data URLs. Every failure becomes one line that says what to do. The
`openai` client repeats a question after status 429 or 5xx and after a lost connection.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from data_prep.errors import NicheLensError, first_line
from data_prep.figures.png import data_url, encode_png
from data_prep.tasks import Question
from inference.engine.chat_messages import ChatReply, GrowingReply

if TYPE_CHECKING:
    from openai import OpenAI

KEY_VARIABLES = ("NICHELENS_API_KEY", "OPENAI_API_KEY")
"""Environment variables for the key of the server; the first that is set is used."""
RETRIES = 4
"""Before each the client waits 0.5 s, 1 s, 2 s, ..., or as long as Retry-After says, up to two minutes."""
TIMEOUT_SECONDS = 120.0
"""Longest wait for a server: before the first answer it may have to load the model."""
CONNECT_SECONDS = 10.0
_QUOTED = 200
"""Greatest number of letters that an error quotes from a server's message."""


@dataclass(frozen=True)
class Token:
    """A token of a reply.

    Attributes:
        letters: its letters in UTF-8; half a character is possible.
        logprob: its log probability.
        alternatives: (token, log probability) of the likeliest tokens at its position.
    """

    letters: bytes
    logprob: float
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Reply:
    """The answer of a server; ``tokens`` is empty where it gives no log probabilities or was not asked for them."""

    text: str
    tokens: tuple[Token, ...] = ()


class Endpoint:
    """A model of a server.

    Args:
        address: ``http://host:8000`` or ``http://host:8000/v1``.
        model: name of the model on the server; "" is enough for ``list_models``.
        timeout: seconds to wait for a server that sends nothing.
        retries: how often a question is repeated.

    Raises:
        NicheLensError: the address is none or has a key in it, or the `openai` client is not installed.
    """

    def __init__(self, address: str, model: str, *, timeout: float = TIMEOUT_SECONDS, retries: int = RETRIES) -> None:
        self.url = _read_address(address)
        self.model = model
        self.timeout = timeout
        self.retries = retries
        self._client = _connect(self.url, timeout, retries)

    def list_models(self) -> list[str] | None:
        """Names of the models on the server; None where it has no list.

        Raises:
            NicheLensError: there is no server, or it refuses the key.
        """
        from openai import APIStatusError

        with self._translated_errors():
            try:
                return [str(model.id) for model in self._client.with_options(max_retries=0).models.list()]
            except APIStatusError as refusal:
                if refusal.status_code in (401, 403):
                    raise
                return None

    def ask(self, question: Question, max_tokens: int, top_logprobs: int | None = None) -> Reply:
        """Asks one question and waits for the whole answer.

        Args:
            question: what to ask.
            max_tokens: greatest length of the answer in tokens.
            top_logprobs: number of likeliest tokens to report at each position, beside the log probability of the
                token itself; None asks for no log probabilities.

        Raises:
            NicheLensError: see ``_advice``.
        """
        request = self._request(question, max_tokens, top_logprobs)
        with self._translated_errors():
            completion = self._client.chat.completions.create(**request)
            if isinstance(completion, str):  # the client returns an answer that is not JSON as text
                raise ValueError(completion)
            (choice,) = completion.choices
            return Reply(choice.message.content or "", _tokens(choice))

    def stream(self, question: Question, max_tokens: int, top_logprobs: int | None = None) -> Iterator[Reply]:
        """Yields the reply so far, each time it grows; arguments and errors as for ``ask``.

        After a lost connection the question is asked once more, and the reply comes as a whole.
        """
        from openai import APIConnectionError, APITimeoutError

        request = self._request(question, max_tokens, top_logprobs)
        reply: Reply | None = None
        is_whole = False
        try:
            with self._translated_errors(), self._client.chat.completions.create(**request, stream=True) as parts:
                for part in parts:
                    for choice in part.choices:  # the last part may have none
                        reply = reply or Reply("")
                        reply = Reply(reply.text + (choice.delta.content or ""), reply.tokens + _tokens(choice))
                        is_whole = bool(choice.finish_reason)
                        yield reply
                if reply is None:
                    message = "a stream without a word"
                    raise ValueError(message)
        except NicheLensError as error:
            lost = error.__cause__
            if reply is None or isinstance(lost, APITimeoutError) or not isinstance(lost, APIConnectionError):
                raise
        if not is_whole:
            yield self.ask(question, max_tokens, top_logprobs)

    def chat(
        self, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]], max_tokens: int
    ) -> Iterator[ChatReply]:
        """Goes on with a conversation in which the model may call tools.

        Args:
            messages: what was said so far, as the protocol writes it (`inference.engine.chat_messages`).
            tools: descriptions of the tools, as the protocol writes them; none may be called if it is empty.
            max_tokens: greatest length of the reply in tokens.

        Yields:
            The reply so far, each time its words grow; the last one is complete and has the calls.

        Raises:
            NicheLensError: see ``_advice``.
        """
        request = self._settings(max_tokens) | {"messages": list(messages)}
        if tools:
            request["tools"] = list(tools)
        growing = GrowingReply()
        with self._translated_errors(), self._client.chat.completions.create(**request, stream=True) as parts:
            for part in parts:
                for choice in part.choices:
                    growing = growing.grown(choice.delta.content, choice.delta.tool_calls or ())
                    if choice.delta.content:
                        yield ChatReply(growing.text)
        yield growing.reply

    def _request(self, question: Question, max_tokens: int, top_logprobs: int | None) -> dict[str, Any]:
        pictures = [
            {"type": "image_url", "image_url": {"url": data_url(encode_png(image))}} for image in question.images
        ]
        request = self._settings(max_tokens)
        request["messages"] = [{"role": "user", "content": [*pictures, {"type": "text", "text": question.prompt}]}]
        if top_logprobs is not None:
            request |= {"logprobs": True, "top_logprobs": top_logprobs}
        return request

    def _settings(self, max_tokens: int) -> dict[str, Any]:
        """The part of a request that all have: the model, and greedy decoding."""
        return {
            "model": self.model,
            "max_tokens": max_tokens,
            "temperature": 0,
            "frequency_penalty": 0,  # else `transformers serve` uses the repetition penalty in the model's folder
            "extra_body": {"chat_template_kwargs": {"enable_thinking": False}},
        }

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        """Turns errors of the client into one line that says what to do."""
        from openai import OpenAIError

        try:
            yield
        except (
            OpenAIError,
            ValueError,
            AttributeError,
            TypeError,
        ) as error:  # the last three: an answer of another form
            message = f"{self.url}: {self._advice(error)}"
            raise NicheLensError(message) from error

    def _advice(self, error: Exception) -> str:
        """What went wrong at the server, and what to do."""
        import openai

        if isinstance(error, openai.APITimeoutError):
            return f"no answer within {self.timeout:g} s; is it overloaded, or still loading the model?"
        if isinstance(error, openai.APIConnectionError):
            return f"no server there, or it hung up ({error.__cause__ or error}); start one, or check --endpoint"
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return f"refuses the API key; set {KEY_VARIABLES[0]} in the environment to the server's"
        if isinstance(error, openai.NotFoundError):
            listed = self.list_models()
            if listed is None:
                return "no OpenAI-compatible server there (404); check --endpoint"
            return f"has no model '{self.model}'; it has {name_models(listed)}"
        if isinstance(error, openai.RateLimitError):
            return "too many requests (429), also after waiting; ask later"
        if isinstance(error, openai.APIStatusError):
            quoted = " ".join(error.response.text.split())[:_QUOTED]
            return f"refuses the question with status {error.status_code} ({quoted}); see what the server writes"
        quoted = f" ({first_line(error)[:_QUOTED]})" if isinstance(error, openai.APIError | ValueError) else ""
        if isinstance(error, openai.APIError):
            return f"failed while it answered{quoted}; see what the server writes"
        return f"its answer is none of the chat protocol{quoted}; is it an OpenAI-compatible server?"


def name_models(names: list[str]) -> str:
    """Names for an error message."""
    return ", ".join(f"'{name}'" for name in names) or "none"


def _read_address(address: str) -> str:
    """Checks an address and adds the path ``/v1`` where none is given."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        message = f"--endpoint {address}: is no address; give http://host:port/v1"
        raise NicheLensError(message)
    if _is_link_local(parts.hostname):
        message = f"--endpoint {address}: is an address of the network itself, no server; give http://host:port/v1"
        raise NicheLensError(message)
    if parts.username or parts.password or parts.query:
        message = f"--endpoint: keys do not belong on the command line; set {KEY_VARIABLES[0]} in the environment"
        raise NicheLensError(message)
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path or '/v1'}"


def _is_link_local(host: str) -> bool:
    """Whether a host is an address such as 169.254.169.254, where clouds hand out passwords of the machine."""
    with suppress(OSError):
        host = socket.inet_ntoa(socket.inet_aton(host))  # also 2852039166 and 0xa9fea9fe
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return found.is_link_local or (mapped is not None and mapped.is_link_local)


def _connect(url: str, timeout: float, retries: int) -> OpenAI:
    try:
        from openai import OpenAI, Timeout
    except ImportError as error:
        message = "--endpoint needs the openai client; pip install -e '.[serving]'"
        raise NicheLensError(message) from error
    keys = (os.environ.get(name, "").strip() for name in KEY_VARIABLES)
    return OpenAI(
        base_url=url,
        api_key=next(filter(None, keys), "none"),  # the client needs a key; servers without keys ignore it
        timeout=Timeout(timeout, connect=min(timeout, CONNECT_SECONDS)),
        max_retries=retries,
    )


def _tokens(choice: Any) -> tuple[Token, ...]:
    """Tokens of a whole reply or of a part of one."""
    content = choice.logprobs.content if choice.logprobs else None
    return tuple(
        Token(
            bytes(token.bytes) if token.bytes else token.token.encode(),
            token.logprob,
            tuple((other.token, other.logprob) for other in token.top_logprobs or ()),
        )
        for token in content or ()
    )
