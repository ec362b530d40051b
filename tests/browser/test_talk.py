"""A conversation on the page."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.visitor import choose, open_slide

if TYPE_CHECKING:
    from anndata import AnnData
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def send(page: "Page", text: str) -> None:
    box = page.get_by_label("Your question", exact=True)
    box.fill(text)
    box.press("Enter")


PATIENCE_MS = 30_000


@pytest.fixture
def talk(page: "Page") -> "Page":
    page.set_default_timeout(PATIENCE_MS)
    page.get_by_role("tab", name="Talk").click()
    return page


def test_several_turns_with_their_tools(talk: "Page") -> None:
    niche = talk.get_by_role("combobox", name="Niche", exact=True).input_value()
    send(talk, "Which genes mark this niche?")
    talk.locator("#talk summary").get_by_text("screen").wait_for()
    talk.get_by_text("sentence checked").or_(talk.get_by_text("sentences checked")).first.wait_for()
    send(talk, "Describe this niche")
    talk.locator("#talk summary").get_by_text("describe").wait_for()
    assert talk.locator("#talk .asked").count() == 2
    assert niche in talk.locator("#talk .tool summary").nth(1).inner_text()
    talk.get_by_role("button", name="Start over").click()
    talk.locator("#talk .asked").first.wait_for(state="detached")


def test_what_is_not_understood_offers_questions_that_work(talk: "Page") -> None:
    send(talk, "Which cell type is this?")
    talk.locator("#talk .refused").wait_for()
    talk.get_by_text("These are answered:").wait_for()
    talk.get_by_role("tabpanel").locator("visible=true").locator(".chip").first.click()
    talk.locator("#talk details.tool").wait_for()


def test_a_conversation_is_about_the_slide_that_is_open(
    talk: "Page", toy_adata: "AnnData", write_h5ad: Callable[..., Path]
) -> None:
    send(talk, "Describe this niche")
    talk.locator("#talk details.tool").wait_for()
    other = talk.locator(".map-legend button").nth(1).get_attribute("data-niche")
    assert other
    choose(talk, "Niche", other)
    assert talk.locator("#talk .asked").count() == 1
    open_slide(talk, write_h5ad(toy_adata))
    talk.locator("#talk .asked").first.wait_for(state="detached")
