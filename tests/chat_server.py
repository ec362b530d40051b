"""A small server of OpenAI's chat protocol on loopback, which answers, refuses, stalls and hangs up as it is told."""

import base64
import io
import json
import math
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from PIL import Image

Act = Callable[["_Handler", dict[str, Any]], None]


class ChatServer(ThreadingHTTPServer):
    """Answers every question with ``answer(prompt, pictures)``, after the acts in ``script`` are used up, one each.

    Attributes:
        models: names that it lists; None for a server without a list.
        key: what it wants as API key; "" for nothing.
        gives_logprobs: whether it says how probable its words were.
        first_words: word → log probability of the likeliest first words, where it does.
        seconds: it takes for an answer.
        asked: bodies of the questions that came in.
        keys: API keys that came in.
        most_at_once: questions that were being answered at the same time, at most.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.models: list[str] | None = ["stub"]
        self.key = ""
        self.answer: Callable[[str, list[np.ndarray]], str] = lambda prompt, pictures: "Yes. It is."
        self.gives_logprobs = False
        self.first_words = {"Yes": math.log(0.75), "No": math.log(0.25)}
        self.seconds = 0.0
        self.script: deque[Act] = deque()
        self.asked: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        self.most_at_once = self._now = 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Its address, without the path."""
        return f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def answering(self, body: dict[str, Any]) -> Iterator[Act | None]:
        """Counts a question, and gives what is to be done instead of answering it."""
        with self._lock:
            self.asked.append(body)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            act = self.script.popleft() if self.script else None
        try:
            yield act
        finally:
            with self._lock:
                self._now -= 1

    def handle_error(self, *_: object) -> None:
        """Says nothing of clients that hang up."""


@contextmanager
def running() -> Iterator[ChatServer]:
    """A server for the time of a ``with``."""
    server = ChatServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status(code: int, body: str = "{}", **headers: str) -> Act:
    """Answers with a status; ``retry_after="1"`` becomes a header."""
    return lambda handler, _: handler.send(code, body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def hang_up(handler: "_Handler", _: dict[str, Any]) -> None:
    """Closes the connection without a word."""
    handler.close_connection = True
    handler.connection.close()


def hang_up_after(words: str, *, politely: bool = False) -> Act:
    """Streams some words and closes the connection in the middle of the answer, or ends it there ``politely``."""

    def act(handler: "_Handler", _: dict[str, Any]) -> None:
        handler.start_stream()
        handler.send_part({"content": words})
        if politely:
            handler.wfile.write(b"data: [DONE]\n\n")
        hang_up(handler, {})

    return act


def sleep(seconds: float) -> Act:
    """Says nothing for a while, then answers."""

    def act(handler: "_Handler", body: dict[str, Any]) -> None:
        time.sleep(seconds)
        handler.reply(body)

    return act


def say(words: str, *calls: tuple[str, dict[str, Any] | str]) -> Act:
    """Streams words, then calls of tools: pairs of a name and its arguments, or of a name and what is not JSON."""

    def act(handler: "_Handler", _: dict[str, Any]) -> None:
        handler.start_stream()
        for word in words.split(" ") if words else ():
            handler.send_part({"content": f"{word} "})
        for number, (name, arguments) in enumerate(calls):
            written = arguments if isinstance(arguments, str) else json.dumps(arguments)
            begun = {"index": number, "id": f"call-{number}", "type": "function", "function": {"name": name}}
            handler.send_part({"tool_calls": [begun]})
            for half in (written[: len(written) // 2], written[len(written) // 2 :]):
                handler.send_part({"tool_calls": [{"index": number, "function": {"arguments": half}}]})
        handler.send_part({}, finish_reason="tool_calls" if calls else "stop")
        handler.wfile.write(b"data: [DONE]\n\n")
        handler.close_connection = True

    return act


class _Handler(BaseHTTPRequestHandler):
    server: ChatServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self._is_let_in():
            return
        if self.path != "/v1/models" or self.server.models is None:
            self.send(404, '{"detail": "Not Found"}')
        else:
            listed = [{"id": name, "object": "model"} for name in self.server.models]
            self.send(200, json.dumps({"object": "list", "data": listed}))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._is_let_in():
            return
        with self.server.answering(body) as act:
            time.sleep(self.server.seconds)
            (act or _Handler.answer)(self, body)

    def answer(self, body: dict[str, Any]) -> None:
        if self.path != "/v1/chat/completions" or (self.server.models and body["model"] not in self.server.models):
            self.send(404, json.dumps({"error": {"message": f"no model {body['model']}", "code": 404}}))
        else:
            self.reply(body)

    def reply(self, body: dict[str, Any]) -> None:
        """Answers a question, cut after as many words as it allows tokens: here each word is a token."""
        (message,) = body["messages"]
        *pictures, text = message["content"]
        said = self.server.answer(text["text"], [_decode(part["image_url"]["url"]) for part in pictures])
        words = [word if i == 0 else f" {word}" for i, word in enumerate(said.split(" "))][: body["max_tokens"]]
        tokens = [self._token(word, i == 0, body) for i, word in enumerate(words)]
        is_wanted = self.server.gives_logprobs and body.get("logprobs")
        if body.get("stream"):
            self.start_stream()
            for word, token in zip(words, tokens, strict=True):
                self.send_part({"content": word}, {"content": [token]} if is_wanted else None)
            self.send_part({}, finish_reason="stop")
            self.wfile.write(b"data: [DONE]\n\n")
            self.close_connection = True
        else:
            # An end of turn is among the tokens, but no part of the text.
            end = self._token("<end>", False, body)
            choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
            choice["message"] = {"role": "assistant", "content": "".join(words)}
            choice["logprobs"] = {"content": [*tokens, end]} if is_wanted else None
            self.send(200, json.dumps({"id": "1", "object": "chat.completion", "choices": [choice]}))

    def start_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", "1000000")  # never reached, so that hanging up early is noticed
        self.end_headers()

    def send_part(
        self, delta: dict[str, Any], logprobs: dict[str, Any] | None = None, finish_reason: str | None = None
    ) -> None:
        choice = {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish_reason}
        part = {"id": "1", "object": "chat.completion.chunk", "choices": [choice]}
        self.wfile.write(f"data: {json.dumps(part)}\n\n".encode())
        self.wfile.flush()

    def send(self, code: int, body: str, kind: str = "application/json", headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""

    def _is_let_in(self) -> bool:
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.server.keys.add(key)
        if self.server.key in ("", key):
            return True
        self.send(401, '{"error": {"message": "wrong key"}}')
        return False

    def _token(self, word: str, is_first: bool, body: dict[str, Any]) -> dict[str, Any]:
        likely = self.server.first_words if is_first else {word: math.log(0.5)}
        shown = [{"token": t, "logprob": p, "bytes": None} for t, p in likely.items()][: body.get("top_logprobs")]
        return {
            "token": word,
            "logprob": likely.get(word, math.log(0.5)),
            "bytes": list(word.encode()),
            "top_logprobs": shown,
        }


def _decode(url: str) -> np.ndarray:
    kind, _, content = url.partition(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB"))
