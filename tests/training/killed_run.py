"""Runs of `training.sft` in processes that can be killed. They are forked, so the libraries are imported only once."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["trl.trainer.sft_trainer", "peft", "training.sft", "tests.training.killed_run"])


@contextmanager
def running_sft(
    arguments: list[str], log: Path, marker: Path | None = None, delay: float = 0.0
) -> Iterator[BaseProcess]:
    """A run that ends with the block and prints into a file.

    With a marker, the run is killed `delay` seconds after that file appears. A thread of the run itself does this,
    because another process might be late on a busy machine.
    """
    process = _CONTEXT.Process(target=_run, args=(arguments, str(log), marker, delay))
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def _run(arguments: list[str], log: str, marker: Path | None, delay: float) -> None:
    from training.sft import main

    if marker:
        threading.Thread(target=_kill_after, args=(marker, delay), daemon=True).start()
    with Path(log).open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        sys.exit(main(arguments))


def _kill_after(marker: Path, delay: float) -> None:
    while not marker.exists():
        time.sleep(0.002)
    time.sleep(delay)
    os.kill(os.getpid(), signal.SIGKILL)
