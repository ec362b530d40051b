"""What the commands write on the terminal: results on stdout; progress, warnings and errors on stderr."""

from __future__ import annotations

import logging
import os
import sys
import time
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


def tell(message: str) -> None:
    """Prints one line on stderr that is no warning, unless `--quiet` was given."""
    if _verbosity is not Verbosity.QUIET:
        print(" ".join(message.split()), file=sys.stderr)


class Pace:
    """The pace of some work and the time it still takes, in words.

    What was done before the first report is not counted: an earlier run did it.

    Args:
        unit: what is counted, in the plural: "answers".
        clock: gives seconds.
    """

    def __init__(self, unit: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._unit, self._clock = unit, clock
        self._started: tuple[float, int] | None = None

    def __call__(self, done: int, total: int) -> str:
        """For example "93 answers/s, 4 min left"; "" while nothing is done."""
        if self._started is None:
            self._started = self._clock(), done
        start, done_before = self._started
        seconds = self._clock() - start
        if done == done_before or seconds <= 0:
            return ""
        pace = (done - done_before) / seconds
        left = (total - done) / pace
        words = f"{left:.0f} s" if left < 100 else f"{left / 60:.0f} min" if left < 6000 else f"{left / 3600:.1f} h"
        return f"{pace:.3g} {self._unit}/s, {words} left"


@contextmanager
def progress(step: str, unit: str = "") -> Iterator[Callable[[int, int], None]]:
    """Shows a progress bar on stderr if that is a terminal; yields ``report(done, total)``.

    Args:
        step: what is done.
        unit: what is counted, to show the pace.
    """
    with steps(unit) as report:
        yield lambda done, total: report(step, done, total)


@contextmanager
def steps(unit: str = "") -> Iterator[Callable[[str, int, int], None]]:
    """Shows a progress bar for work of several steps; yields ``report(step, done, total)``."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    time_left = TextColumn("{task.fields[pace]}", markup=False) if unit else TimeRemainingColumn()
    pace = Pace(unit)
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        time_left,
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty() or _verbosity is Verbosity.QUIET,
    )
    with bar:
        task = bar.add_task("", total=None, pace="")
        yield lambda step, done, total: bar.update(
            task, description=step, completed=done, total=total, pace=pace(done, total) if unit else ""
        )


@contextmanager
def shares() -> Iterator[Callable[[float, str], None]]:
    """Shows a progress bar for work of unknown size; yields ``report(share that is done, what comes next)``."""
    with steps() as report:
        yield lambda share, step: report(step, round(100 * share), 100)


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
