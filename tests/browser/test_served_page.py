"""The page with a model that a server has."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import chat_server
from tests.browser.visitor import ask
from tests.chat_server import ChatServer, free_port, status

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from inference.engine.engine import Engine

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
pytest.importorskip("openai", reason="the openai client is not installed; pip install -e '.[serving]'")


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with chat_server.running() as found:
        found.answer = lambda prompt, pictures: "Yes. This gene is strongly enriched in the niche."
        found.gives_logprobs = True
        yield found


@pytest.fixture(scope="module")
def engine(server: ChatServer, tmp_path_factory: pytest.TempPathFactory) -> "Engine":
    from data_prep.figures.contract import figure_contract
    from inference.engine.load_engine import load_engine

    folder = tmp_path_factory.mktemp("served")
    (folder / "figure_contract.json").write_text(json.dumps(figure_contract()))
    return load_engine(folder, endpoint=server.url, served_name="stub")


@pytest.fixture(scope="module")
def address(engine: "Engine") -> Iterator[str]:
    from app.web.page import build_demo
    from app.web.serving import Serving, launch

    demo = build_demo(engine)
    yield launch(demo, Serving(port=free_port()), wait=False)
    demo.close(verbose=False)


def test_ask_a_server(page: "Page", server: ChatServer) -> None:
    assert page.get_by_text("Pictures drawn from them go to the server that has the model.").is_visible()
    headline, marks = ask(page)
    assert "probability of yes 75 %" in headline
    assert marks
    answer = page.locator(".answer").locator("visible=true")
    assert "is enriched in" in answer.inner_text()

    server.script.append(status(400, "out of order"))
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_text("out of order").first.wait_for()
    assert "is enriched in" in answer.inner_text()  # what was shown stays

    server.gives_logprobs = False
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_text("its server gives no probability").wait_for()


def test_own_question(page: "Page", server: ChatServer) -> None:
    page.get_by_label("Your own question (optional)").fill("Where is this gene highest?")
    page.keyboard.press("Enter")
    page.locator(".verdict").get_by_text("Where is this gene highest?").wait_for()
    page.locator("ul.ledger li").first.wait_for()
    assert "is strongly enriched in" in page.locator(".answer").locator("visible=true").inner_text()
    (sent,) = [part for part in server.asked[-1]["messages"][-1]["content"] if part["type"] == "text"]
    assert sent["text"] == "Where is this gene highest?"
