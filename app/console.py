"""What the commands say on the terminal: progress, warnings and errors on stderr, answers on stdout."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_BARS = "HF_HUB_DISABLE_PROGRESS_BARS"
QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    _BARS: "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
}
ROOMS = tuple(__name__.rpartition("app")[0] + room for room in ("data_prep", "inference", "training", "app"))
"""Names of our loggers; in an installed package they start with `nichelens.`."""


def settle() -> None:
    """Keeps libraries from writing on the terminal and puts our own warnings there as single lines.

    Called once, before any heavy import: libraries read these variables when they are imported.
    """
    for name, value in QUIET.items():
        if name != _BARS or not sys.stderr.isatty():  # a model of gigabytes takes minutes to fetch
            os.environ.setdefault(name, value)
    warnings.filterwarnings("ignore")
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    for room in ROOMS:
        log = logging.getLogger(room)
        log.handlers = [_OneLine()]
        log.propagate = False


def fail(message: str) -> int:
    """Prints one line on stderr and gives the exit code of bad input."""
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return 2


@contextmanager
def progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """Shows a progress bar on stderr, only on a terminal; yields ``report(done, total)``."""
    with steps() as report:
        yield lambda done, total: report(doing, done, total)


@contextmanager
def steps() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar for work of several steps; yields ``report(step, done, total)``."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task("", total=None)
        yield lambda step, done, total: bar.update(task, description=step, completed=done, total=total)


class _OneLine(logging.Handler):
    """`warning: …`, once per message, on the stderr of the moment (tests swap it)."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Prints a record that was not printed before."""
        text = " ".join(record.getMessage().split())
        if text not in self._said:
            self._said.add(text)
            print(f"{record.levelname.lower()}: {text}", file=sys.stderr)
