"""What one visitor of the page has open and has chosen, and what happens to answers that come too late."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any

from app.web.slide_cache import SlideCache
from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    import gradio as gr
    import pandas as pd

    from inference.answers.answer import Answer

ENGINE_EVENT = {"concurrency_limit": None, "api_visibility": "private"}
"""Settings of the events that use the model. They all run at once and take turns at the model (`app.web.turns`)."""
QUIET = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
"""Settings of the events that follow a choice. No visitor waits for another's."""
OPENING = {"api_visibility": "private", "concurrency_limit": 4, "trigger_mode": "multiple"}
"""Settings of the events that open a slide, which take memory: so many at once, whoever waits for a large one. A
visitor who opens something else does not wait: the earlier opening ends."""
_STOPPED = ("stopped",)


@dataclass
class PageState:
    """One open page. Gradio keeps a copy for each visitor.

    Attributes:
        opened: the slides that the visitor looks at; replaced when another file or niche column is opened.
        source: name of the opened slides in the page's address; see `app.web.sources`.
        shown: name of a tab, or "slide" → the choice that it was drawn for or asked about last.
        compared: genes that stand side by side.
        talk: the conversation about the slice that is shown; None before its first question.
        answer: the last answer about one gene; None for none.
        screen: the table of markers that was made last, with the slides that it is about; None for none.
        reading: column that niches are being read from, or that stands for a running search; "" for none.
        has_left: whether the visitor has closed the page.
        openings: how many slides the visitor has begun or stopped to open: only the newest opening goes on.
    """

    opened: SlideCache
    source: str = ""
    shown: dict[str, tuple] = field(default_factory=dict)
    compared: list[str] = field(default_factory=list)
    talk: Any = None
    answer: Answer | None = None
    screen: tuple[SlideCache, pd.DataFrame] | None = None
    has_left: bool = False
    openings: int = 0
    reading: str = ""

    @property
    def visitor(self) -> str:
        """Whose turn this page takes at the model (`app.web.turns`)."""
        return str(id(self))

    def show(self, tab: str, *choice: str) -> bool:
        """Notes that a tab now shows this choice; False if it did already.

        Whoever does this has not left: a browser that slept only seemed to.
        """
        self.has_left = False
        before = self.shown.get(tab)
        self.shown[tab] = (self.opened, *choice)
        return before != self.shown[tab]

    def stop(self, tab: str) -> None:
        """Ends what runs in a tab; what it shows stays."""
        self.shown[tab] = _STOPPED

    def still_shows(self, tab: str, opened: SlideCache, *choice: str) -> bool:
        """Whether a tab still shows this choice, so that an answer about it is still wanted."""
        return not self.has_left and self.shown.get(tab) == (opened, *choice)

    def check_wanted(self, tab: str, opened: SlideCache, *choice: str) -> None:
        """Ends an event whose answer is about something that the tab no longer shows.

        Raises:
            NoLongerWanted: the visitor has chosen something else, pressed Stop or left; `guarded` ends the event.
        """
        if not self.still_shows(tab, opened, *choice):
            raise NoLongerWanted


class NoLongerWanted(Exception):
    """The visitor has chosen something else, pressed Stop, or left."""


@dataclass(frozen=True)
class Chosen:
    """The components of the page that hold the choice of the visitor, shared by all tabs."""

    state: gr.State
    slice_name: gr.Dropdown
    niche: gr.Dropdown
    gene: gr.HTML

    @property
    def inputs(self) -> list[Any]:
        """The components as inputs of an event: state, slice, niche, gene."""
        return [self.state, self.slice_name, self.niche, self.gene]


@dataclass(frozen=True)
class Tab:
    """What the page needs to know of a tab.

    Attributes:
        name: its name in the page's address.
        draw: draws the tab for a choice (state, slice, niche, gene) and removes an answer about another choice. It
            returns a value for each of ``outputs``. Lists report a choice twice, so an answer about the same choice
            stays.
        outputs: components that the tab fills.
        picks: events whose data has a ``gene`` or a ``niche`` that the visitor chose in this tab.
    """

    name: str
    draw: Callable[[PageState, str, str, str], tuple]
    outputs: list[Any]
    picks: tuple[Any, ...] = ()


def told(handler: Callable[..., Any]) -> Callable[..., Any]:
    """A handler whose parameter ``event`` or ``request`` Gradio fills.

    Gradio finds such parameters by their types. Our annotations are text, because gradio is imported late.
    """
    import gradio as gr

    for name, kind in (("event", gr.EventData), ("request", gr.Request)):
        if name in handler.__annotations__:
            handler.__annotations__[name] = kind
    return handler


def guarded(event: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """An event that shows bad input as a message and keeps what the page shows; it ends when nobody waits for it."""

    @wraps(event)
    def run(*arguments: Any) -> Iterator[Any]:
        import gradio as gr

        try:
            yield from event(*arguments)
        except NicheLensError as error:
            gr.Warning(html.escape(str(error)), title="That did not work")
            yield gr.skip()
        except NoLongerWanted:
            yield gr.skip()

    return run
