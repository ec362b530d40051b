"""Processes that draw lessons. Pictures travel through shared memory, so that passing them on costs one copy.

This module imports no torch: a worker needs none, and starts faster without it.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import random
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from typing import Any

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.figures.spec import NATIVE_SIZE
from training.nano.lesson_block import MAX_LESSONS, LessonBlock

logger = logging.getLogger(__name__)

MakeLessons = Callable[[int], LessonBlock]
"""Seed of a slide → its lessons. Workers import it, so it must be picklable."""
_PICTURE_BYTES = NATIVE_SIZE * NATIVE_SIZE * 3
_SLOTS = 2
"""Slides that a worker has under way: it draws one while the other waits to be read."""
_MOST_FAILURES = 20
"""Slides in a row that may fail. One odd slide must not stop a run, and a bug must."""
_NICENESS = 5
"""Workers give way to the training process where there are fewer cores than processes: a GPU must not wait for it."""
_THREAD_SETTINGS = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class LessonWorkers:
    """Draws the lessons of many slides in parallel. They come in the order in which they are ready."""

    def __init__(self, make_lessons: MakeLessons, seeds: Iterable[int], n_workers: int) -> None:
        """Starts the workers, each with one thread.

        Args:
            make_lessons: draws the lessons of one slide.
            seeds: of the slides; endless, and without repeats.
            n_workers: number of processes.
        """
        self._seeds = iter(seeds)
        self._failures = 0
        context = multiprocessing.get_context("spawn")
        self._workers: dict[Connection, tuple[Any, np.ndarray]] = {}
        self._rng = random.Random(0)
        with _single_threaded():
            for _ in range(n_workers):
                ours, theirs = context.Pipe()
                memory = context.RawArray("B", _SLOTS * MAX_LESSONS * _PICTURE_BYTES)
                process = context.Process(target=_serve, args=(theirs, memory, make_lessons), daemon=True)
                process.start()
                theirs.close()
                self._workers[ours] = process, _pictures(memory)
                for slot in range(_SLOTS):
                    ours.send((next(self._seeds), slot))

    def receive(self, take: Callable[[int, LessonBlock], None], timeout: float | None = 0.0) -> bool:
        """Passes on the lessons of one slide that is ready.

        Args:
            take: gets the seed and the lessons. The pictures are overwritten as soon as it returns.
            timeout: seconds to wait for a slide; None waits as long as it takes.

        Returns:
            Whether there was a slide.

        Raises:
            NicheLensError: no worker is left, or too many slides failed in a row.
        """
        if not self._workers:
            message = "every process that draws lessons has ended; see its error above"
            raise NicheLensError(message)
        ready = wait(list(self._workers), timeout)
        if not ready:
            return False
        # The first of several ready ones is drawn at random, so that none is left waiting for long.
        connection = self._rng.choice(ready)
        assert isinstance(connection, Connection)
        try:
            seed, slot, block, error = connection.recv()
        except (EOFError, OSError):
            logger.warning("a process that draws lessons has ended; %d are left", len(self._workers) - 1)
            del self._workers[connection]
            return False
        if block is None:
            self._count_failure(seed, error)
        else:
            self._failures = 0
            _, pictures = self._workers[connection]
            take(seed, replace(block, pictures=pictures[slot, : len(block)]))
        self._ask(connection, slot)
        return block is not None

    def close(self) -> None:
        """Stops the workers."""
        for connection, (process, _) in self._workers.items():
            process.terminate()
            connection.close()
        self._workers.clear()

    def _ask(self, connection: Connection, slot: int) -> None:
        try:
            connection.send((next(self._seeds), slot))
        except OSError:  # the process has ended, and the next wait finds its connection closed
            logger.warning("a process that draws lessons does not answer")

    def _count_failure(self, seed: int, error: str) -> None:
        logger.warning("slide %d could not be drawn and is left out:\n%s", seed, error)
        self._failures += 1
        if self._failures >= _MOST_FAILURES:
            message = f"{self._failures} synthetic slides in a row could not be drawn; see the errors above"
            raise NicheLensError(message)


def _serve(connection: Connection, memory: Any, make_lessons: MakeLessons) -> None:
    """Draws slide after slide until the training process closes the connection, even because it was killed."""
    os.nice(_NICENESS)
    pictures = _pictures(memory)
    while True:
        try:
            seed, slot = connection.recv()
        except (EOFError, OSError, KeyboardInterrupt):
            return
        try:
            block, error = make_lessons(seed), ""
            pictures[slot, : len(block)] = block.pictures
            block = replace(block, pictures=block.pictures[:0])
        except Exception:  # any error of a slide is reported to the training process, which decides
            block, error = None, traceback.format_exc()
        try:
            connection.send((seed, slot, block, error))
        except OSError:
            return


def _pictures(memory: Any) -> np.ndarray:
    """Shared memory as pictures: (slots, MAX_LESSONS, size, size, 3) uint8."""
    return np.frombuffer(memory, np.uint8).reshape(_SLOTS, MAX_LESSONS, NATIVE_SIZE, NATIVE_SIZE, 3)


@contextmanager
def _single_threaded() -> Iterator[None]:
    """Processes started meanwhile use one thread each: there is one for each core."""
    before = {name: os.environ.get(name) for name in _THREAD_SETTINGS}
    os.environ.update(dict.fromkeys(_THREAD_SETTINGS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
