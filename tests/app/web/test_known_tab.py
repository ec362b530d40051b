"""The tab about what is known is there where the server has files, and tells the story of the niche that is chosen."""

import inspect
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.known_slides import KnownSlides
from app.web.page import build_demo
from app.web.page_state import PageState
from app.web.slide_cache import SlideCache
from tests.known_files import write_knowledge
from tests.oracle import Answering

if TYPE_CHECKING:
    import gradio as gr

HTML = '<img src=x onerror="alert(1)">'
Tell = Callable[..., Iterator[str]]


@pytest.fixture(scope="module")
def engine() -> Answering:
    return Answering(lambda claim: 3.0)


@pytest.fixture(scope="module")
def page(engine: Answering, knowledge_folder: Path, toy_cache: SlideCache) -> "gr.Blocks":
    return build_demo(engine, toy_cache, known=KnownSlides.read([knowledge_folder]))


@pytest.fixture
def tell(page: "gr.Blocks") -> Tell:
    return event_of(page, "tell")


def event_of(page: "gr.Blocks", name: str) -> Callable[..., Any]:
    """An event, by the name of its function."""
    return next(event.fn for event in page.fns.values() if event.fn and inspect.unwrap(event.fn).__name__ == name)


def tabs(page: "gr.Blocks") -> list[str]:
    """Labels of the tabs."""
    return [part["props"]["label"] for part in page.get_config_file()["components"] if part["type"] == "tabitem"]


def test_the_tab_is_there_with_files_and_only_then(page: "gr.Blocks", engine: Answering, toy_cache: SlideCache) -> None:
    bare = tabs(build_demo(engine, toy_cache))
    assert "Known" not in bare
    assert sorted(tabs(page)) == sorted([*bare, "Known"])


def test_the_files_are_named(page: "gr.Blocks") -> None:
    (named,) = re.findall(r"Known from: ([^<]*)", json.dumps(page.get_config_file()["components"], default=str))
    names = [part.partition(" (sha256 ")[0] for part in named.split("; ")]
    assert names == ["gene_table_human.tsv", "markers.tsv", "pairs_human.tsv", "sets.gmt"]


def test_it_tells_the_story_of_the_chosen_niche(tell: Tell, toy_cache: SlideCache, engine: Answering) -> None:
    (first,) = tell(PageState(toy_cache), "S1", "Layer 1", "GENE0")
    (second,) = tell(PageState(toy_cache), "S2", "Layer 2", "GENE0")
    assert "By marker lists, Layer 1 looks most like Alpha cells." in first
    assert "By marker lists, Layer 2 looks most like Beta cells." in second
    assert "Layer 1 looks most like" not in second
    assert engine.asked == []


def test_a_story_that_nobody_waits_for_is_not_shown(tell: Tell, toy_cache: SlideCache) -> None:
    state = PageState(toy_cache)
    facts = toy_cache.facts

    def slow(*given: object) -> object:
        state.show("known", "S1", "Layer 3")  # the visitor chooses another niche meanwhile
        return facts(*given)

    toy_cache.facts = slow  # type: ignore[method-assign]
    try:
        assert not [step for step in tell(state, "S1", "Layer 1", "GENE0") if isinstance(step, str)]
    finally:
        del toy_cache.facts


def test_stop_ends_the_story_and_the_search(page: "gr.Blocks", toy_cache: SlideCache) -> None:
    state = PageState(toy_cache)
    state.show("known", "S1", "Layer 1")
    state.show("known-search", "S1")
    event_of(page, "stop_both")(state)
    assert not state.still_shows("known", toy_cache, "S1", "Layer 1")
    assert not state.still_shows("known-search", toy_cache, "S1")


def test_agents_are_offered_it_beside_the_page(
    engine: Answering, knowledge_folder: Path, toy_cache: SlideCache
) -> None:
    pytest.importorskip("mcp", reason="the mcp package is not installed; pip install -e '.[agents]'")
    from app.tools.allowed_folders import AllowedFolders
    from app.web.serving import Serving, add_tools, make_toolbox

    offered = []
    for known in (None, KnownSlides.read([knowledge_folder])):
        page = build_demo(engine, toy_cache, known=known)
        add_tools(page, make_toolbox(engine, toy_cache, AllowedFolders(), known=known), Serving(mcp=True))
        events = page.get_config_file()["dependencies"]
        offered.append({event["api_name"] for event in events if event["api_visibility"] == "public"})
    assert "may_be" in offered[1] - offered[0]
    assert offered[0] < offered[1]


def test_names_of_files_lists_and_niches_are_text(engine: Answering, toy: Callable, tmp_path: Path) -> None:
    from data_prep.read.options import ReadOptions
    from data_prep.slide_loading import load_slides

    folder = write_knowledge(tmp_path / "known", alpha=f"Alpha {HTML}", process=f"ALPHA {HTML}")
    (folder / "markers.tsv").rename(folder / f"{HTML}.tsv")
    adata = toy()
    adata.obs["region"] = adata.obs["region"].cat.rename_categories({"Layer 1": f"{HTML} 1"})
    cache = SlideCache(load_slides([adata], ReadOptions(("region",))), niche_key="region")
    page = build_demo(engine, cache, known=KnownSlides.read([folder]))
    (story,) = event_of(page, "tell")(PageState(cache), "S1", f"{HTML} 1", "GENE0")
    assert "looks most like Alpha &lt;img src=x" in story
    assert "<img src=x" not in story
    shown = [part["props"].get("value") for part in page.get_config_file()["components"] if part["type"] == "html"]
    (named,) = (value for value in shown if isinstance(value, str) and "Known from" in value)
    assert "&lt;img src=x" in named
    assert "<img src=x" not in named
