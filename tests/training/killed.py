"""Runs of `training.sft` in processes that can be killed: forked, so that the libraries are imported once for all."""

import multiprocessing
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["trl.trainer.sft_trainer", "peft", "training.sft", "tests.training.killed"])


@contextmanager
def running_sft(arguments: list[str], log: Path) -> Iterator[BaseProcess]:
    """A run that does not outlive the block; what it prints goes to a file."""
    process = _CONTEXT.Process(target=_run, args=(arguments, str(log)))
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def _run(arguments: list[str], log: str) -> None:
    from training.sft import main

    with Path(log).open("w") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        sys.exit(main(arguments))
