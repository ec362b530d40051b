"""The tab that asks about a gene keeps the answer for the blind twin, as long as it is about what is chosen."""

import inspect
from collections.abc import Callable, Iterator

import pytest

from app.web.page import build_demo
from app.web.page_state import PageState
from app.web.slide_cache import SlideCache
from tests.oracle import Answering

Event = Callable[..., Iterator[tuple]]


@pytest.fixture(scope="module")
def ask() -> Event:
    """The event behind the button Ask."""
    demo = build_demo(Answering(lambda claim: 3.0))
    return next(event.fn for event in demo.fns.values() if inspect.unwrap(event.fn).__name__ == "answer_question")


def test_an_answer_is_kept(ask: Event, toy_cache: SlideCache) -> None:
    state = PageState(toy_cache)
    assert len(list(ask(state, "S1", "Layer 2", "GENE1", ""))) > 1
    assert (state.answer.gene, state.answer.niche) == ("GENE1", "Layer 2")


def test_an_answer_about_an_earlier_choice_is_not(ask: Event, toy_cache: SlideCache) -> None:
    state = PageState(toy_cache)
    alone = len(list(ask(PageState(toy_cache), "S1", "Layer 2", "GENE1", "")))
    steps = ask(state, "S1", "Layer 2", "GENE1", "")
    for _ in range(alone):
        next(steps)
    state.show("ask", "S1", "Layer 3", "GENE1")
    list(steps)
    assert state.answer is None
