"""`nichelens demo` serves the page, on the slide that is named."""

import json
import os
import signal
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


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What would be served: the page is built and not launched."""
    from app.web import page, temporary

    served: dict[str, Any] = {}
    monkeypatch.setattr(temporary, "claim_folder", lambda: None)  # it is for the whole process

    def build_demo(engine: object, opened: object) -> str:
        served["opened"] = opened
        return "page"

    monkeypatch.setattr(page, "build_demo", build_demo)
    monkeypatch.setattr(page, "launch", lambda demo, **address: served.update(address, demo=demo))
    monkeypatch.setattr(page, "check_port", lambda *_: None)
    return served


def test_a_named_slide_is_opened_with_its_niche_column(
    run: Callable, served: dict[str, Any], toy_adata: AnnData, write_h5ad: Callable[..., Path], tiny_model: Path
) -> None:
    toy_adata.obs["cluster"] = pd.Categorical([f"c{i % 3}" for i in range(toy_adata.n_obs)])
    slide = write_h5ad(toy_adata)
    ran = run("demo", slide, "--niche-key", "leiden", "--niche-key", "cluster", "--model", tiny_model, "--port", 8123)
    assert ran.code == 0, ran.err
    assert served["opened"].niche_key == "cluster"
    assert (served["host"], served["port"], served["demo"]) == ("127.0.0.1", 8123, "page")


def test_without_a_slide_the_page_chooses(run: Callable, served: dict[str, Any], tiny_model: Path) -> None:
    assert run("demo", "--model", tiny_model).code == 0
    assert served["opened"] is None


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
