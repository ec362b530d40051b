"""A served page: with a password nothing is open, and no request reads a file that is not the page's."""

import base64
import json
import secrets
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.web.guard import NO_FETCHING, Credentials
from app.web.serving import Serving

pytest.importorskip("mcp", reason="the mcp package is not installed; pip install -e '.[agents]'")
USER = {"Authorization": "Basic " + base64.b64encode(b"ada:secret").decode()}


@pytest.fixture(scope="module")
def closed(serve: Callable[..., Any]) -> Iterator[str]:
    """A page with a password."""
    with serve(Serving(credentials=Credentials((("ada", "secret"),)), max_file_size="1mb")) as address:
        yield address


def status(address: str, path: str, body: bytes | None = None, **headers: str) -> int:
    """Status of a request."""
    return fetch(address, path, body, **headers)[0]


def fetch(address: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """Status and body of a request; a path is sent as it is written."""
    request = urllib.request.Request(f"{address}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def upload(address: str, content: bytes, name: str = "a.h5ad", **headers: str) -> tuple[int, bytes]:
    """Uploads a file as the page does."""
    head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + b"\r\n--x--\r\n"
    more = {"Content-Type": "multipart/form-data; boundary=x"}
    return fetch(address, "/gradio_api/upload", body, **more, **headers)


GET = [
    "/",
    "/config",
    "/gradio_api/info",
    "/gradio_api/openapi.json",
    "/gradio_api/mcp/",
    "/gradio_api/mcp/schema",
    "/gradio_api/mcp/sse",
    "/gradio_api/queue/data?session_hash=x",
    "/gradio_api/heartbeat/x",
    "/gradio_api/file=/etc/passwd",
    "/assets/index.js",
    "/theme.css",
    "/monitoring/summary",
]
POST = ["/gradio_api/call/v2/list_slides", "/gradio_api/run/list_slides", "/gradio_api/queue/join", "/gradio_api/mcp/"]


@pytest.mark.parametrize("path", GET)
def test_without_the_password_nothing_can_be_read(closed: str, path: str) -> None:
    assert status(closed, path) == 401


@pytest.mark.parametrize("path", POST)
def test_without_the_password_nothing_can_be_called(closed: str, path: str) -> None:
    assert status(closed, path, b"{}", **{"Content-Type": "application/json"}) == 401


def test_without_the_password_nothing_can_be_uploaded(closed: str) -> None:
    assert upload(closed, b"x")[0] == 401


def test_with_the_password_page_api_and_agents_work(closed: str) -> None:
    assert b"NicheLens" in fetch(closed, "/", **USER)[1]
    headers = USER | {"Content-Type": "application/json"}
    code, body = fetch(closed, "/gradio_api/call/v2/list_slides", b"{}", **headers)
    event = json.loads(body)["event_id"]
    assert b"toy.h5ad" in fetch(closed, f"/gradio_api/call/v2/list_slides/{event}", **USER)[1]
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "list_slides", "arguments": {}},
    }
    accept = {"Accept": "application/json, text/event-stream"}
    code, body = fetch(closed, "/gradio_api/mcp/", json.dumps(hello).encode(), **headers, **accept)
    assert code == 200
    assert b"toy.h5ad" in body


def test_a_file_larger_than_allowed_is_refused(closed: str) -> None:
    assert upload(closed, b"x" * 1000, **USER)[0] == 200
    code, body = upload(closed, b"x" * 2_000_000, **USER)
    assert code == 413
    assert b"size" in body.lower()


def test_uploads_lie_under_names_that_nobody_can_guess(address: str) -> None:
    (path,) = json.loads(upload(address, b"mine")[1])
    folder = Path(path).parent
    assert len(folder.name) == 64
    assert fetch(address, f"/gradio_api/file={path}") == (200, b"mine")
    for guess in (folder, folder.parent, f"{folder}/", f"{folder.parent}/{'0' * 64}/a.h5ad", f"{folder}/*"):
        assert status(address, f"/gradio_api/file={guess}") in (403, 404)


