"""Lines on stderr: warnings once, information without a prefix, libraries silent."""

import logging
import os
import warnings
from collections.abc import Iterator

import pytest

from app import console
from app.console import Pace, Verbosity, configure_logging, fail, show_run_log


@pytest.fixture(autouse=True)
def undone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undoes what `configure_logging` sets."""
    for name in console.LIBRARY_SETTINGS:
        monkeypatch.setenv(name, "set")
        monkeypatch.delenv(name)
    bitsandbytes = logging.getLogger("bitsandbytes")
    monkeypatch.setattr(bitsandbytes, "level", bitsandbytes.level)
    monkeypatch.setattr(console, "_verbosity", Verbosity.NORMAL)
    with warnings.catch_warnings():
        yield


def speak() -> None:
    logger = logging.getLogger(f"{console.ROOMS[0]}.read")
    logger.info("step\n1")
    for _ in range(2):
        logger.warning("small\n niche")
    logger.error("lost")


@pytest.mark.parametrize(
    ("verbosity", "lines"),
    [
        (Verbosity.QUIET, ["error: lost"]),
        (Verbosity.NORMAL, ["warning: small niche", "error: lost"]),
        (Verbosity.VERBOSE, ["step 1", "warning: small niche", "error: lost"]),
    ],
)
def test_what_is_shown(capsys: pytest.CaptureFixture[str], verbosity: Verbosity, lines: list[str]) -> None:
    configure_logging(verbosity)
    speak()
    assert capsys.readouterr().err.splitlines() == lines


def test_the_log_of_a_run_is_shown_unless_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    show_run_log()
    speak()
    assert "step 1" in capsys.readouterr().err
    configure_logging(Verbosity.QUIET)
    show_run_log()
    speak()
    assert capsys.readouterr().err == "error: lost\n"


def test_libraries_are_silent_unless_verbose(recwarn: pytest.WarningsRecorder) -> None:
    configure_logging()
    warnings.warn("from a library", stacklevel=1)
    assert os.environ["TRANSFORMERS_VERBOSITY"] == "error"
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    configure_logging(Verbosity.VERBOSE)
    assert os.environ["TRANSFORMERS_VERBOSITY"] == "info"
    warnings.warn("from a library, again", stacklevel=1)
    assert [str(warning.message) for warning in recwarn] == ["from a library, again"]


def test_an_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert fail("bad\n  input") == 2
    assert capsys.readouterr().err == "error: bad input\n"


def test_the_pace_counts_only_what_this_run_did() -> None:
    seconds = iter([0.0, 0.0, 10.0, 10.0, 100.0])
    pace = Pace("answers", lambda: next(seconds))
    assert pace(5000, 17000) == ""
    assert pace(6000, 17000) == "100 answers/s, 2 min left"
    assert pace(6000, 6100) == "100 answers/s, 1 s left"
    assert pace(5001, 17000) == "0.01 answers/s, 333.3 h left"


def test_what_is_told_is_one_line_and_quiet_hides_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    console.tell("going\non")
    monkeypatch.setattr(console, "_verbosity", Verbosity.QUIET)
    console.tell("hidden")
    assert capsys.readouterr() == ("", "going on\n")
