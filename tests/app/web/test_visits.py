"""Who looks at the page, and who has left it."""

import gc

import pytest

from app.web.page_state import NoLongerWanted, PageState
from app.web.slide_cache import SlideCache
from app.web.visits import Visits


@pytest.fixture
def state(toy_cache: SlideCache) -> PageState:
    return PageState(toy_cache)


def test_work_for_a_page_that_was_closed_ends(state: PageState, toy_cache: SlideCache) -> None:
    visits = Visits()
    visits.arrive("a", state)
    state.show("ask", "S1")
    state.check_wanted("ask", toy_cache, "S1")
    visits.leave("b")
    state.check_wanted("ask", toy_cache, "S1")
    visits.leave("a")
    with pytest.raises(NoLongerWanted):
        state.check_wanted("ask", toy_cache, "S1")
    assert len(visits) == 0


def test_a_page_that_is_loaded_anew_works_again(state: PageState, toy_cache: SlideCache) -> None:
    visits = Visits()
    visits.arrive("a", state)
    visits.leave("a")
    visits.arrive("b", state)
    state.show("ask", "S1")
    state.check_wanted("ask", toy_cache, "S1")


def test_pages_are_not_kept_alive(toy_cache: SlideCache) -> None:
    visits = Visits()
    visits.arrive("a", PageState(toy_cache))
    gc.collect()
    assert len(visits) == 0
    visits.leave("a")
    visits.leave(None)
