"""`nichelens fetch-knowledge`: lists what there is, fetches it, and says what it could not fetch."""

import functools
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from data_prep.knowledge import public_sources
from data_prep.knowledge.public_sources import PUBLIC_SOURCES, PublicSource
from data_prep.knowledge.reading import read_knowledge

MARKERS = "cell type\tgene\nAstrocytes\tGFAP\n"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, PublicSource]]:
    """Two sources on a server of the test's own, the second of which is missing."""
    monkeypatch.setenv("no_proxy", "*")
    served = tmp_path / "served"
    served.mkdir()
    (served / "markers.tsv").write_text(MARKERS)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(served)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    table = {
        "markers": PublicSource(f"{url}/markers.tsv", "markers.tsv", "markers of cells", "CC0", version="7"),
        "gone": PublicSource(f"{url}/gone.gmt", "gone.gmt", "sets", "CC0"),
    }
    monkeypatch.setattr(public_sources, "PUBLIC_SOURCES", table)
    yield table
    server.shutdown()
    server.server_close()


def test_the_list_has_names_terms_and_addresses(run: Callable) -> None:
    ran = run("fetch-knowledge", "--list")
    assert ran.code == 0
    for name, source in PUBLIC_SOURCES.items():
        assert f"{name}: {source.about}; {source.terms}\n  {source.address}\n" in ran.out
    assert len(run("fetch-knowledge", "hallmark", "--list").out.splitlines()) == 2


def test_a_file_is_fetched_once_and_can_be_read(run: Callable, sources: dict, tmp_path: Path) -> None:
    out = tmp_path / "knowledge"
    ran = run("fetch-knowledge", "markers", "--out", out)
    assert (ran.code, ran.out) == (0, f"{out / 'markers.tsv'}: fetched, 0.0 MB, 7 (CC0)\n")
    assert ran.err == [f"fetching markers from {sources['markers'].address}"]
    assert str(read_knowledge([out]).lists["Astrocytes"].first_citation) == "markers.tsv (7), line 2"
    assert "is there already" in run("fetch-knowledge", "markers", "--out", out).out
    assert ": fetched," in run("fetch-knowledge", "markers", "--out", out, "--overwrite").out


def test_what_is_not_fetched_is_said_and_the_rest_is_kept(run: Callable, sources: dict, tmp_path: Path) -> None:
    out = tmp_path / "knowledge"
    ran = run("fetch-knowledge", "--out", out, "-q")
    assert ran.code == 2
    reason, summary = ran.err
    assert reason.startswith(f"error: gone: {sources['gone'].address} answers 404")
    assert summary == "error: 1 of 2 files are not fetched: gone; run the command again"
    assert (out / "markers.tsv").read_text() == MARKERS
    assert not (out / "gone.gmt").exists()
    alone = run("fetch-knowledge", "gone", "--out", out, "-q")
    assert (alone.code, alone.err) == (2, [reason])


def test_bad_arguments_end_in_one_line(run: Callable, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for arguments, message in (
        (("hallmarks", "--out", tmp_path / "x"), "no knowledge named 'hallmarks'; did you mean 'hallmark'?"),
        (("hallmark",), "nowhere to keep the files; give --out FOLDER"),
        (("hallmark", "--out", tmp_path / "file"), "is a file; choose another folder for --out"),
    ):
        ran = run("fetch-knowledge", *arguments, "-q")
        assert ran.code == 2
        (line,) = ran.err
        assert message in line
