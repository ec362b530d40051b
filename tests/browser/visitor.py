"""What a visitor does on the page, for the browser tests."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

MARKS = ("✓", "✗", "?", "–")


def choose(page: "Page", label: str, option: str) -> None:
    """Types into a list and takes the option, of that list alone: another one may still be closing."""
    box = page.get_by_role("combobox", name=label, exact=True)
    box.click()
    page.keyboard.type(option)
    page.locator(f"#{box.get_attribute('aria-controls')}").get_by_role("option", name=option, exact=True).click()


def chosen(page: "Page", label: str) -> str:
    """What a list shows."""
    return page.get_by_role("combobox", name=label, exact=True).input_value()


def type_gene(page: "Page", gene: str, box: str = "Gene") -> None:
    """Types a gene and presses Enter."""
    page.get_by_role("combobox", name=box, exact=True).fill(gene)
    page.keyboard.press("Enter")


def drawn(page: "Page", *, niche: str | None = None, gene: str | None = None, mode: str | None = None) -> None:
    """Waits until the map shows a niche, a gene, or a kind of colour."""
    wanted = json.dumps({"1": niche, "2": gene, "3": mode})
    page.wait_for_function(
        """(wanted) => {
            const shown = JSON.parse(document.querySelector("#tissue-map [data-drawn]")?.dataset.drawn ?? "[]");
            return Object.entries(JSON.parse(wanted)).every(([i, value]) => value === null || shown[i] === value);
        }""",
        arg=wanted,
    )


def spot_of(page: "Page", niche: str) -> tuple[float, float]:
    """Where on the screen a spot of a niche is: the one nearest to the niche's middle."""
    x, y = page.evaluate(
        """(niche) => {
            const plot = document.querySelector("#tissue-map .map-plot");
            const slide = window.nicheLensSlide;
            const { xaxis, yaxis } = plot._fullLayout;
            const code = slide.names.indexOf(niche);
            const spots = [...slide.niche.keys()].filter((i) => slide.niche[i] === code);
            const mean = (values) => spots.reduce((sum, i) => sum + values[i], 0) / spots.length;
            const [mx, my] = [mean(slide.x), mean(slide.y)];
            const far = (i) => (slide.x[i] - mx) ** 2 + (slide.y[i] - my) ** 2;
            const spot = spots.reduce((best, i) => (far(i) < far(best) ? i : best), spots[0]);
            const box = plot.getBoundingClientRect();
            return [box.left + xaxis.l2p(slide.x[spot]), box.top + yaxis.l2p(slide.y[spot])];
        }""",
        niche,
    )
    return x, y


def niches(page: "Page") -> list[str]:
    """The niches of the slide, the largest first. The page opens with the largest."""
    return [button.get_attribute("data-niche") or "" for button in page.locator(".map-legend button").all()]


def legend(page: "Page", niche: str) -> "Locator":
    """The niche in the legend of the map."""
    return page.locator(f".map-legend button[data-niche={json.dumps(niche)}]")


def open_slide(page: "Page", path: Path) -> None:
    """Uploads a file."""
    page.get_by_role("button", name="Open another slide").click()
    page.locator('#upload input[type="file"], input#upload, [data-testid$="upload-button"]').first.set_input_files(path)


def status(page: "Page", text: str) -> "Locator":
    """Waits for words in the line about the slide."""
    found = page.locator("#status").get_by_text(text)
    found.wait_for()
    return found


def ask(page: "Page") -> tuple[str, list[str]]:
    """Presses Ask; gives the headline, and the marks in the ledger."""
    panel = page.get_by_role("tabpanel").locator("visible=true")
    panel.get_by_role("button", name="Ask", exact=True).click()
    panel.locator("ul.ledger li").first.wait_for()
    return panel.locator(".verdict").inner_text(), panel.locator("ul.ledger .mark > :first-child").all_inner_texts()


def width(page: "Page") -> int:
    """How wide the page is, in pixels, with what must be scrolled to."""
    return page.evaluate("document.documentElement.scrollWidth")
