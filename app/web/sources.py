"""Where slides come from: the command line, the synthetic tissue, examples by name, and files in allowed folders.

The address of a page names the source, so that a link opens the same slide: "given", "synthetic", "example:NAME" or
"file:PATH". An upload has no address: only the visitor who sent it sees it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, cast

from app.web.slide_cache import SlideCache
from app.web.upload import Progress, example_slides, open_slides
from data_prep.errors import NicheLensError

GIVEN, SYNTHETIC, UPLOAD = "given", "synthetic", "upload"
EXAMPLE, FILE = "example:", "file:"
_KEPT = 8
"""Opened slides that are kept for the next visitor who asks for them."""


class Folders(Protocol):
    """Which files the server opens by path."""

    def resolve(self, path: str) -> Path:
        """The file that a path means; raises NicheLensError for any other."""


class Examples(Protocol):
    """Slides that are fetched by name; the module `app.web.examples`."""

    EXAMPLES: Mapping[str, Any]

    def fetch(self, name: str, progress: Progress | None = None) -> tuple[Path, str]:
        """The file of an example, and the column with its niches."""

    def is_fetched(self, name: str) -> bool:
        """Whether it opens without a network."""

    def label(self, name: str) -> str:
        """One line about it, with the size that would be fetched."""


class Sources:
    """Opens slides by the name of their source; visitors share what is opened.

    Args:
        given: slides of the command line.
        folders: files that may be opened by path; None opens none.
        examples: slides that are fetched by name.
    """

    def __init__(
        self, given: SlideCache | None = None, *, folders: Folders | None = None, examples: Examples | None = None
    ) -> None:
        if examples is None:
            from app.web import examples as published

            examples = cast("Examples", published)
        self.given = given
        self.folders = folders
        self._examples = examples
        self._opened: OrderedDict[tuple[str, str], SlideCache] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def first(self) -> str:
        """The source that a page shows first."""
        return GIVEN if self.given else SYNTHETIC

    def is_shareable(self, source: str) -> bool:
        """Whether a link can open this source."""
        return source != UPLOAD

    def example_labels(self) -> dict[str, str]:
        """Name → what people read of each example."""
        return {name: self._examples.label(name) for name in self._examples.EXAMPLES}

    def open(
        self, source: str, column: str = "", progress: Progress | None = None, *, may_fetch: bool = True
    ) -> SlideCache:
        """Opens a source.

        Args:
            source: its name.
            column: column of the niches; "" for the likeliest.
            progress: is told how far the opening is; what it raises ends it.
            may_fetch: whether an example may be fetched from its publisher; a link alone fetches nothing.

        Raises:
            NicheLensError: there is no such source, or it cannot be opened.
        """
        with self._lock:
            kept = self._opened.get((source, column))
        if kept is None:
            kept = self._read(source, column, progress, may_fetch=may_fetch)
            with self._lock:
                self._opened[source, column] = kept
                while len(self._opened) > _KEPT:
                    self._opened.popitem(last=False)
        return kept

    def _read(self, source: str, column: str, progress: Progress | None, *, may_fetch: bool) -> SlideCache:
        if source == SYNTHETIC:
            return example_slides()
        if source == GIVEN and self.given is not None:
            if column in ("", self.given.niche_key) or self.given.path is None:
                return self.given
            return open_slides(self.given.path, [column], progress=progress)
        if source.startswith(EXAMPLE) and (name := source.removeprefix(EXAMPLE)) in self._examples.EXAMPLES:
            if not may_fetch and not self._examples.is_fetched(name):
                message = f"the example '{name}' has not been fetched yet; open it under “Open another slide”"
                raise NicheLensError(message)
            path, usual = self._examples.fetch(name, progress)
            return open_slides(path, [column or usual], progress=progress)
        if source.startswith(FILE) and self.folders is not None:
            path = self.folders.resolve(source.removeprefix(FILE))
            return open_slides(path, [column] if column else [], progress=progress)
        if source == UPLOAD:
            message = "the link is about a slide that somebody uploaded; uploads are not shared: open the file again"
        else:
            message = f"this server has no slide '{source[:80]}'; open one of its examples or a file of your own"
        raise NicheLensError(message)
