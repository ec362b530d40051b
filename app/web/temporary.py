"""Temporary files of the page's process: one folder, deleted when the process ends.

Uploads, unpacked archives and memory-mapped counts all lie below one folder of this process. It is deleted at the end
of the process and on SIGINT, SIGTERM and SIGHUP. What a killed process left behind is deleted by the next one.

    BASE/lock                  held while a folder is made or swept
    BASE/page-NAME/in-use      held by a process for as long as it runs
"""

from __future__ import annotations

import atexit
import getpass
import logging
import os
import shutil
import signal
import stat
import tempfile
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

from data_prep.errors import NicheLensError

logger = logging.getLogger(__name__)

GRADIO_FOLDER = "GRADIO_TEMP_DIR"
"""Environment variable: where Gradio keeps uploads and the pictures that it serves."""
_PREFIX, _IN_USE, _LOCK = "page-", "in-use", "lock"
_ENDINGS = ("SIGINT", "SIGTERM", "SIGHUP")


@cache
def claim_folder() -> Path:
    """The folder for all temporary files of this process; made at the first call.

    Call it before Gradio is imported. From then on ``tempfile`` and Gradio write there.

    Raises:
        NicheLensError: the folder cannot be made, or somebody else has made the folder that it belongs in.
    """
    from filelock import FileLock

    base = _base()
    with FileLock(base / _LOCK):
        _sweep(base)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
        in_use = FileLock(folder / _IN_USE)
        in_use.acquire()
    tempfile.tempdir = str(folder)
    os.environ[GRADIO_FOLDER] = str(folder / "gradio")
    Path(os.environ[GRADIO_FOLDER]).mkdir()
    owner = os.getpid()

    def delete() -> None:
        if os.getpid() == owner:  # a forked process inherits this function
            in_use.release()
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(delete)
    _delete_on_signals(delete)
    return folder


def _base() -> Path:
    """The folder of this user for the folders of all pages. Its name can be guessed, so its owner is checked."""
    name = str(os.getuid()) if hasattr(os, "getuid") else getpass.getuser()
    base = Path(tempfile.gettempdir()) / f"nichelens-{name}"
    try:
        with suppress(FileExistsError):
            base.mkdir(mode=0o700)
        found = base.lstat()
    except OSError as error:
        message = f"{base}: {error.strerror}; set TMPDIR to a folder that you may write to"
        raise NicheLensError(message) from error
    is_mine = not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o077)
    if not stat.S_ISDIR(found.st_mode) or not is_mine:
        message = f"{base}: belongs to somebody else, or others may write there; remove it, or set TMPDIR"
        raise NicheLensError(message)
    return base


def _sweep(base: Path) -> None:
    """Delete the folders of processes that have ended. Their locks are free."""
    from filelock import FileLock, Timeout

    for folder in base.glob(f"{_PREFIX}*"):
        with suppress(Timeout, OSError), FileLock(folder / _IN_USE, timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
            logger.info("deleted %s, which a killed process had left behind", folder)


def _delete_on_signals(delete: Any) -> None:
    """Delete the folder at once when a signal ends the process: worker threads may keep it from ending for long."""
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread may handle signals; the end of the process still deletes the folder

    for name in _ENDINGS:
        number = getattr(signal, name, None)
        before = None if number is None else signal.getsignal(number)
        if number is None or before is signal.SIG_IGN:
            continue

        def end(received: int, frame: FrameType | None, before: Any = before) -> None:
            delete()
            if callable(before):
                before(received, frame)  # Python's own handler of SIGINT raises KeyboardInterrupt
            else:
                signal.signal(received, signal.SIG_DFL)
                os.kill(os.getpid(), received)

        signal.signal(number, end)
