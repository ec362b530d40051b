"""One visitor does not block the others: a page that is closed, and a job that is stopped, end at once."""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from app.web.turns import Turns
from data_prep.tasks import Question
from tests.oracle import Answering

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

SECONDS = 0.05
"""For a question: all genes of the slide take twelve seconds and more."""


class Slow(Answering):
    """Notes when it was asked last."""

    last = 0.0

    def yes_logit(self, questions: Sequence[Question], batch_size=None, progress=None) -> np.ndarray:
        time.sleep(SECONDS * len(questions))
        self.last = time.monotonic()
        return super().yes_logit(questions)


@pytest.fixture(scope="module")
def slow() -> Slow:
    return Slow(lambda claim: 3.0)


@pytest.fixture(scope="module")
def slow_address(slow: Slow) -> Iterator[str]:
    from app.web.page import build_demo
    from app.web.serving import Serving, launch

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    demo = build_demo(slow, turns=Turns())
    yield launch(demo, Serving(port=port), wait=False)
    demo.close(verbose=False)


@pytest.fixture
def visit(browser: "Browser", slow_address: str) -> Iterator[Callable[[], "Page"]]:
    contexts = []

    def open_one() -> "Page":
        contexts.append(browser.new_context())
        page = contexts[-1].new_page()
        page.goto(slow_address)
        page.locator("#tissue-map [data-drawn]").wait_for(timeout=120_000)
        return page

    yield open_one
    for context in contexts:
        context.close()


def start_long_job(page: "Page", slow: Slow) -> None:
    page.get_by_role("tab", name="Markers").click()
    page.get_by_label("All genes").check()
    begun = time.monotonic()
    page.get_by_role("button", name="Find markers").click()
    while slow.last < begun:
        page.wait_for_timeout(50)
        assert time.monotonic() - begun < 60


def seconds_until_idle(slow: Slow, page: "Page") -> float:
    """How long the model goes on working from now on."""
    now = time.monotonic()
    while time.monotonic() - max(now, slow.last) < 1.0:
        page.wait_for_timeout(100)
        assert time.monotonic() - now < 60
    return max(0.0, slow.last - now)


@pytest.mark.slow
def test_a_closed_page_ends_its_job(visit: Callable[[], "Page"], slow: Slow) -> None:
    other, page = visit(), visit()
    start_long_job(page, slow)
    page.context.close()
    assert seconds_until_idle(slow, other) < 1.5


def test_stop_ends_a_job(visit: Callable[[], "Page"], slow: Slow) -> None:
    page = visit()
    start_long_job(page, slow)
    page.get_by_role("tabpanel").get_by_role("button", name="Stop").locator("visible=true").click()
    assert seconds_until_idle(slow, page) < 1.5


@pytest.mark.slow
def test_another_visitor_is_answered_during_a_long_job(visit: Callable[[], "Page"], slow: Slow) -> None:
    page, other = visit(), visit()
    start_long_job(page, slow)
    begun = time.monotonic()
    other.get_by_role("button", name="Ask", exact=True).click()
    other.get_by_text("probability of yes").wait_for()
    waited = time.monotonic() - begun
    still_busy = slow.last >= begun
    page.context.close()
    assert still_busy
    assert waited < 3.0
