"""Work for one visitor: the slice is measured and the model is asked in turns, for as long as somebody waits for it."""

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
        slice_name: the slice.
        engine: the model, which the visitor shares with others.
        check_wanted: raises an error when nobody waits for the result any more.
    """

    opened: SlideCache
    slice_name: str
    engine: Engine
    check_wanted: Callable[[], None]

    def measure(self, progress: gr.Progress | None = None) -> Facts:
        """Facts of the slice. The first call for a slice takes seconds.

        Args:
            progress: shows how far the measuring is.

        Raises:
            NoLongerWanted: nobody waits for it any more.
        """

        def measuring(done: int, total: int) -> None:
            self.check_wanted()
            if progress is not None:
                progress((done, total), desc="measuring", unit="genes")

        return self.opened.facts(self.slice_name, self.engine.image_size, measuring)


def begin_work(state: PageState, tab: str, choice: tuple[str, ...], engine: Engine, turns: Turns) -> VisitorWork:
    """Notes what a tab now works on.

    Args:
        state: of the visitor.
        tab: name of the tab, or of what else shows the result.
        choice: the slice, and what else the result depends on.
        engine: the model.
        turns: the order of those who use it.
    """
    opened = state.opened
    state.show(tab, *choice)

    def check_wanted() -> None:
        state.check_wanted(tab, opened, *choice)

    return VisitorWork(opened, choice[0], turns.engine_for(engine, state.visitor, check_wanted), check_wanted)
