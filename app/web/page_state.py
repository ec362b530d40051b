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


@dataclass
class PageState:
    """One open page. Gradio keeps a copy for each visitor.

    Attributes:
        opened: the slides that the visitor looks at; replaced when another file or niche column is opened.
        shown: name of a tab, or "slide" → the choice that it was drawn for or asked about last.
    """

    opened: SlideCache
    shown: dict[str, tuple] = field(default_factory=dict)

    def show(self, tab: str, *choice: str) -> bool:
        """Notes that a tab now shows this choice; False if it did already."""
        before = self.shown.get(tab)
        self.shown[tab] = (self.opened, *choice)
        return before != self.shown[tab]

    def still_shows(self, tab: str, opened: SlideCache, *choice: str) -> bool:
        """Whether a tab still shows this choice, so that an answer about it is still wanted."""
        return self.shown.get(tab) == (opened, *choice)

    def check_wanted(self, tab: str, opened: SlideCache, *choice: str) -> None:
        """Ends an event whose answer is about something that the tab no longer shows.

        Raises:
            NoLongerWanted: the visitor has chosen something else; `guarded` ends the event.
        """
        if not self.still_shows(tab, opened, *choice):
            raise NoLongerWanted


class NoLongerWanted(Exception):
    """The visitor has chosen something else."""


@dataclass(frozen=True)
class Chosen:
    """The components of the page that hold the choice of the visitor, shared by all tabs."""

    state: gr.State
    slice_name: gr.Dropdown
    niche: gr.Dropdown

    @property
    def inputs(self) -> list[Any]:
        """The components as inputs of an event."""
        return [self.state, self.slice_name, self.niche]


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
