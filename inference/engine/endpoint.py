"""A server that speaks OpenAI's chat protocol, such as vLLM or `transformers serve`.

Questions go there one by one, pictures as PNG data URLs, and what goes wrong comes back as one line that says what to
do. The `openai` client sends again what met 429, 5xx or a lost connection.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from data_prep.errors import NicheLensError, first_line
from data_prep.figures.png import encode_png
from data_prep.tasks import Question

if TYPE_CHECKING:
    from openai import OpenAI

KEY_VARIABLES = ("NICHELENS_API_KEY", "OPENAI_API_KEY")
"""Environment variables with the key of the server; the first that is set counts."""
RETRIES = 4
"""Before them the client waits 0.5 s, 1 s, 2 s, ..., or as long as Retry-After says, up to two minutes."""
SILENCE_SECONDS = 120.0
"""A server that says nothing for so long is given up: before the first answer it may have to load the model."""
CONNECT_SECONDS = 10.0
_QUOTED = 200
"""Letters of a server's own words that an error quotes."""


@dataclass(frozen=True)
class Token:
    """A token of a reply: its letters in UTF-8, its log probability, and those of the likeliest tokens in its place."""

    letters: bytes
    logprob: float
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Reply:
    """What a server answered; ``tokens`` is empty where it gives no log probabilities, or was not asked for them."""

    text: str
    tokens: tuple[Token, ...] = ()


