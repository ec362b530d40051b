"""The guard passes on what comes from a user, to a name of this server, and asks for nothing elsewhere."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from app.web import guard
from app.web.guard import LOOPBACK_HOSTS, Credentials, Guard
from tests import own_loop

USERS = Credentials((("ada", "pass:word"), ("zoë", "ünder")))


def basic(user: str) -> str:
    return "Basic " + base64.b64encode(user.encode()).decode()


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, dict[str, str]]]:
    """Status and headers of the answer to one request; 200 comes from the application behind the guard."""
    monkeypatch.setattr(guard, "_SECONDS_AFTER_WRONG", 0.0)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    def request(made: dict[str, Any], path: str = "/", **headers: str) -> tuple[int, dict[str, str]]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        lines = [(name.encode(), value.encode("latin-1")) for name, value in ({"host": "127.0.0.1"} | headers).items()]
        scope = {"type": "http", "path": path, "headers": lines}
        own_loop.run(Guard(application, **made), scope, None, send)
        return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}

    return request


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info", "/gradio_api/mcp/", "/gradio_api/file=/tmp/x"])
def test_every_path_needs_a_user(answer: Callable, path: str) -> None:
    made = {"credentials": USERS}
    status, headers = answer(made, path)
    assert status == 401
    assert headers["www-authenticate"].startswith("Basic ")
    for user in ("ada:pass:word", "zoë:ünder"):
        assert answer(made, path, authorization=basic(user))[0] == 200
    wrong = [
        *map(basic, ("ada:", "ada:pass", "ada:pass:word ", "ADA:pass:word", "zoë:pass:word", ":", "")),
        basic("ada:pass:word").replace("Basic", "Bearer"),
        "Basic",
        "Basic %%%",
        "Basic ünder",
    ]
    for header in wrong:
        assert answer(made, path, authorization=header)[0] == 401, header


def test_only_the_start_of_the_page_needs_no_user(answer: Callable) -> None:
    made = {"credentials": USERS}
    assert answer(made, "/gradio_api/startup-events")[0] == 200
    assert answer(made, "/gradio_api/startup-events/../info")[0] == 401


def test_without_credentials_everybody_may_come(answer: Callable) -> None:
    assert answer({})[0] == 200


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "LOCALHOST:1", "[::1]:7860"])
def test_a_local_page_has_local_names(answer: Callable, host: str) -> None:
    assert answer({"hosts": LOOPBACK_HOSTS}, host=host)[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:7860", "", "a@localhost:x", "[::1]x"])
def test_a_local_page_has_no_other_name(answer: Callable, host: str) -> None:
    assert answer({"hosts": LOOPBACK_HOSTS}, host=host)[0] == 421
    assert answer({}, host=host)[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/proxy=https://example.org/",
        "/gradio_api/file=http://169.254.169.254/latest",
        "/gradio_api/file=HTTPS://example.org",
        "/gradio_api/file/https://example.org",
        "/lens/gradio_api/file=ftp://example.org",
    ],
)
def test_the_server_fetches_nothing_for_visitors(answer: Callable, path: str) -> None:
    assert answer({}, path)[0] == 403
    assert answer({}, "/gradio_api/file=/tmp/gradio/a/b.png")[0] == 200
    assert answer({}, "/gradio_api/file=C:/Temp/b.png")[0] == 200


def test_passwords_stay_out_of_the_representation() -> None:
    assert "word" not in repr(USERS)
    assert "ada" in repr(USERS)
