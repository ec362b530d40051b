"""How the page follows what a visitor does."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from anndata import AnnData

from app.web.address import Address
from app.web.choice import N_CHOOSERS, Choice, Chooser
from app.web.page_state import PageState, Tab
from app.web.sources import SYNTHETIC, Sources
from app.web.upload import open_slides
from data_prep.errors import NicheLensError

COLUMN, SLICE, NICHE, GENE, STATUS, NOTE, MAP, ADDRESS, BOX, NUMBER, WHY = range(N_CHOOSERS)


@pytest.fixture(scope="module")
def sources() -> Sources:
    return Sources()


@pytest.fixture
def drawn() -> list[tuple[str, ...]]:
    """What the tab was drawn for."""
    return []


@pytest.fixture
def chooser(sources: Sources, drawn: list[tuple[str, ...]]) -> Chooser:
    def draw(state: PageState, *choice: str) -> tuple[str]:
        drawn.append(choice)
        return ("drawn",)

    return Chooser(sources, [Tab("one", draw, ["component"])])


@pytest.fixture
def state(sources: Sources, chooser: Chooser, drawn: list[tuple[str, ...]]) -> PageState:
    """A visitor who has just loaded the page."""
    state = PageState(sources.open(SYNTHETIC), SYNTHETIC)
    chooser.restore(state, Address(), is_new_page=True)
    drawn.clear()
    return state


def before(state: PageState) -> Choice:
    _, *choice = state.shown["page"]
    return Choice(*choice)


def is_skipped(value: Any) -> bool:
    import gradio as gr

    return value == gr.skip()


def test_the_page_opens_with_the_largest_niche_and_all_of_the_slide(sources: Sources, chooser: Chooser) -> None:
    state = PageState(sources.open(SYNTHETIC), SYNTHETIC)
    values = chooser.restore(state, Address(), is_new_page=True)
    slide = state.opened.slide()
    largest = slide.niches[int(np.bincount(slide.niche[slide.niche >= 0]).argmax())]
    assert before(state).niche == largest
    message = json.loads(values[MAP])
    assert (message["niche"], message["gene"]["name"]) == (largest, values[GENE])
    assert len(message["slide"]["names"]) == len(slide.niches)
    assert json.loads(values[ADDRESS])["replace"]


def test_another_niche_sends_neither_slide_nor_gene_again(
    state: PageState, chooser: Chooser, drawn: list[tuple[str, ...]]
) -> None:
    other = next(niche for niche in state.opened.slide().niches if niche != before(state).niche)
    values = chooser.take_niche(state, before(state), other)
    assert set(json.loads(values[MAP])) == {"serial", "niche"}
    assert drawn == [(before(state).slice_name, other, before(state).gene)]
    assert not json.loads(values[ADDRESS])["replace"]
    assert all(map(is_skipped, chooser.take_niche(state, before(state), other)))  # a list reports twice
    assert all(map(is_skipped, chooser.take_niche(state, before(state), "<b>")))


def test_another_gene_colours_the_map_by_it(state: PageState, chooser: Chooser) -> None:
    gene = str(state.opened.slide().genes[7])
    message = json.loads(chooser.take_gene(state, before(state), gene.lower())[MAP])
    assert (message["gene"]["name"], message["mode"]) == (gene, "gene")
    assert "slide" not in message


def test_an_absent_gene_changes_nothing_but_the_note(
    state: PageState, chooser: Chooser, drawn: list[tuple[str, ...]]
) -> None:
    values = chooser.take_gene(state, before(state), "QQQQQQ")
    assert "no gene “QQQQQQ”" in json.loads(values[NOTE])["text"]
    assert all(is_skipped(value) for i, value in enumerate(values) if i != NOTE)
    assert drawn == []


def test_a_slide_that_cannot_be_opened_leaves_the_open_one(state: PageState, chooser: Chooser) -> None:
    def fail(progress: object) -> None:
        message = "broken.h5ad: is no slide"
        raise NicheLensError(message)

    opened = state.opened
    with pytest.warns(UserWarning, match="broken"):  # what gradio shows as a message, where there is no page
        values = chooser.reopen(state, "upload", fail, lambda share, words: None)
    assert (state.opened, state.source) == (opened, SYNTHETIC)
    assert values[STATUS].index(opened.title()) < values[STATUS].index("Not opened. broken.h5ad")
    assert is_skipped(values[MAP])


def test_a_link_to_something_unknown_opens_the_page_and_says_so(state: PageState, chooser: Chooser) -> None:
    values = chooser.restore(state, Address("example:none", niche="none", gene="none"), is_new_page=True)
    assert "this server has no slide" in values[STATUS]
    assert "example:none" in values[STATUS]
    assert json.loads(values[ADDRESS])["query"]["slide"] == SYNTHETIC


def test_who_leaves_ends_the_opening(
    state: PageState, chooser: Chooser, toy_adata: AnnData, write_h5ad: Callable[..., Path]
) -> None:
    path = write_h5ad(toy_adata)
    opened = state.opened

    def read(progress: Callable[[float, str], None]) -> Any:
        state.has_left = True
        progress(0.5, "half")
        return open_slides(path)

    assert all(map(is_skipped, chooser.reopen(state, "upload", read, lambda share, words: None)))
    assert state.opened is opened


@pytest.fixture
def found(state: PageState, chooser: Chooser, toy_adata: AnnData, write_h5ad: Callable[..., Path]) -> Path:
    """A visitor has opened a slide without labels."""
    del toy_adata.obs["region"]
    path = write_h5ad(toy_adata)
    chooser.reopen(state, "upload", lambda told: open_slides(path, ["found by clustering: 4"]), lambda *_: None)
    return path


def test_the_panel_about_found_niches_is_there_for_found_niches_alone(
    state: PageState, chooser: Chooser, found: Path, toy: Callable[..., AnnData], write_h5ad: Callable[..., Path]
) -> None:
    values = chooser.take_search(state, "found by clustering", lambda *_: None)
    assert state.opened.niche_key == "found by clustering"
    assert values[COLUMN].value == "found by clustering"
    assert values[BOX].visible
    assert f"Why {len(state.opened.slide().niches)} niches?" in values[BOX].label
    assert values[NUMBER].value == "found by clustering"
    assert "<svg" in values[WHY]
    assert "found+by" not in values[ADDRESS]
    labelled = write_h5ad(toy(), "labelled.h5ad")
    values = chooser.reopen(state, "upload", lambda told: open_slides(labelled), lambda *_: None)
    assert not values[BOX].visible
    assert values[WHY] == ""


def test_a_number_that_is_shown_is_not_looked_for_again(state: PageState, chooser: Chooser, found: Path) -> None:
    opened = state.opened
    assert all(map(is_skipped, chooser.take_search(state, "found by clustering: 4", lambda *_: None)))
    assert all(map(is_skipped, chooser.take_column(state, "found by clustering", lambda *_: None)))
    assert state.opened is opened


def test_another_number_is_a_part_of_the_address(state: PageState, chooser: Chooser, found: Path) -> None:
    values = chooser.take_search(state, "found by clustering: 3", lambda *_: None)
    assert len(state.opened.slide().niches) == 3
    assert json.loads(values[ADDRESS])["query"]["column"] == "found by clustering: 3"
    assert values[COLUMN].value == "found by clustering"
    assert "was given" in values[WHY]


def test_count_splitting_can_choose_the_preprocessing(state: PageState, chooser: Chooser, found: Path) -> None:
    values = chooser.take_search(state, "found by clustering: auto", lambda *_: None)
    assert values[NUMBER].value == "found by clustering: auto"
    assert "chosen by count splitting" in values[WHY]
    assert "repeat it with --normalisation" in values[WHY]


@pytest.mark.parametrize("stops", [True, False])
def test_a_search_ends_when_it_is_stopped_or_another_one_begins(
    state: PageState, chooser: Chooser, found: Path, stops: bool
) -> None:
    opened, told = state.opened, []

    def interrupt(share: float, words: str) -> None:
        told.append(share)
        if len(told) == 2 and stops:
            chooser.stop_opening(state)
        elif len(told) == 2:
            chooser.take_search(state, "found by clustering: 3", lambda *_: None)

    values = chooser.take_search(state, "found by clustering: 2", interrupt)
    assert len(told) == 2
    assert all(map(is_skipped, values))
    assert state.opened.niche_key == ("found by clustering: 4" if stops else "found by clustering: 3")
    assert (state.opened is opened) == stops
    assert chooser.stop_opening(state)[NUMBER].value == state.opened.niche_key


@pytest.mark.parametrize("takes", ["take_search", "take_column"])
def test_who_chooses_what_is_shown_ends_the_search(state: PageState, chooser: Chooser, found: Path, takes: str) -> None:
    opened, told = state.opened, []
    shown = {"take_search": opened.niche_key, "take_column": opened.column}[takes]

    def interrupt(share: float, words: str) -> None:
        told.append(share)
        if len(told) == 2:
            getattr(chooser, takes)(state, shown, lambda *_: None)

    assert all(map(is_skipped, chooser.take_search(state, "found by clustering: 2", interrupt)))
    assert len(told) == 2
    assert state.opened is opened
    assert state.reading == ""


def test_an_opening_that_fails_too_late_is_not_told(state: PageState, chooser: Chooser, sources: Sources) -> None:
    def fail(progress: object) -> None:
        chooser.open_source(state, SYNTHETIC, lambda *_: None)
        message = "broken.h5ad: is no slide"
        raise NicheLensError(message)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(map(is_skipped, chooser.reopen(state, "upload", fail, lambda *_: None)))


def test_a_list_that_reports_twice_does_not_begin_its_search_anew(
    state: PageState, chooser: Chooser, found: Path
) -> None:
    again: list[bool] = []

    def report(share: float, words: str) -> None:
        if not again:
            again.append(all(map(is_skipped, chooser.take_search(state, "found by clustering: 3", lambda *_: None))))

    values = chooser.take_search(state, "found by clustering: 3", report)
    assert again == [True]
    assert values[NUMBER].value == "found by clustering: 3"
    assert state.reading == ""
