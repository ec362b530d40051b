"""Files of knowledge are fetched whole and once, or nothing of them stays; the server is one of the test's own."""

import gzip
import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from data_prep.errors import NicheLensError
from data_prep.knowledge import fetching
from data_prep.knowledge.fetching import fetch_source
from data_prep.knowledge.public_sources import PUBLIC_SOURCES, PublicSource
from data_prep.knowledge.reading import read_knowledge

GMT = b"HYPOXIA\thttp://x\tPGK1\tPDK1\nGLYCOLYSIS\t\tENO1\n"


class Server:
    """Answers each path with what a test put there: (status, headers, body); it counts the requests."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.n_requests = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.n_requests += 1
                status, headers, body = server.answers.get(self.path, (404, {}, b"<html>no such page</html>"))
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def put(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        self.answers[path] = status, {name.replace("_", "-"): value for name, value in headers.items()}, body
        return self.url + path

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    running = Server()
    yield running
    running.stop()


def source(address: str, file: str = "sets.gmt", **more: str) -> PublicSource:
    return PublicSource(address, file, "gene sets", "CC0", **more)


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_file_is_noted_read_and_fetched_once(server: Server, tmp_path: Path) -> None:
    one = source(server.put("/s", GMT, Last_Modified="Sat, 21 Nov 2026 07:28:00 GMT"))
    folder = tmp_path / "new" / "folder"
    first = fetch_source("sets", one, folder)
    assert (first.path, first.version, first.n_bytes, first.is_new) == (
        folder / "sets.gmt",
        "2026-11-21",
        len(GMT),
        True,
    )
    assert left_in(folder) == ["sets.gmt", "sources.json"]
    noted = json.loads((folder / "sources.json").read_text())["sets.gmt"]
    assert noted["sha256"] == hashlib.sha256(GMT).hexdigest()
    assert (noted["address"], noted["version"]) == (one.address, "2026-11-21")
    assert str(read_knowledge([folder]).sources[0]) == "sets.gmt (2026-11-21)"
    again = fetch_source("sets", one, folder)
    assert (again.is_new, again.version, server.n_requests) == (False, "2026-11-21", 1)
    server.put("/s", GMT + b"MORE\t\tLDHA\n")
    assert fetch_source("sets", one, folder, overwrite=True).is_new
    assert len(read_knowledge([folder]).lists) == 3


def test_the_release_of_the_address_is_the_version_and_other_notes_stay(server: Server, tmp_path: Path) -> None:
    address = server.put("/s", GMT)
    fetch_source("a", source(address, "a.gmt", version="2024.1"), tmp_path)
    dated = fetch_source("b", source(address, "b.gmt"), tmp_path)
    assert dated.version.startswith("fetched 20")
    assert [str(one) for one in read_knowledge([tmp_path]).sources] == ["a.gmt (2024.1)", f"b.gmt ({dated.version})"]


def test_a_file_of_the_user_is_not_replaced(server: Server, tmp_path: Path) -> None:
    one = source(server.put("/s", GMT))
    (tmp_path / "sets.gmt").write_text("MINE\t\tA\n")
    with pytest.raises(NicheLensError, match=r"sets.gmt: exists and is not what was fetched; pass --overwrite"):
        fetch_source("sets", one, tmp_path)
    assert server.n_requests == 0
    fetch_source("sets", one, tmp_path, overwrite=True)
    assert (tmp_path / "sets.gmt").read_bytes() == GMT
    (tmp_path / "sets.gmt").write_text("EDITED\t\tA\n")
    with pytest.raises(NicheLensError, match="is not what was fetched"):
        fetch_source("sets", one, tmp_path)


def test_a_pinned_file_must_be_the_same(server: Server, tmp_path: Path) -> None:
    address, digest = server.put("/s", GMT), hashlib.sha256(GMT).hexdigest()
    assert fetch_source("sets", source(address, sha256=digest), tmp_path).is_new
    with pytest.raises(NicheLensError, match="sent another file than the one that NicheLens knows"):
        fetch_source("sets", source(address, "other.gmt", sha256="0" * 64), tmp_path)
    assert left_in(tmp_path) == ["sets.gmt", "sources.json"]


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_one_member_of_an_archive_is_kept(server: Server, tmp_path: Path) -> None:
    archive = zipped(**{"../evil.gmt": b"x", "sets.gmt": GMT})
    one = source(server.put("/s.zip", archive), member="sets.gmt", sha256=hashlib.sha256(archive).hexdigest())
    fetch_source("sets", one, tmp_path / "kept")
    assert left_in(tmp_path) == ["kept"]
    assert left_in(tmp_path / "kept") == ["sets.gmt", "sources.json"]
    assert (tmp_path / "kept" / "sets.gmt").read_bytes() == GMT
    noted = json.loads((tmp_path / "kept" / "sources.json").read_text())["sets.gmt"]
    assert (noted["sha256"], noted["sha256_of_archive"]) == (hashlib.sha256(GMT).hexdigest(), one.sha256)
    assert fetch_source("sets", one, tmp_path / "kept").is_new is False


def test_what_cannot_be_used_leaves_nothing_behind(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MAX_FILE_BYTES", 1000)
    html = b"<!DOCTYPE html><html><body>Down for maintenance</body></html>"
    cases = {
        "gone": (source(f"{server.url}/gone"), "answers 404 Not Found"),
        "broken": (source(server.put("/500", b"x", status=500)), "answers 500"),
        "page": (source(server.put("/page", html)), "sent something else than its data .*no format that is known"),
        "empty": (source(server.put("/empty", b"")), "sent something else than its data .*is empty"),
        "cut": (source(server.put("/cut", GMT, Content_Length="999")), "44 of 999 bytes came"),
        "cut gzip": (source(server.put("/gz", gzip.compress(GMT)[:-9])), "its gzip is cut off"),
        "large": (source(server.put("/large", b"A\t\tB\n" * 500)), "sends more than"),
        "no zip": (source(server.put("/nozip", GMT), member="a"), "sent no zip archive with a"),
        "other zip": (source(server.put("/other", zipped(b=GMT)), member="a"), "sent no zip archive with a"),
        "bomb": (source(server.put("/bomb", zipped(a=b"x" * 10**5)), member="a"), "a unpacks to more than"),
        "file": (source(server.put("/f", b"", status=302, Location="file:///etc/passwd")), "is not allowed"),
        "ftp": (source(server.put("/ftp", b"", status=301, Location="ftp://127.0.0.1/x")), "another kind of address"),
        "circle": (source(server.put("/o", b"", status=302, Location="/o")), "answers 302"),
        "scheme": (source("file:///etc/passwd"), "is no address of the web"),
        "no server": (source("http://127.0.0.1:9/x"), "cannot be fetched from http://127.0.0.1:9/x"),
        "no host": (source("http://no.such.host.invalid/x"), "connect this machine to the network"),
    }
    for name, (one, message) in cases.items():
        with pytest.raises(NicheLensError, match=f"^{name}: .*{message}") as caught:
            fetch_source(name, one, tmp_path / "folder")
        assert "\n" not in str(caught.value)
        assert left_in(tmp_path) == [], name


def test_a_redirect_on_the_web_is_followed(server: Server, tmp_path: Path) -> None:
    server.put("/s", GMT)
    assert fetch_source("sets", source(server.put("/old", b"", status=301, Location="/s")), tmp_path).is_new


def test_a_silent_server_is_given_up(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SILENCE_SECONDS", 0.2)
    with pytest.raises(NicheLensError, match=r"sets: cannot be fetched from .*timed out"):
        fetch_source("sets", source(server.put("/s", GMT, Content_Length="999", Connection="keep-alive")), tmp_path)
    assert left_in(tmp_path) == []


def test_a_slow_server_is_given_up(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "LONGEST_SECONDS", -1)
    with pytest.raises(NicheLensError, match="takes longer than"):
        fetch_source("sets", source(server.put("/s", GMT)), tmp_path)
    assert left_in(tmp_path) == []


def test_an_earlier_file_stays_when_a_new_one_cannot_be_fetched(server: Server, tmp_path: Path) -> None:
    one = source(server.put("/s", GMT))
    fetch_source("sets", one, tmp_path)
    before = (tmp_path / "sources.json").read_text()
    server.put("/s", b"<html>")
    with pytest.raises(NicheLensError, match="sent something else"):
        fetch_source("sets", one, tmp_path, overwrite=True)
    assert ((tmp_path / "sets.gmt").read_bytes(), (tmp_path / "sources.json").read_text()) == (GMT, before)


def test_a_folder_that_is_a_file_and_damaged_notes_are_refused(server: Server, tmp_path: Path) -> None:
    one = source(server.put("/s", GMT))
    (tmp_path / "file").touch()
    with pytest.raises(NicheLensError, match=r"file: is a file; choose another folder"):
        fetch_source("sets", one, tmp_path / "file")
    (tmp_path / "sources.json").write_text("[]")
    with pytest.raises(NicheLensError, match=r"sources.json is not a JSON object"):
        fetch_source("sets", one, tmp_path)
    assert server.n_requests == 0


def test_the_table_is_in_order() -> None:
    files = [one.file for one in PUBLIC_SOURCES.values()]
    assert len(set(files)) == len(files)
    for name, one in PUBLIC_SOURCES.items():
        assert one.address.startswith("https://"), name
        assert Path(one.file).name == one.file
        assert one.about
        assert one.terms
        assert len(one.sha256) in (0, 64)
