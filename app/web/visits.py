"""Visits: who looks at the page now, so that work for a visitor who closes it ends at once."""

from __future__ import annotations

import threading
from weakref import WeakValueDictionary

from app.web.page_state import PageState


class Visits:
    """The open pages by the session that Gradio gives each of them. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: WeakValueDictionary[str, PageState] = WeakValueDictionary()

    def arrive(self, session: str | None, state: PageState) -> None:
        """Notes that a page was opened, or loaded anew."""
        state.has_left = False
        if session:
            with self._lock:
                self._states[session] = state

    def leave(self, session: str | None) -> None:
        """Ends the work for a page that was closed. It is no error if the page is not known."""
        with self._lock:
            state = self._states.pop(session, None) if session else None
        if state is not None:
            state.has_left = True

    def __len__(self) -> int:
        """Pages that are open."""
        with self._lock:
            return len(self._states)
