"""A real MCP client and plain HTTP call every tool of a real server."""

import base64
import io
import json
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests import own_loop

pytest.importorskip("mcp", reason="the mcp package is not installed; pip install -e '.[agents]'")
from mcp import ClientSession
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

TOOLS = {
    "list_slides",
    "open_slide",
    "list_niches",
    "list_genes",
    "check_slide",
    "ask",
    "describe",
    "screen",
    "compare_genes",
    "compare_niches",
    "compare_slides",
    "neighbours",
    "similar_genes",
    "niches_like",
    "draw",
    "ledger",
}


def with_client(address: str, use: Callable[[ClientSession], Awaitable[Any]], **headers: str) -> Any:
    """What a function gets from an MCP client that is connected to a server."""

    async def run() -> Any:
        async with (
            create_mcp_http_client(headers=headers) as http,
            streamable_http_client(f"{address}/gradio_api/mcp/", http_client=http) as (reads, writes, _),
            ClientSession(reads, writes) as session,
        ):
            await session.initialize()
            return await use(session)

    return own_loop.run(run)


def call(address: str, name: str, **arguments: Any) -> Any:
    """The result of one tool, called by an MCP client of its own."""
    return with_client(address, lambda session: session.call_tool(name, arguments))


def content_of(result: Any) -> dict[str, Any]:
    """The JSON of a result without errors."""
    assert not result.isError, result.content
    (text,) = result.content
    return json.loads(text.text)


def error_of(result: Any) -> str:
    """The line of a result that is an error."""
    assert result.isError
    (text,) = result.content
    return text.text


@pytest.fixture(scope="module")
def slide(address: str) -> str:
    """Id of the toy slide."""
    return content_of(call(address, "open_slide", path="toy.h5ad"))["slices"][0]["slide"]


def test_the_tools_are_described(address: str) -> None:
    listed = with_client(address, lambda session: session.list_tools()).tools
    assert {tool.name for tool in listed} == TOOLS  # and none of the page's own events
    by_name = {tool.name: tool for tool in listed}
    assert by_name["ask"].description.startswith("Asks about a gene in a niche (is it a marker")
    assert "Returns: The answer in words" in by_name["ask"].description
    schema = by_name["screen"].inputSchema
    assert schema["required"] == ["slide"]
    assert schema["properties"]["genes"]["items"] == {"type": "string"}
    for tool in listed:
        for name, argument in tool.inputSchema["properties"].items():
            assert argument["description"].endswith("."), (tool.name, name)


def test_an_agent_is_told_how_to_begin(address: str) -> None:
    async def hello() -> Any:
        async with (
            streamable_http_client(f"{address}/gradio_api/mcp/") as (reads, writes, _),
            ClientSession(reads, writes) as session,
        ):
            return await session.initialize()

    told = own_loop.run(hello)
    assert told.serverInfo.name == "NicheLens"
    named = set(re.findall(r"\b[a-z]+_[a-z]+\b", told.instructions))
    assert named
    assert named <= TOOLS


def test_a_client_calls_every_tool(address: str, slide: str) -> None:
    listed = content_of(call(address, "list_slides"))
    assert [Path(path).name for path in listed["files"]] == ["toy.h5ad"]
    arguments = {
        "list_niches": {},
        "list_genes": {"query": "GENE1"},
        "check_slide": {},
        "ask": {"gene": "GENE0", "niche": "Layer 1"},
        "describe": {"niche": "Layer 1", "genes": 4},
        "screen": {"niche": "Layer 1", "genes": ["GENE0", "GENE1"]},
        "compare_genes": {"genes": ["GENE0", "GENE4"]},
        "compare_niches": {"niche": "Layer 1", "other": "Layer 2"},
        "compare_slides": {"other_slide": slide, "niche": "Layer 1", "other": "Layer 2"},
        "neighbours": {"niche": "Layer 1"},
        "similar_genes": {"gene": "GENE0"},
        "niches_like": {"niche": "Layer 1", "other_slides": [slide]},
        "ledger": {"text": "This gene is enriched in the niche.", "gene": "GENE0", "niche": "Layer 1"},
    }
    assert {*arguments, "list_slides", "open_slide", "draw"} == TOOLS

    async def call_all(session: ClientSession) -> dict[str, Any]:
        return {name: await session.call_tool(name, {"slide": slide, **more}) for name, more in arguments.items()}

    results = {name: content_of(result) for name, result in with_client(address, call_all).items()}
    assert len(results["list_niches"]["niches"]) == 4
    assert results["list_genes"]["genes"][0] == "GENE1"
    assert results["ask"]["ledger"]["claims"]
    assert results["describe"]["description"]
    assert {row["gene"] for row in results["screen"]["rows"]} == {"GENE0", "GENE1"}
    assert results["compare_genes"]["pairs"][0]["verdict"] == "supported"
    assert results["compare_niches"]["a"]["niche"] == results["compare_slides"]["a"]["niche"] == "Layer 1"
    assert results["neighbours"]["neighbours"][0]["verdict"] == "supported"
    assert results["ledger"]["claims"][0]["verdict"] == "supported"