class Endpoint:
    """A model of a server.

    Args:
        address: of the server, ``http://host:8000`` or ``http://host:8000/v1``.
        model: what the server calls the model; "" only to see its ``models``.
        silence: seconds after which a silent server is given up.
        retries: how often a question is sent again.

    Raises:
        NicheLensError: no address, a key in it, or the `openai` client is not installed.
    """

    def __init__(self, address: str, model: str, *, silence: float = SILENCE_SECONDS, retries: int = RETRIES) -> None:
        self.url = _read_address(address)
        self.model = model
        self.silence = silence
        self.retries = retries
        self._client = _connect(self.url, silence, retries)

    def models(self) -> list[str] | None:
        """Names of the models that the server lists; None where it has no list.

        Raises:
            NicheLensError: no server there, or it refuses the key.
        """
        from openai import APIStatusError

        with self._in_one_line():
            try:
                return [str(model.id) for model in self._client.with_options(max_retries=0).models.list()]
            except APIStatusError as refusal:
                if refusal.status_code in (401, 403):
                    raise
                return None

    def ask(self, question: Question, max_tokens: int, alternatives: int | None = None) -> Reply:
        """Asks one question and waits for the whole answer.

        Args:
            question: what is asked.
            max_tokens: longest answer in tokens.
            alternatives: log probabilities are asked for, and this many likeliest tokens in the place of each; None
                asks for none.

        Raises:
            NicheLensError: see ``_advice``.
        """
        request = self._request(question, max_tokens, alternatives)
        with self._in_one_line():
            found = self._client.chat.completions.create(**request)
            if isinstance(found, str):  # what the client makes of an answer that is no JSON
                raise ValueError(found)
            (choice,) = found.choices
            return Reply(choice.message.content or "", _tokens(choice))

    def stream(self, question: Question, max_tokens: int, alternatives: int | None = None) -> Iterator[Reply]:
        """The reply so far, each time it grows; arguments and errors as for ``ask``.

        Where the connection is lost on the way, the question is asked once more and the reply comes as a whole.
        """
        from openai import APIConnectionError, APITimeoutError

        request = self._request(question, max_tokens, alternatives)
        said: Reply | None = None
        is_whole = False
        try:
            with self._in_one_line(), self._client.chat.completions.create(**request, stream=True) as parts:
                for part in parts:
                    for choice in part.choices:  # a last part may have none
                        said = said or Reply("")
                        said = Reply(said.text + (choice.delta.content or ""), said.tokens + _tokens(choice))
                        is_whole = bool(choice.finish_reason)
                        yield said
                if said is None:
                    msg = "a stream without a word"
                    raise ValueError(msg)
        except NicheLensError as error:
            lost = error.__cause__
            if said is None or isinstance(lost, APITimeoutError) or not isinstance(lost, APIConnectionError):
                raise
        if not is_whole:
            yield self.ask(question, max_tokens, alternatives)

    def _request(self, question: Question, max_tokens: int, alternatives: int | None) -> dict[str, Any]:
        pictures = [{"type": "image_url", "image_url": {"url": _data_url(image)}} for image in question.images]
        request: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": "user", "content": [*pictures, {"type": "text", "text": question.prompt}]}],
            "max_tokens": max_tokens,
            "temperature": 0,
            "frequency_penalty": 0,  # `transformers serve` else takes the repetition penalty of the model's folder
            "extra_body": {"chat_template_kwargs": {"enable_thinking": False}},
        }
        if alternatives is not None:
            request |= {"logprobs": True, "top_logprobs": alternatives}
        return request

    @contextmanager
    def _in_one_line(self) -> Iterator[None]:
        """Turns what the client raises into one line that says what to do."""
        from openai import OpenAIError

        try:
            yield
        except (OpenAIError, ValueError, AttributeError, TypeError) as error:  # the last three: not what was asked for
            msg = f"{self.url}: {self._advice(error)}"
            raise NicheLensError(msg) from error

    def _advice(self, error: Exception) -> str:
        """What went wrong at the server, and what to do."""
        import openai

        if isinstance(error, openai.APITimeoutError):
            return f"no answer within {self.silence:g} s; is it overloaded, or still loading the model?"
        if isinstance(error, openai.APIConnectionError):
            return f"no server there, or it hung up ({error.__cause__ or error}); start one, or check --endpoint"
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return f"refuses the API key; set {KEY_VARIABLES[0]} in the environment to the server's"
        if isinstance(error, openai.NotFoundError):
            listed = self.models()
            if listed is None:
                return "no OpenAI-compatible server there (404); check --endpoint"
            return f"has no model '{self.model}'; it has {name_models(listed)}"
        if isinstance(error, openai.RateLimitError):
            return "too many requests (429), also after waiting; ask later"
        if isinstance(error, openai.APIStatusError):
            said = " ".join(error.response.text.split())[:_QUOTED]
            return f"refuses the question with status {error.status_code} ({said}); see what the server writes"
        said = f" ({first_line(error)[:_QUOTED]})" if isinstance(error, openai.APIError | ValueError) else ""
        if isinstance(error, openai.APIError):
            return f"failed while it answered{said}; see what the server writes"
        return f"its answer is none of the chat protocol{said}; is it an OpenAI-compatible server?"


def name_models(names: list[str]) -> str:
    """Names for an error message."""
    return ", ".join(f"'{name}'" for name in names) or "none"


def _read_address(address: str) -> str:
    """The address with its path, ``/v1`` where none is given."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        msg = f"--endpoint {address}: is no address; give http://host:port/v1"
        raise NicheLensError(msg)
    if parts.username or parts.password or parts.query:
        msg = f"--endpoint: keys do not belong on the command line; set {KEY_VARIABLES[0]} in the environment"
        raise NicheLensError(msg)
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path or '/v1'}"


def _connect(url: str, silence: float, retries: int) -> OpenAI:
    try:
        from openai import OpenAI, Timeout
    except ImportError as error:
        msg = "--endpoint needs the openai client; pip install -e '.[serving]'"
        raise NicheLensError(msg) from error
    keys = (os.environ.get(name, "").strip() for name in KEY_VARIABLES)
    return OpenAI(
        base_url=url,
        api_key=next(filter(None, keys), "none"),  # the client does not go without; servers without keys ignore it
        timeout=Timeout(silence, connect=min(silence, CONNECT_SECONDS)),
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


def _data_url(image: Any) -> str:
    return "data:image/png;base64," + base64.b64encode(encode_png(image)).decode("ascii")
