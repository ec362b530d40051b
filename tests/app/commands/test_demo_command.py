"""`nichelens demo` serves the page, on the slide that is named, for whom and how the options say."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from anndata import AnnData

from tests.chat_server import free_port
from tests.conftest import REPOSITORY
from tests.known_files import name_organs, write_knowledge


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What would be served: the page is built and not launched."""
    from app.web import page, serving, temporary

    served: dict[str, Any] = {}
    monkeypatch.setattr(temporary, "claim_folder", lambda: None)  # it is for the whole process

    def build_demo(engine: object, opened: object, **settings: object) -> str:
        served.update(opened=opened, folders=settings["folders"], known=settings["known"])
        return "page"

    monkeypatch.setattr(page, "build_demo", build_demo)
    monkeypatch.setattr(serving, "launch", lambda demo, how: served.update(serving=how, demo=demo))
    monkeypatch.setattr(serving, "add_tools", lambda demo, toolbox, how: served.update(toolbox=toolbox))
    return served


def test_a_named_slide_is_opened_with_its_niche_column(
    run: Callable, served: dict[str, Any], toy_adata: AnnData, write_h5ad: Callable[..., Path], tiny_model: Path
) -> None:
    toy_adata.obs["cluster"] = pd.Categorical([f"c{i % 3}" for i in range(toy_adata.n_obs)])
    slide, port = write_h5ad(toy_adata), free_port()
    ran = run("demo", slide, "--niche-key", "leiden", "--niche-key", "cluster", "--model", tiny_model, "--port", port)
    assert ran.code == 0, ran.err
    assert served["opened"].niche_key == "cluster"
    assert (served["serving"].port, served["demo"]) == (port, "page")
    assert "toolbox" not in served