def test_a_drawing_is_an_image_with_words(address: str, slide: str) -> None:
    result = call(address, "draw", slide=slide, kind="focus", gene="GENE0", niche="Layer 1", size=256)
    assert not result.isError, result.content
    image, link, words = result.content
    assert (image.type, image.mimeType) == ("image", "image/png")
    assert Image.open(io.BytesIO(base64.b64decode(image.data))).size == (256, 256)
    assert link.text.startswith("Image URL: http://127.0.0.1")
    assert words.text.startswith("GENE0: Layer 1 in colour")


@pytest.mark.parametrize(
    ("name", "arguments", "line"),
    [
        ("ask", {"gene": "GENE00", "niche": "Layer 1"}, "toy: no gene 'GENE00'; did you mean 'GENE0'"),
        ("draw", {"kind": "photo"}, "there is no picture of the kind 'photo'"),
        ("list_genes", {"limit": "many"}, "'many' is not of type 'integer'"),
    ],
)
def test_bad_arguments_are_an_error_of_one_line(
    address: str, slide: str, name: str, arguments: dict[str, Any], line: str
) -> None:
    error = error_of(call(address, name, slide=slide, **arguments))
    assert line in error
    assert "\n" not in error


def test_a_client_without_the_id_sees_nothing(address: str, slide: str) -> None:
    other = content_of(call(address, "open_slide", path="toy.h5ad"))["slices"][0]["slide"]
    assert other != slide
    for guess in ("", "0", slide[:-3], slide.swapcase(), "toy.h5ad"):
        assert "no slide is open under the id" in error_of(call(address, "list_niches", slide=guess))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("../secret.h5ad", "is outside the folders that this server opens"),
        ("/etc/passwd", "is outside"),
        ("toy.h5ad/../../secret.h5ad", "is outside"),
        ("http://169.254.169.254/latest/meta-data", "is an address"),
        ("file:///etc/passwd", "is an address"),
    ],
)
def test_no_path_leads_out_of_the_allowed_folders(address: str, path: str, line: str) -> None:
    assert line in error_of(call(address, "open_slide", path=path))
    assert line in post(address, "open_slide", expect="error", path=path)["error"]


def test_an_address_opens_no_connection(address: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.5)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/slide.h5ad"
        for name, arguments in {
            "open_slide": {"path": url},
            "list_niches": {"slide": url},
            "ledger": {"slide": url, "text": url},
        }.items():
            error_of(call(address, name, **arguments))
        for path in (f"file={url}", f"proxy={url}"):
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(f"{address}/gradio_api/{path}")
        with pytest.raises(TimeoutError):
            listener.accept()


def test_every_tool_is_a_rest_endpoint(address: str) -> None:
    opened = post(address, "open_slide", path="toy.h5ad")
    slide = opened["slices"][0]["slide"]
    assert [niche["spots"] for niche in post(address, "list_niches", slide=slide)["niches"]] == [64] * 4
    picture = post(address, "draw", slide=slide, kind="niches")
    with urllib.request.urlopen(picture["url"]) as response:
        assert Image.open(io.BytesIO(response.read())).size == (448, 448)
    with urllib.request.urlopen(f"{address}/gradio_api/info") as response:
        endpoints = json.load(response)["named_endpoints"]
    assert set(endpoints) == {f"/{name}" for name in TOOLS}
    error = post(address, "list_genes", expect="error", slide=slide, query=5)["error"]
    assert error == "list_genes: 'query' must be text"


def post(address: str, name: str, expect: str = "complete", **arguments: Any) -> dict[str, Any]:
    """Calls a tool through its REST endpoint."""
    body = json.dumps(arguments).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/gradio_api/call/v2/{name}", body, headers)
    with urllib.request.urlopen(request) as response:
        event = json.load(response)["event_id"]
    with urllib.request.urlopen(f"{address}/gradio_api/call/v2/{name}/{event}") as response:
        kind, data_line = response.read().decode().splitlines()[:2]
    assert kind == f"event: {expect}"
    result = json.loads(data_line.removeprefix("data: "))
    return result[0] if expect == "complete" else result  # a drawing also has words
