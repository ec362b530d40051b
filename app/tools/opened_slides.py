"""SlideStore: the slides that the users of a server have opened, under ids that nobody can guess.

Who opens a slide gets an id for each of its slices, and only who knows the id can ask about it. Two users who open the
same file share what was read and measured, but not their ids.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakValueDictionary

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.slide import Slide

MOST_OPEN = 64
"""Files that users have open at the same time, whoever they are. The one that was used longest ago closes first."""
MOST_BYTES = 4 * 2**30
"""Memory of all open slides together. The newest stays open, however large it is."""
OPEN_SECONDS = 3600
"""A slide closes when nobody has used it for an hour."""
_ID_BYTES = 16
_FACTS_BYTES = 8 * 4
"""Bytes of the marker statistics of one gene and niche: seven numbers of four bytes, and some more."""
_SPOT_BYTES = 1000
"""Bytes of coordinates, graph and projections for each spot."""


class OpenedFile(Protocol):
    """The slides of one file, and what was measured and drawn of them; for example the page's `SlideCache`."""

    @property
    def slides(self) -> dict[str, Slide]:
        """Name of each slice → its slide."""

    def facts(self, name: str, size: int) -> Facts:
        """Facts of a slice, with a canvas of ``size`` pixels."""

    def canvas(self, name: str, size: int) -> Canvas:
        """Canvas that draws a slice."""


@dataclass(frozen=True, eq=False)
class OpenedSlide:
    """One slice of a file that a user has opened.

    Attributes:
        opened: the file.
        slice_name: the slice.
    """

    opened: OpenedFile
    slice_name: str

    @property
    def slide(self) -> Slide:
        """The slide."""
        return self.opened.slides[self.slice_name]

    def facts(self, size: int) -> Facts:
        """What the counts say. The first call takes seconds."""
        return self.opened.facts(self.slice_name, size)

    def canvas(self, size: int) -> Canvas:
        """Draws the slide."""
        return self.opened.canvas(self.slice_name, size)


@dataclass(eq=False)
class _Open:
    """One opening of a file by one user."""

    opened: OpenedFile
    slices: tuple[str, ...]
    used: float
    bytes: int = field(default=0)


class SlideStore:
    """The slides that are open on one server. Threads may share it.

    Args:
        most_open: files that may be open at the same time.
        most_bytes: memory that they may take together, estimated.
        open_seconds: a file closes after so many seconds without use.
        clock: seconds; replaced in tests.
    """

    def __init__(
        self,
        *,
        most_open: int = MOST_OPEN,
        most_bytes: int = MOST_BYTES,
        open_seconds: float = OPEN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_open = most_open
        self._most_bytes = most_bytes
        self._open_seconds = open_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._open: OrderedDict[str, _Open] = OrderedDict()
        """Id → opening; the one that was used longest ago comes first."""
        self._read: WeakValueDictionary[Hashable, OpenedFile] = WeakValueDictionary()
        self._reading: dict[Hashable, threading.Lock] = {}

    def put(self, opened: OpenedFile) -> dict[str, str]:
        """Opens a file for one user.

        Returns:
            Id of each slice → its name, in their order. Each call gives new ids.
        """
        token = secrets.token_urlsafe(_ID_BYTES)
        slices = tuple(opened.slides)
        size = sum(_bytes_of(slide) for slide in opened.slides.values())
        with self._lock:
            self._open[token] = _Open(opened, slices, self._clock(), size)
            self._close_old()
        return {_slide_id(token, number): name for number, name in enumerate(slices)}

    def get(self, slide_id: str) -> OpenedSlide:
        """The slide of an id.

        Raises:
            NicheLensError: no slide is open under this id.
        """
        token, _, number = slide_id.partition(".")
        with self._lock:
            self._close_old()
            opening = self._open.get(token)
            if opening is None or not number.isdecimal() or int(number) >= len(opening.slices):
                message = (
                    f"no slide is open under the id '{slide_id[:60]}'; call open_slide and use an id that it returns "
                    f"(a slide closes after {self._open_seconds / 60:.0f} minutes without use)"
                )
                raise NicheLensError(message)
            opening.used = self._clock()
            self._open.move_to_end(token)
        return OpenedSlide(opening.opened, opening.slices[int(number)])

    def share(self, key: Hashable, read: Callable[[], OpenedFile]) -> OpenedFile:
        """What a file holds: read now, or shared with a user who has it open.

        Args:
            key: names the file and how it is read. It must change when the file changes.
            read: reads the file.
        """
        with self._lock:
            reading = self._reading.setdefault(key, threading.Lock())
        try:
            with reading:
                opened = self._read.get(key)
                if opened is None:
                    opened = self._read[key] = read()
                return opened
        finally:
            with self._lock:
                self._reading.pop(key, None)

    def __len__(self) -> int:
        """Files that are open."""
        with self._lock:
            self._close_old()
            return len(self._open)

    def _close_old(self) -> None:
        oldest = self._clock() - self._open_seconds
        while self._open and next(iter(self._open.values())).used < oldest:
            self._open.popitem(last=False)
        while len(self._open) > self._most_open or (len(self._open) > 1 and self._bytes() > self._most_bytes):
            self._open.popitem(last=False)

    def _bytes(self) -> int:
        return sum({id(opening.opened): opening.bytes for opening in self._open.values()}.values())


def _slide_id(token: str, number: int) -> str:
    return f"{token}.{number}"


def _bytes_of(slide: Slide) -> int:
    """Memory that a slide and its facts take, roughly. Counts that lie on disk take none."""
    arrays = (slide.counts.data, slide.counts.indices, slide.counts.indptr, slide.xy)
    in_memory = sum(array.nbytes for array in arrays if not isinstance(array, np.memmap))
    return in_memory + slide.n_genes * len(slide.niches) * _FACTS_BYTES + slide.n_spots * _SPOT_BYTES
