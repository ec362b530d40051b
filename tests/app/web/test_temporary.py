"""Temporary files of the page are gone when its process ends, however it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")
SERVE = """
import os, signal, sys, tempfile, threading, time
from pathlib import Path
for name in ("SIGINT", "SIGHUP"):  # a test run in the background ignores them, and so would its children
    signal.signal(getattr(signal, name), signal.SIG_DFL)
from app.web.temporary import claim_folder
folder = claim_folder()
(Path(os.environ["GRADIO_TEMP_DIR"]) / "upload.h5ad").write_bytes(b"counts")
assert Path(tempfile.mkdtemp()).parent == folder == claim_folder()
busy = threading.Thread(target=time.sleep, args=(60,))  # a question that takes long
if "busy" in sys.argv: busy.start()
print(folder, flush=True)
if "stay" in sys.argv: threading.Event().wait()
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen, Path]]]:
    """Starts a process that holds a folder; returns both."""
    started: list[subprocess.Popen] = []

    def run(*arguments: str) -> tuple[subprocess.Popen, Path]:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, *arguments],
            cwd=REPOSITORY,
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process, Path(process.stdout.readline().strip() or process.stderr.read())

    yield run
    for process in started:
        process.kill()
        process.communicate()


def folders(tmp_path: Path) -> list[Path]:
    return list(tmp_path.glob("nichelens-*/page-*"))


def test_a_process_that_ends_leaves_nothing(start: Callable, tmp_path: Path) -> None:
    process, folder = start()
    assert process.wait(20) == 0
    assert tmp_path in folder.parents
    assert folders(tmp_path) == []


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda ending: ending.name)
def test_a_signal_leaves_nothing(start: Callable, tmp_path: Path, ending: signal.Signals) -> None:
    process, folder = start("stay")
    assert (folder / "gradio" / "upload.h5ad").exists()
    process.send_signal(ending)
    assert process.wait(20) in (-ending, 128 + ending)
    assert folders(tmp_path) == []


def test_sigterm_does_not_wait_for_a_busy_thread(start: Callable, tmp_path: Path) -> None:
    process, _ = start("stay", "busy")
    process.terminate()
    assert process.wait(10) == -signal.SIGTERM
    assert folders(tmp_path) == []


def test_the_next_process_deletes_what_a_killed_one_left(start: Callable, tmp_path: Path) -> None:
    killed, left = start("stay")
    running, kept = start("stay")
    killed.kill()
    killed.wait(20)
    assert set(folders(tmp_path)) == {left, kept}
    _, third = start("stay")
    assert set(folders(tmp_path)) == {kept, third}
    assert running.poll() is None
    assert (kept / "gradio" / "upload.h5ad").exists()


@pytest.mark.parametrize("trap", ["link", "open to others"])
def test_a_folder_that_somebody_else_prepared_is_refused(start: Callable, tmp_path: Path, trap: str) -> None:
    base = tmp_path / f"nichelens-{os.getuid()}"
    if trap == "link":
        (tmp_path / "elsewhere").mkdir()
        base.symlink_to(tmp_path / "elsewhere")
    else:
        base.mkdir(mode=0o777)
        base.chmod(0o777)
    process, said = start()
    assert process.wait(20) == 1
    assert "belongs to somebody else" in str(said)


def test_nobody_else_can_read_the_folder(start: Callable) -> None:
    _, folder = start("stay")
    assert folder.stat().st_mode & 0o077 == 0
    assert time.time() - folder.stat().st_mtime < 60
