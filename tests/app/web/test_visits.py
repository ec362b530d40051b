"""Who looks at the page, and who has left it."""

import gc

import pytest

from app.web.page_state import NoLongerWanted, PageState
from app.web.slide_cache import SlideCache
from app.web.visits import KEPT_PAGES, KEPT_SECONDS, Visits
from data_prep.errors import NicheLensError


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


def test_slides_of_pages_that_were_closed_are_let_go(toy_cache: SlideCache) -> None:
    now = 0.0
    visits = Visits(lambda: now)
    states = [PageState(toy_cache) for _ in range(KEPT_PAGES + 2)]
    for number, state in enumerate(states):
        visits.arrive(str(number), state)
    for number in range(KEPT_PAGES + 1):
        visits.leave(str(number))
    assert [state.opened is toy_cache for state in states] == [False, *[True] * (KEPT_PAGES + 1)]
    with pytest.raises(NicheLensError, match="reload the page"):
        states[0].opened.canvas("S1", 64)
    now = KEPT_SECONDS + 1
    visits.leave("nobody")
    assert [state.opened is toy_cache for state in states] == [*[False] * (KEPT_PAGES + 1), True]


def test_a_page_that_only_slept_keeps_its_slide(toy_cache: SlideCache) -> None:
    now = 0.0
    visits = Visits(lambda: now)
    slept = PageState(toy_cache)
    visits.arrive("a", slept)
    visits.leave("a")
    slept.show("ask", "S1")
    now = KEPT_SECONDS + 1
    visits.leave("nobody")
    assert slept.opened is toy_cache