def test_a_published_slide_is_opened_by_its_name(
    run: Callable,
    served: dict[str, Any],
    toy_adata: AnnData,
    write_h5ad: Callable[..., Path],
    tiny_model: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from app.web import serving

    path, told = write_h5ad(toy_adata), []

    def fetch(name: str, progress: Any) -> tuple[Path, str]:
        progress(0.5, "half of it")
        told.append(name)
        return path, "region"

    monkeypatch.setattr(serving, "fetch", fetch)
    ran = run("demo", "--example", "visium-mouse-brain", "--model", tiny_model, "--port", free_port())
    assert ran.code == 0, ran.err
    assert (served["opened"].path, served["opened"].niche_key, told) == (path, "region", ["visium-mouse-brain"])
    listed = run("demo", "--example", "list").out.splitlines()
    assert listed[0].startswith("visium-mouse-brain: ")
    assert "MB" in listed[0]


def test_by_default_the_page_is_for_this_machine_and_has_no_tools(
    run: Callable, served: dict[str, Any], tiny_model: Path
) -> None:
    assert run("demo", "--model", tiny_model, "--port", free_port()).code == 0
    assert (served["opened"], served["folders"]) == (None, None)
    how = served["serving"]
    assert (how.host, how.mcp, how.credentials, how.root_path) == ("127.0.0.1", False, None, "")
    assert "toolbox" not in served


def test_agents_get_tools_and_the_allowed_folders(
    run: Callable,
    served: dict[str, Any],
    toy_adata: AnnData,
    write_h5ad: Callable[..., Path],
    tiny_model: Path,
    tmp_path: Path,
) -> None:
    pytest.importorskip("mcp")
    slide = write_h5ad(toy_adata)
    (tmp_path / "more").mkdir()
    ran = run(
        *("demo", slide, "--niche-key", "region", "--model", tiny_model, "--port", free_port(), "--mcp"),
        *("--allow", tmp_path, "--allow", tmp_path / "more", "--queue-size", 7, "--max-file-size", "20mb"),
        *("--root-path", "https://example.org/lens"),
    )
    assert ran.code == 0, ran.err
    how = served["serving"]
    assert (how.mcp, how.queue_size, how.max_file_size, how.root_path) == (True, 7, "20mb", "https://example.org/lens")
    listed = served["toolbox"].call("list_slides", {})
    assert served["folders"].folders == (tmp_path, tmp_path / "more")
    assert listed == {"examples": ["toy.h5ad", "synthetic tissue"], "files": [str(slide)]}
    opened = served["toolbox"].call("open_slide", {"example": "toy.h5ad"})
    assert opened["slices"][0]["niches"] == ["Layer 1", "Layer 2", "Layer 3", "Layer 4"]


def test_files_of_knowledge_reach_the_page_and_the_tools(
    run: Callable,
    served: dict[str, Any],
    toy_adata: AnnData,
    write_h5ad: Callable[..., Path],
    tiny_model: Path,
    tmp_path: Path,
) -> None:
    pytest.importorskip("mcp")
    base = ("demo", write_h5ad(toy_adata), "--niche-key", "region", "--model", tiny_model, "--mcp")
    assert run(*base, "--port", free_port()).code == 0
    assert served["known"] is None
    assert "may_be" not in served["toolbox"].tools
    folder = write_knowledge(tmp_path / "known")
    named = ("--knowledge", name_organs(folder, "Brain", "Liver"), "--knowledge", folder / "sets.gmt")
    ran = run(*base, *named, "--tissue", "liver", "--port", free_port())
    assert ran.code == 0, ran.err
    assert [source.file for source in served["known"].knowledge.sources] == ["markers.tsv", "sets.gmt"]
    (slide,) = (part["slide"] for part in served["toolbox"].call("open_slide", {"example": "toy.h5ad"})["slices"])
    told = [served["toolbox"].call("may_be", {"slide": slide, "niche": name}) for name in ("Layer 1", "Layer 2")]
    assert [niche["looks_like"] for niche in told] == [None, "Beta cells"]


def test_passwords_come_from_a_file_or_the_environment(
    run: Callable, served: dict[str, Any], tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = tmp_path / "users"
    users.write_text("ada:one two\n\ngrace:three:four\n")
    base = ("demo", "--model", tiny_model, "--port", free_port())
    assert run(*base, "--auth", users).code == 0
    assert served["serving"].credentials.users == (("ada", "one two"), ("grace", "three:four"))
    assert "one two" not in repr(served["serving"])
    monkeypatch.setenv("NICHELENS_AUTH", "ada:five")
    assert run(*base).code == 0
    assert served["serving"].credentials.users == (("ada", "five"),)


def test_a_page_for_the_network_without_a_password_says_so(
    run: Callable, served: dict[str, Any], tiny_model: Path, tmp_path: Path
) -> None:
    port = free_port()
    ran = run("demo", "--model", tiny_model, "--port", port, "--host", "0.0.0.0", "--allow", tmp_path)
    assert ran.err == [
        f"warning: everybody who reaches 0.0.0.0:{port} may use the page, and open the slides below {tmp_path}; "
        "--auth asks for a password"
    ]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--auth", "ada:secret"], "--auth: names no file; write USER:PASSWORD into a file"),
        (["--auth", "{folder}/empty"], "has no user"),
        (["--auth", "{folder}/odd"], "line 2 is not USER:PASSWORD"),
        (["--max-file-size", "many"], "--max-file-size many: is no size; write for example 500mb"),
        (["--max-file-size", "0mb"], "is no size"),
        (["--queue-size", "0"], "--queue-size"),
        (["--root-path", "lens"], "--root-path lens: must be a path from / on"),
        (["--root-path", "file:///etc"], "must be a path"),
        (["--allow", "{folder}/empty"], "is no folder; name a folder with slides"),
        (["--allow", "{folder}/missing"], "is no folder"),
        (["--host", "203.0.113.1"], "on 203.0.113.1"),
        (["a.h5ad", "--example", "visium-mouse-brain"], "exclude each other"),
    ],
)
def test_bad_options_are_refused(refused: Callable[..., str], tmp_path: Path, arguments: list[str], line: str) -> None:
    (tmp_path / "empty").write_text("")
    (tmp_path / "odd").write_text("ada:secret\nonly-a-name\n")
    message = refused("demo", *[argument.format(folder=tmp_path) for argument in arguments])
    assert line in message
    assert "secret" not in message


def test_a_port_in_use_is_refused(refused: Callable[..., str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port} on 127.0.0.1" in refused("demo", "--port", port)


def test_mcp_without_its_package_is_refused(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "mcp" else found(name, *rest))
    assert "pip install 'nichelens[agents]'" in refused("demo", "--mcp", "--port", free_port())


def upload(port: int, name: str, content: bytes) -> Path:
    """What a browser does with a file; returns where the server keeps it."""
    form = f'--edge\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/gradio_api/upload",
        form + content + b"\r\n--edge--\r\n",
        {"Content-Type": "multipart/form-data; boundary=edge"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return Path(json.load(answer)[0])


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_uploads_are_gone_after_sigterm_and_stay_in_their_folder(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "nichelens", "demo", "--port", str(port)],
        cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert "serving" in process.stdout.readline()
        for name in ("slide.h5ad", "../../../../../../escaped.h5ad", "..%2F..%2Fescaped.h5ad", "/escaped.h5ad"):
            kept = upload(port, name, b"counts")
            assert kept.resolve().parent.parent == (next(tmp_path.glob("nichelens-*/page-*")) / "gradio").resolve()
            assert kept.read_bytes() == b"counts"
        process.terminate()
        assert process.wait(30) == -signal.SIGTERM
        assert [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "lock"] == []
    finally:
        process.kill()
        process.communicate()
