"""Work for one visitor that needs the counts: the slice is measured, and the model is asked in turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.web.page_state import PageState
from app.web.slide_cache import SlideCache
from app.web.turns import Turns
from data_prep.facts.facts import Facts

if TYPE_CHECKING:
    import gradio as gr

    from inference.engine.engine import Engine


@dataclass(frozen=True, eq=False)
class VisitorWork:
    """What an event of a tab works with.

    Attributes:
        opened: the slides.
        facts: of the slice.
        engine: the model, which the visitor shares with others.
        check_wanted: raises an error when nobody waits for the result any more.
    """

    opened: SlideCache
    facts: Facts
    engine: Engine
    check_wanted: Callable[[], None]


def begin_work(
    state: PageState, tab: str, choice: tuple[str, ...], engine: Engine, turns: Turns, progress: gr.Progress
) -> VisitorWork:
    """Notes what a tab now works on, and measures the slice.

    Args:
        state: of the visitor.
        tab: name of the tab, or of what else shows the result.
        choice: the slice, and what else the result depends on.
        engine: the model.
        turns: the order of those who use it.
        progress: shows how far the measuring is.

    Raises:
        NoLongerWanted: the visitor has chosen something else, pressed Stop or left.
    """
    opened = state.opened
    state.show(tab, *choice)

    def check_wanted() -> None:
        state.check_wanted(tab, opened, *choice)

    def measuring(done: int, total: int) -> None:
        check_wanted()
        progress((done, total), desc="measuring", unit="genes")

    facts = opened.facts(choice[0], engine.image_size, measuring)
    return VisitorWork(opened, facts, turns.engine_for(engine, str(id(state)), check_wanted), check_wanted)
