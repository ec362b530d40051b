"""The page with a model that a server has."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import chat_server
from tests.browser.visitor import ask
from tests.chat_server import ChatServer, free_port, say, status

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
    assert page.get_by_text("go to the server that has the model.").is_visible()
    headline, marks = ask(page)
    assert "probability of yes 75%" in headline
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


def test_the_model_calls_tools_and_its_words_are_checked(page: "Page", server: ChatServer) -> None:
    gene, niche = (page.get_by_role("combobox", name=name, exact=True).input_value() for name in ("Gene", "Niche"))
    false = f"{niche} borders {niche}. {gene} is absent from the tissue."
    server.script.append(say("Let me look.", ("neighbours", {"niche": niche}), ("list_genes", {"query": "x"})))
    server.script.append(say(f"{false} It is a lovely gene. <b>Bold</b>"))
    page.get_by_role("tab", name="Talk").click()
    page.get_by_label("Your question", exact=True).fill("What is here?")
    page.keyboard.press("Enter")
    page.locator("#talk .badge").first.wait_for()
    tools = page.locator("#talk details.tool summary")
    assert [words.split()[0] for words in tools.all_inner_texts()] == ["neighbours", "list_genes"]
    assert page.locator("#talk del").get_by_text(f"{gene} is absent from the tissue.").count() == 1
    assert page.locator("#talk b").get_by_text("Bold", exact=True).count() == 0
    assert page.locator("#talk .not-checked").get_by_text("It is a lovely gene.").count() == 1
