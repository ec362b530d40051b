"""What a visitor sees, and which answers are still wanted."""

from collections.abc import Iterator

import pytest

from app.web.page_state import NoLongerWanted, PageState, guarded
from app.web.slide_cache import SlideCache
from data_prep.errors import NicheLensError
from data_prep.synth.tissue import make_slide


@pytest.fixture(scope="module")
def opened() -> SlideCache:
    return SlideCache([make_slide(3, n_spots=300, n_niches=3, n_genes=12)])


def test_a_choice_is_new_once(opened: SlideCache) -> None:
    state = PageState(opened)
    assert state.show("ask", "S1", "Layer 1", "GENE1")
    assert not state.show("ask", "S1", "Layer 1", "GENE1")
    assert state.show("describe", "S1", "Layer 1")
    assert state.show("ask", "S1", "Layer 1", "GENE2")


def test_an_answer_about_another_choice_or_other_slides_is_not_wanted(opened: SlideCache) -> None:
    state = PageState(opened)
    state.show("ask", "S1", "Layer 1", "GENE2")
    state.check_wanted("ask", opened, "S1", "Layer 1", "GENE2")
    with pytest.raises(NoLongerWanted):
        state.check_wanted("ask", opened, "S1", "Layer 1", "GENE1")
    state.opened = SlideCache(list(opened.slides.values()))
    with pytest.raises(NoLongerWanted):
        state.check_wanted("ask", state.opened, "S1", "Layer 1", "GENE2")


@pytest.mark.filterwarnings("ignore:no such gene")  # what gradio shows as a message, where there is no page
@pytest.mark.parametrize("error", [NicheLensError("no such gene"), NoLongerWanted()])
def test_bad_input_keeps_what_the_page_shows(error: Exception) -> None:
    import gradio as gr

    @guarded
    def event() -> Iterator[str]:
        yield "shown"
        raise error

    assert list(event()) == ["shown", gr.skip()]


def test_a_programming_error_is_not_hidden() -> None:
    @guarded
    def event() -> Iterator[str]:
        yield "shown"
        raise KeyError

    with pytest.raises(KeyError):
        list(event())
