"""Takes the screenshots of the web page: a slide, an answer, and the ledger that checks it.

    python docs/draw_page.py st_mouse_olfactory_bulb.h5ad --all      # all pictures of the page in docs/pictures
    python docs/draw_page.py st_mouse_olfactory_bulb.h5ad --tab markers --width 390 --dark --out phone.png
    python docs/draw_page.py dlpfc.h5ad --tab known --niche WM --gene MBP --knowledge FOLDER --out known.png

Needs Playwright and a Chromium on the PATH.
"""

from __future__ import annotations

import argparse
import shutil
import socket
from pathlib import Path
from urllib.parse import urlencode

PICTURE = Path(__file__).parent / "pictures" / "page.png"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PHONE = 390
VIEWS = {
    "page.png": ("ask", 1280, False, True),
    "page_phone.png": ("ask", PHONE, False, True),
    "page_dark.png": ("markers", 1280, True, False),
    "page_compare.png": ("genes", 1280, False, False),
}
"""Picture → tab, width, whether it is dark, and whether the map is coloured by the gene."""
PATIENCE_MS = 120_000
MAIN_BUTTONS = {
    "ask": "Ask",
    "niche": "Describe",
    "markers": "Find markers",
    "genes": "Violins",
    "known": "Tell what it may be",
}
"""Tab → the button that is pressed in it."""
ANSWERED = """() => [...document.querySelectorAll("ul.ledger li, #markers tbody tr, .gene-plot .main-svg, #may-be h5")]
    .some((element) => element.checkVisibility())"""


def main() -> None:
    """Serves the page on a slide, asks one question, and saves a picture of the page."""
    parser = argparse.ArgumentParser(description="Take a screenshot of the web page after one question.")
    parser.add_argument("slide", type=Path, help="The slide to open.")
    parser.add_argument("--niche-key", default="region", help="Column of obs with the niches.")
    parser.add_argument("--niche", default="1: Granular Cell Layer", help="Niche to ask about.")
    parser.add_argument("--gene", default="Penk", help="Gene to ask about.")
    parser.add_argument("--width", type=int, default=1280, help="Width of the browser window in pixels.")
    parser.add_argument("--tab", default="ask", choices=MAIN_BUTTONS, help="Tab whose main button is pressed.")
    parser.add_argument("--by-gene", action="store_true", help="Colour the map by the gene.")
    parser.add_argument("--dark", action="store_true", help="Use the dark colours of the page.")
    parser.add_argument("--out", type=Path, default=PICTURE, help="Picture to write.")
    parser.add_argument("--knowledge", type=Path, nargs="*", help="Files about genes; the tab `known` needs them.")
    parser.add_argument("--all", action="store_true", help="Write all pictures of the page next to --out.")
    given = parser.parse_args()

    from app.known_slides import KnownSlides
    from app.web.page import build_demo
    from app.web.serving import Serving, launch
    from app.web.upload import open_slides
    from inference.engine.load_engine import load_engine

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    known = KnownSlides.read(given.knowledge) if given.knowledge else None
    demo = build_demo(load_engine(), open_slides(given.slide, [given.niche_key]), known=known)
    address = launch(demo, Serving(port=port), wait=False)
    views = {given.out.parent / name: view for name, view in VIEWS.items()}
    if not given.all:
        views = {given.out: (given.tab, given.width, given.dark, given.by_gene)}
    for out, view in views.items():
        take_picture(f"{address}?{urlencode({'niche': given.niche, 'gene': given.gene, 'tab': view[0]})}", out, *view)
    demo.close(verbose=False)


def take_picture(address: str, out: Path, tab: str, width: int, dark: bool, by_gene: bool) -> None:
    """Opens the page in a browser without a window, presses the tab's button, and saves a picture of the whole page.

    Args:
        address: of the page, with the choice.
        out: picture to write.
        tab: the tab, as the address names it.
        width: of the window in pixels.
        dark: whether to use the dark colours.
        by_gene: whether the map is coloured by the gene.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, BROWSERS)), None)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light")
        page.set_default_timeout(PATIENCE_MS)
        page.goto(address)
        page.locator("#tissue-map [data-drawn]").wait_for()
        if by_gene:
            page.locator('[data-mode="gene"]').click()
        panel = page.get_by_role("tabpanel").locator("visible=true")
        panel.get_by_role("button", name=MAIN_BUTTONS[tab], exact=True).click()
        page.wait_for_function(ANSWERED)
        page.mouse.move(0, 0)
        page.wait_for_timeout(2000)
        page.screenshot(path=out, full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
