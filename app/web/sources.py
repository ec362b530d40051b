"""Where slides come from: the command line, the synthetic tissue, examples by name, and files in allowed folders.

The address of a page names the source, so that a link opens the same slide: "given", "synthetic", "example:NAME" or
"file:PATH". An upload has no address: only the visitor who sent it sees it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from app.web.slide_cache import SlideCache
from app.web.upload import example_slides, open_slides
from data_prep.errors import NicheLensError

GIVEN, SYNTHETIC, UPLOAD = "given", "synthetic", "upload"
_EXAMPLE, _FILE = "example:", "file:"
_KEPT = 8
"""Opened slides that are kept for the next visitor who asks for them."""


class Folders(Protocol):
    """Which files the server opens by path."""

    def resolve(self, path: str) -> Path:
        """The file that a path means; raises NicheLensError for any other."""


class Sources:
    """Opens slides by the name of their source; visitors share what is opened.

    Args:
        given: slides of the command line.
        examples: name → how to get the file of an example slide, and the column with its niches ("" for the likeliest).
        folders: files that may be opened by path; None opens none.
    """

    def __init__(
        self,
        given: SlideCache | None = None,
        examples: Mapping[str, Callable[[], tuple[Path, str]]] | None = None,
        folders: Folders | None = None,
    ) -> None:
        self.given = given
        self.examples = dict(examples or {})
        self.folders = folders
        self._opened: OrderedDict[tuple[str, str], SlideCache] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def first(self) -> str:
        """The source that a page shows first."""
        return GIVEN if self.given else SYNTHETIC

    def is_shareable(self, source: str) -> bool:
        """Whether a link can open this source."""
        return source != UPLOAD

    def open(self, source: str, column: str = "") -> SlideCache:
        """Opens a source.

        Args:
            source: its name.
            column: column of the niches; "" for the likeliest.

        Raises:
            NicheLensError: there is no such source, or it cannot be opened.
        """
        with self._lock:
            kept = self._opened.get((source, column))
        if kept is None:
            kept = self._read(source, column)
            with self._lock:
                self._opened[source, column] = kept
                while len(self._opened) > _KEPT:
                    self._opened.popitem(last=False)
        return kept

    def _read(self, source: str, column: str) -> SlideCache:
        if source == SYNTHETIC:
            return example_slides()
        if source == GIVEN and self.given is not None:
            if column in ("", self.given.niche_key) or self.given.path is None:
                return self.given
            return open_slides(self.given.path, [column])
        if source.startswith(_EXAMPLE) and (name := source.removeprefix(_EXAMPLE)) in self.examples:
            path, usual = self.examples[name]()
            return open_slides(path, [key for key in (column or usual,) if key])
        if source.startswith(_FILE) and self.folders is not None:
            return open_slides(self.folders.resolve(source.removeprefix(_FILE)), [column] if column else [])
        if source == UPLOAD:
            message = "the link is about a slide that somebody uploaded; uploads are not shared: open the file again"
        else:
            message = f"this server has no slide '{source[:80]}'; open one of its examples or a file of your own"
        raise NicheLensError(message)
