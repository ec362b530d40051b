"""The page on phone, tablet and desktop, in light and dark, with a keyboard, and by the rules of axe-core."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import PATIENCE_MS, open_page
from tests.browser.visitor import chosen, drawn, niches, width

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

TABS = {
    "Ask": "Ask",
    "Describe": "Describe",
    "Compare": "Violins",
    "Markers": "Find markers",
    "Quality": "Check",
    "Talk": "Send",
}
"""Tab → the button that fills it."""
STICKS_OUT = """() => [...document.querySelectorAll("main *")]
    .filter((element) => element.checkVisibility())
    .filter((element) => !element.closest(".table-scroll, .scroll, .map-stage, .map-legend, .visually-hidden"))
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
    .map((element) => `${element.tagName}.${element.className}`).slice(0, 5)"""
FILLED = "ul.ledger li, #markers tbody tr, .gene-plot .main-svg, .talk-turn .answer, .quality .told"


@pytest.fixture(params=["light", "dark"])
def themed(request: pytest.FixtureRequest, browser: "Browser", address: str) -> Iterator["Page"]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=request.param)
    context.set_default_timeout(PATIENCE_MS)
    page = open_page(context, address)
    page.add_style_tag(content="* { transition: none !important; }")  # half-way colours are no finding
    yield page
    context.close()


def fill(page: "Page", tab: str) -> None:
    """Opens a tab and presses its button."""
    page.get_by_role("tab", name=tab, exact=True).click()
    panel = page.get_by_role("tabpanel").locator("visible=true")
    if tab == "Markers":
        panel.get_by_label("Most variable genes").fill("20")
    if tab == "Talk":
        panel.get_by_label("Your question", exact=True).fill("Which genes mark this niche?")
    panel.get_by_role("button", name=TABS[tab], exact=True).click()
    panel.locator(FILLED).first.wait_for()


def sticks_out(page: "Page") -> list[str]:
    """What reaches beyond the right edge of the window, unless it scrolls in a box of its own.

    Plotly draws a plot anew some time after the window has another width, so what sticks out has two seconds to end.
    """
    found: list[str] = []
    for _ in range(20):
        found = page.evaluate(STICKS_OUT)
        if not found:
            break
        page.wait_for_timeout(100)
    return found


def test_a_narrow_page_needs_no_scrolling_sideways(themed: "Page") -> None:
    for tab in TABS:
        for pixels in (390, 768):
            themed.set_viewport_size({"width": pixels, "height": 844})
            themed.get_by_role("tab", name=tab, exact=True).click()
            assert width(themed) <= pixels
        fill(themed, tab)
        for pixels in (768, 390):
            themed.set_viewport_size({"width": pixels, "height": 844})
            assert width(themed) <= pixels
            assert sticks_out(themed) == []


@pytest.mark.slow
def test_axe_finds_nothing_serious(themed: "Page") -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    themed.get_by_role("button", name="Open another slide").click()
    found = []
    for tab in TABS:
        fill(themed, tab)
        for violation in axe.Axe().run(themed).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                found.append((tab, violation["id"], [node["html"][:120] for node in violation["nodes"][:3]]))
    assert found == []


def test_the_tissue_stays_where_it_is_between_tabs(page: "Page") -> None:
    places = set()
    for tab in TABS:
        page.get_by_role("tab", name=tab, exact=True).click()
        page.evaluate("window.scrollTo(0, 0)")
        box = page.locator(".map-stage").bounding_box()
        assert box is not None
        places.add((round(box["x"]), round(box["y"]), round(box["width"]), round(box["height"])))
    assert len(places) == 1


def test_everything_can_be_done_with_a_keyboard(page: "Page") -> None:
    page.get_by_role("combobox", name="Gene", exact=True).focus()
    page.keyboard.type("gene012")
    page.keyboard.press("Enter")
    drawn(page, gene="GENE012", mode="gene")
    assert chosen(page, "Gene") == "GENE012"
    second = niches(page)[1]
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "({ name: document.activeElement.dataset.niche ?? document.activeElement.innerText,"
            "   ring: getComputedStyle(document.activeElement).outlineStyle })"
        )
        reached.append(focused["name"])
        if focused["name"] == second:
            break
    assert reached[-1] == second
    assert focused["ring"] != "none"
    page.keyboard.press("Enter")
    drawn(page, niche=second)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText") == "Ask" and page.evaluate(
            "document.activeElement.getAttribute('role') !== 'tab'"
        ):
            break
    page.keyboard.press("Enter")
    page.locator("ul.ledger li").first.wait_for()


def test_zoom_keeps_the_spots_on_the_tissue(page: "Page") -> None:
    before = page.evaluate("document.querySelector('.map-plot')._fullLayout.xaxis.range")
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_function(
        "(before) => { const [a, b] = document.querySelector('.map-plot')._fullLayout.xaxis.range;"
        " return Math.abs(b - a) < 0.8 * Math.abs(before[1] - before[0]); }",
        arg=before,
    )
    page.get_by_role("button", name="Fit").click()
    page.wait_for_function(
        "(before) => Math.abs(document.querySelector('.map-plot')._fullLayout.xaxis.range[0] - before[0]) < 1e-6",
        arg=before,
    )
    top, bottom = page.evaluate("document.querySelector('.map-plot')._fullLayout.yaxis.range.toReversed()")
    assert top < bottom  # y points down, as in the picture that the model reads