@pytest.mark.parametrize("name", ["../../../../tmp/stolen.h5ad", "/etc/stolen", "..\\stolen.h5ad", "a/b/../../c.h5ad"])
def test_the_name_of_an_upload_leads_nowhere(address: str, name: str) -> None:
    code, body = upload(address, b"x", name)
    if code == 200:
        (path,) = json.loads(body)
        (root,) = json.loads(upload(address, b"x")[1])
        assert Path(path).resolve().is_relative_to(Path(root).parents[1])


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "//etc/passwd",
        "../../../../etc/passwd",
        "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "..%2f..%2f..%2fetc%2fpasswd",
        "/proc/self/environ",
        "/dev/stdin",
        "pyproject.toml",
        "app/web/page.py",
        ".git/config",
    ],
)
def test_no_request_reads_other_files_of_the_machine(address: str, allowed_folder: Path, path: str) -> None:
    for start in ("/gradio_api/file=", "/gradio_api/file/", "/static/", "/assets/", "/svelte/"):
        code, body = fetch(address, start + path)
        assert code in (400, 403, 404, 405, 422), start + path
        assert b"root:" not in body
    secret = urllib.parse.quote(str(allowed_folder / "toy.h5ad"))
    assert status(address, f"/gradio_api/file={secret}") == 403  # agents may ask about it, nobody may download it


@pytest.mark.parametrize("place", ["/etc/passwd", "http://127.0.0.1:{port}/a.h5ad", "http://192.0.2.1/a.h5ad"])
def test_what_was_not_uploaded_is_no_upload(address: str, place: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.2)
        path = place.format(port=listener.getsockname()[1])
        for file in ({"path": path}, {"path": "a.h5ad", "url": path}, {"path": path, "url": path}):
            said = open_as_upload(address, file | {"meta": {"_type": "gradio.FileData"}})
            assert NO_FETCHING in said or "because it was not uploaded by a user" in said
        with pytest.raises(TimeoutError):
            listener.accept()


def open_as_upload(address: str, file: dict[str, Any]) -> str:
    """What the page says of a file that a visitor claims to have uploaded."""
    config = json.loads(fetch(address, "/config")[1])
    button = next(part["id"] for part in config["components"] if part["type"] == "uploadbutton")
    event = next(event for event in config["dependencies"] if button in event["inputs"])
    session = secrets.token_hex(4)
    body = {"data": [file if part == button else None for part in event["inputs"]]}
    body |= {"fn_index": event["id"], "session_hash": session}
    json_type = {"Content-Type": "application/json"}
    assert fetch(address, "/gradio_api/queue/join", json.dumps(body).encode(), **json_type)[0] == 200
    with urllib.request.urlopen(f"{address}/gradio_api/queue/data?session_hash={session}", timeout=20) as lines:
        message = next(line for line in lines if b"process_completed" in line)
    output = json.loads(message.removeprefix(b"data: "))
    assert not output["success"]
    return str(output["output"]["error"])


def test_the_page_of_this_machine_has_no_other_name(address: str) -> None:
    assert status(address, "/", Host="evil.example") == 421
    assert status(address, "/gradio_api/mcp/", Host="evil.example") == 421


def test_no_event_of_the_page_has_a_public_name(address: str) -> None:
    config = json.loads(fetch(address, "/config")[1])
    public = {event["api_name"] for event in config["dependencies"] if event["api_visibility"] == "public"}
    assert "open_slide" in public
    assert len(public) == 16
    assert not any(str(name).startswith(("open_file", "choices", "answer")) for name in public)


@pytest.mark.parametrize(
    ("serving", "names"),
    [
        (Serving(), ("127.0.0.1", "localhost", "::1")),
        (Serving(root_path="https://lens.example.org/x"), ("127.0.0.1", "localhost", "::1", "lens.example.org")),
        (Serving(root_path="/x"), None),
        (Serving(host="0.0.0.0"), None),
    ],
)
def test_names_of_the_server(serving: Serving, names: tuple[str, ...] | None) -> None:
    assert serving.host_names == names
