"""What the commands write on the terminal: results on stdout; progress, warnings and errors on stderr."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum

ROOMS = tuple(__name__.rpartition("app")[0] + room for room in ("data_prep", "inference", "training", "app"))
"""Names of our loggers; in an installed package they start with `nichelens.`."""
_PROGRESS_BARS = "HF_HUB_DISABLE_PROGRESS_BARS"
_VERBOSITY = "TRANSFORMERS_VERBOSITY"
LIBRARY_SETTINGS = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    _PROGRESS_BARS: "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    _VERBOSITY: "error",
}
"""Environment variables that keep libraries from writing on the terminal and from reporting usage."""


class Verbosity(Enum):
    """How much a command writes on stderr. The value is the lowest level of our own log records that it shows."""

    QUIET = logging.ERROR
    NORMAL = logging.WARNING
    VERBOSE = logging.INFO


_verbosity = Verbosity.NORMAL


def configure_logging(verbosity: Verbosity = Verbosity.NORMAL) -> None:
    """Shows our own log records as single lines on stderr, and keeps libraries silent unless verbose.

    Call it before any heavy import: libraries read these environment variables when they are imported.
    """
    global _verbosity
    _verbosity = verbosity
    verbose = verbosity is Verbosity.VERBOSE
    for name, value in LIBRARY_SETTINGS.items():
        if name != _PROGRESS_BARS or not sys.stderr.isatty():  # a model of gigabytes takes minutes to download
            os.environ.setdefault(name, value)
    if verbose:
        os.environ[_VERBOSITY] = "info"
    warnings.filterwarnings("default" if verbose else "ignore")
    logging.getLogger("bitsandbytes").setLevel(logging.INFO if verbose else logging.ERROR)
    _show_records(verbosity.value)


def show_run_log() -> None:
    """Also shows what a training run reports about its progress, unless `--quiet` was given."""
    if _verbosity is not Verbosity.QUIET:
        _show_records(logging.INFO)


def _show_records(level: int) -> None:
    for room in ROOMS:
        logger = logging.getLogger(room)
        logger.handlers = [_LineHandler(level)]
        logger.setLevel(level)
        logger.propagate = False


def fail(message: str) -> int:
    """Prints one line on stderr and returns the exit code of bad input."""
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return 2


@contextmanager
def progress(step: str) -> Iterator[Callable[[int, int], None]]:
    """Shows a progress bar on stderr if that is a terminal; yields ``report(done, total)``."""
    with steps() as report:
        yield lambda done, total: report(step, done, total)


@contextmanager
def steps() -> Iterator[Callable[[str, int, int], None]]:
    """Shows a progress bar for work of several steps; yields ``report(step, done, total)``."""
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
        disable=not sys.stderr.isatty() or _verbosity is Verbosity.QUIET,
    )
    with bar:
        task = bar.add_task("", total=None)
        yield lambda step, done, total: bar.update(task, description=step, completed=done, total=total)


class _LineHandler(logging.Handler):
    """Prints each record as one line on the current stderr (tests replace it), and repeats no warning."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self._printed: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Prints a record; information has no prefix."""
        text = " ".join(record.getMessage().split())
        if record.levelno < logging.WARNING:
            print(text, file=sys.stderr)
        elif text not in self._printed:
            self._printed.add(text)
            print(f"{record.levelname.lower()}: {text}", file=sys.stderr)
