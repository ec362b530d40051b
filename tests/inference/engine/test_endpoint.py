"""Failures of a server, and of its address, become one line each."""

import pytest

from data_prep.errors import NicheLensError
from inference.engine.endpoint import Endpoint
from tests.chat_server import hang_up, sleep, status

pytest.importorskip("openai", reason="the openai client is not installed; pip install -e '.[serving]'")


@pytest.fixture
def quick(server):
    """Gives up after a third of a second, without another try."""
    return Endpoint(server.url, "stub", timeout=0.3, retries=0)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (status(429), r"too many requests \(429\)"),
        (status(500, "CUDA out of memory"), r"status 500 \(CUDA out of memory\)"),
        (status(400, "no logprobs here"), r"status 400 \(no logprobs here\)"),
        (hang_up, "hung up"),
        (sleep(0.8), "no answer within 0.3 s"),
        (
            lambda handler, _: handler.send(200, "<html>\n<p>hello", "text/html"),
            "none of the chat protocol .*(<html>|without a word)",
        ),
        (lambda handler, _: handler.send(200, "{'a'", "application/json"), "none of the chat protocol"),
        (status(200, '{"error": "busy"}'), "none of the chat protocol"),
        (status(200, '{"choices": []}'), "none of the chat protocol"),
    ],
)
@pytest.mark.parametrize("way", ["ask", "stream"])
def test_what_stays_wrong_is_one_line(server, quick, questions, act, said, way):
    server.script.extend([act, act])
    with pytest.raises(NicheLensError, match=said) as caught:
        list(getattr(quick, way)(questions[0], 8))
    assert str(caught.value).startswith(f"{server.url}/v1: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("localhost:8000", "give http://host:port/v1"),
        ("ftp://host/v1", "give http://host:port/v1"),
        ("http://", "give http://host:port/v1"),
        ("file:///etc/passwd", "give http://host:port/v1"),
        ("gopher://host/v1", "give http://host:port/v1"),
        ("http://169.254.169.254/latest/meta-data", "an address of the network itself"),
        ("http://2852039166/v1", "an address of the network itself"),
        ("http://0xa9fea9fe/v1", "an address of the network itself"),
        ("http://[fe80::1]/v1", "an address of the network itself"),
        ("http://[::ffff:169.254.169.254]/v1", "an address of the network itself"),
        ("http://me:secret@host/v1", "do not belong on the command line"),
        ("http://host/v1?key=secret", "do not belong on the command line"),
    ],
)
def test_addresses_that_are_none(address, said):
    with pytest.raises(NicheLensError, match=said):
        Endpoint(address, "stub")


def test_without_the_client_the_extra_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(NicheLensError, match=r"\.\[serving\]"):
        Endpoint("http://127.0.0.1:1", "stub")
