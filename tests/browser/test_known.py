"""The tab about what is known, in a browser: a niche's story, on a desktop and a phone, with harmful names in files."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from tests.browser.conftest import open_page
from tests.browser.test_fit import sticks_out
from tests.browser.test_harmful_names import harm
from tests.browser.visitor import choose, drawn, niches, width
from tests.chat_server import free_port
from tests.known_files import write_knowledge

if TYPE_CHECKING:
    from anndata import AnnData
    from playwright.sync_api import BrowserContext, Page

    from inference.engine.engine import Engine

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
NOTE = "Press Tell: your files say what the niche may be"


@pytest.fixture(scope="module")
def known_address(
    engine: "Engine", toy: Callable[..., "AnnData"], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A page with files. Names of its first niche, a cell type, a gene set and a file would run if they could."""
    from app.known_slides import KnownSlides
    from app.web.page import build_demo
    from app.web.serving import Serving, launch
    from app.web.slide_cache import SlideCache
    from data_prep.read.options import ReadOptions
    from data_prep.slide_loading import load_slides

    folder = write_knowledge(tmp_path_factory.mktemp("known"), alpha=f"Alpha {harm(1)}", process=f"PROCESS {harm(2)}")
    (folder / "sets.gmt").rename(folder / f"{harm(3).replace('/', '')}.gmt")
    adata = toy()
    adata.obs["region"] = adata.obs["region"].cat.rename_categories({"Layer 1": harm(4)})
    cache = SlideCache(load_slides([adata], ReadOptions(("region",))), niche_key="region", columns=["region"])
    demo = build_demo(engine, cache, known=KnownSlides.read([folder]))
    yield launch(demo, Serving(port=free_port()), wait=False)
    demo.close(verbose=False)


@pytest.fixture
def known_page(context: "BrowserContext", known_address: str) -> "Page":
    """The tab about what is known, with the harmful niche chosen."""
    # By the address: Gradio may move the last tabs into a menu.
    wanted = {"slide": "given", "slice": "S1", "column": "region", "niche": harm(4), "gene": "GENE0", "tab": "known"}
    page = open_page(context, f"{known_address}?{urlencode(wanted)}")
    drawn(page, niche=harm(4))
    page.get_by_role("button", name="Tell what it may be").wait_for()
    return page


def tell(page: "Page") -> str:
    """Presses Tell; gives the story."""
    page.get_by_role("button", name="Tell what it may be").click()
    page.locator("#may-be .may-be li").first.wait_for()
    return page.locator("#may-be").inner_text()


def find(page: "Page", words: str) -> None:
    """Looks for niches by words."""
    page.get_by_role("textbox", name="Words").fill(words)
    page.keyboard.press("Enter")
    page.locator("#found-niches tbody tr, #found-words .note").first.wait_for()


def open_evidence(page: "Page") -> None:
    """Opens the evidence of all sentences."""
    for summary in page.locator("#may-be summary").all():
        summary.click()


def test_a_story_is_told_for_the_chosen_niche_and_goes_with_it(known_page: "Page") -> None:
    assert NOTE in known_page.locator("#may-be").inner_text()
    story = tell(known_page)
    assert f"By marker lists, {harm(4)} looks most like Alpha {harm(1)}." in story
    assert f"The genes of PROCESS {harm(2)} are raised in {harm(4)}." in story
    choose(known_page, "Niche", "Layer 2")
    known_page.locator("#may-be").get_by_text(NOTE).wait_for()
    assert known_page.locator("#may-be .may-be").count() == 0
    assert "By marker lists, Layer 2 looks most like Beta cells." in tell(known_page)


def test_names_of_files_lists_and_niches_never_run(known_page: "Page") -> None:
    dialogs: list[str] = []
    known_page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    assert "<img src=x" in tell(known_page)
    find(known_page, f"alpha {harm(9)}")
    open_evidence(known_page)
    assert "<img src=x" in " ".join(known_page.locator("#may-be details[open]").all_inner_texts())
    assert known_page.evaluate("window.harmed") is None
    assert known_page.locator("img[src=x]").count() == 0
    assert dialogs == []


def test_it_needs_no_scrolling_sideways(known_page: "Page") -> None:
    tell(known_page)
    find(known_page, "alpha cells beside beta cells")
    open_evidence(known_page)
    for pixels in (1280, 390):
        known_page.set_viewport_size({"width": pixels, "height": 844})
        assert width(known_page) <= pixels
        assert sticks_out(known_page) == []
        captions = known_page.locator("#may-be figcaption, #found-words figcaption")
        assert captions.count() >= 2
        assert captions.evaluate_all("all => all.every((one) => one.scrollWidth <= one.clientWidth)")


def test_without_files_there_is_no_such_tab(page: "Page") -> None:
    assert niches(page)
    assert page.get_by_role("tab", name="Known", exact=True).count() == 0
