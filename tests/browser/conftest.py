"""The real page, served on this machine, in headless Chromium."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zlib import crc32

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from inference.engine.engine import Engine

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-gpu")
PATIENCE_MS = 60_000
"""For a busy machine; a step takes well under a second on an idle one."""


@pytest.fixture(scope="session")
def engine() -> "Engine":
    """Sure of every answer, on any slide: a claim is right if its letters say so."""
    from tests.oracle import Answering

    return Answering(lambda claim: 4.0 if crc32(repr(claim).encode()) % 3 else -4.0)


@pytest.fixture(scope="session")
def address(engine: "Engine") -> Iterator[str]:
    """Where the page is served."""
    from app.web.page import build_demo
    from app.web.serving import Serving, launch

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    demo = build_demo(engine)
    yield launch(demo, Serving(port=port), wait=False)
    demo.close(verbose=False)


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Headless Chromium; skips where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def context(browser: "Browser") -> Iterator["BrowserContext"]:
    """A visitor. No request may leave this machine."""
    asked: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(PATIENCE_MS)
    context.on("request", lambda request: asked.append(request.url))
    yield context
    context.close()
    hosts = {urlsplit(url).hostname for url in asked if urlsplit(url).scheme not in ("data", "blob")}
    assert hosts <= {"127.0.0.1"}


@pytest.fixture
def page(context: "BrowserContext", address: str) -> "Page":
    """The page as it opens, with the tissue drawn."""
    return open_page(context, address)


@pytest.fixture
def second_page(browser: "Browser", address: str) -> Iterator["Page"]:
    """The page of another visitor."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield open_page(context, address)
    context.close()


def open_page(context: "BrowserContext", address: str) -> "Page":
    """Opens the page and waits until the tissue is drawn."""
    page = context.new_page()
    page.goto(address)
    page.locator("#tissue-map [data-drawn]").wait_for()
    return page


@pytest.fixture
def bad_slide(tmp_path: Path) -> Path:
    """A file that is called a slide and is none."""
    path = tmp_path / "broken.h5ad"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 2000)
    return path
