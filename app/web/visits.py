"""Visits: who looks at the page now. Work for a visitor who closes it ends at once, and its slide is let go.

A browser that slept looks as if its page had been closed. So the pages that were closed last keep their slides for a
while; then a page that comes back asks to be reloaded.
"""

from __future__ import annotations

import gc
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from app.web.page_state import PageState
from data_prep.errors import NicheLensError

KEPT_PAGES, KEPT_SECONDS = 8, 900.0
"""Closed pages that keep their slides, and how long. A busy server must not grow with every visit."""
COLLECT_SECONDS = 20.0
"""Least time between two full collections of garbage, each of which takes some tenths of a second."""


class Visits:
    """The open pages by the session that Gradio gives each of them. Threads may share it.

    Args:
        clock: seconds; replaced in tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._collected = clock()
        self._lock = threading.Lock()
        self._states: WeakValueDictionary[str, PageState] = WeakValueDictionary()
        self._closed: OrderedDict[str, tuple[float, PageState]] = OrderedDict()
        """Session → when its page was closed and what it showed; the one that was closed first comes first."""

    def arrive(self, session: str | None, state: PageState) -> None:
        """Notes that a page was opened, or loaded anew."""
        state.has_left = False
        if session:
            with self._lock:
                self._states[session] = state
                self._closed.pop(session, None)
                self._forget_old()

    def leave(self, session: str | None) -> None:
        """Ends the work for a page that was closed. It is no error if the page is not known."""
        with self._lock:
            state = self._states.pop(session, None) if session else None
            if session and state is not None:
                state.has_left = True
                self._closed[session] = (self._clock(), state)
            self._forget_old()

    def __len__(self) -> int:
        """Pages that are open."""
        with self._lock:
            return len(self._states)

    def _forget_old(self) -> None:
        """Lets go of the slides of pages that were closed long ago, or before many others."""
        oldest = self._clock() - KEPT_SECONDS
        forgotten = 0
        while self._closed and (len(self._closed) > KEPT_PAGES or next(iter(self._closed.values()))[0] < oldest):
            _, (_, state) = self._closed.popitem(last=False)
            if state.has_left:  # else it came back and works
                forget(state)
                forgotten += 1
        if forgotten and self._clock() - self._collected > COLLECT_SECONDS:
            self._collected = self._clock()
            gc.collect()  # slides and their caches refer to each other, and wait long for a full collection


def forget(state: PageState) -> None:
    """Lets go of everything that a page holds."""
    state.opened = _Closed()  # type: ignore[assignment]
    state.answer = state.talk = state.screen = None
    state.shown.clear()


class _Closed:
    """Stands for the slides of a page that was away for too long: whoever uses them is told to reload."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        message = "this page was away for too long, and its slide was closed; reload the page"
        raise NicheLensError(message)
