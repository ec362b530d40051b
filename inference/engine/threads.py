"""Threads that score batches on a CPU: each takes whole batches and computes with one OpenMP thread.

OpenMP would share one batch among all cores instead. Its threads then wait for each other after every product of
matrices, and the waiting ones spin. If other programs take a core, all threads spin until the last one gets its turn:
19 answers a second instead of 95 were seen on two busy cores. Threads that share no batch never wait for each other,
and lose nothing on an idle machine (docs/performance.md). A batch also gives the same bits for any number of threads.

The calling thread keeps its settings, and so does every other thread of the program: OpenMP's number of threads belongs
to the thread that sets it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import Any, TypeVar

MOST_THREADS = 8
"""Python itself runs in one thread at a time, about a tenth of a batch. So more threads than this hardly help."""
_AHEAD = 2
"""Batches in work or waiting for each thread: enough to keep it busy, few enough to hold little memory."""

Batch = TypeVar("Batch")
Result = TypeVar("Result")


def count_threads() -> int:
    """How many batches to score at once: the number of threads that torch would use in the calling thread.

    It follows `OMP_NUM_THREADS` and `torch.set_num_threads`, and is at most ``MOST_THREADS``.
    """
    import torch

    return min(torch.get_num_threads(), MOST_THREADS)


def map_batches(
    work: Callable[[Batch], Result], batches: Iterable[Batch], n_threads: int
) -> Generator[Result, None, None]:
    """Yields ``work(batch)`` of each batch, in their order.

    Closing the generator drops the batches that no thread has begun. An error of a thread is raised here.

    Args:
        work: called in other threads; in the calling one if there is only one thread.
        batches: read in the calling thread, a little ahead of the results.
        n_threads: number of batches in work at once.
    """
    if n_threads == 1:
        yield from map(work, batches)
        return
    pool = _workers(n_threads)
    waiting: deque[Future[Result]] = deque()
    try:
        for batch in batches:
            waiting.append(pool.submit(work, batch))
            if len(waiting) >= _AHEAD * n_threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


@lru_cache(maxsize=MOST_THREADS)
def _workers(n_threads: int) -> ThreadPoolExecutor:
    """The threads of this process, started when they are first needed."""
    return ThreadPoolExecutor(n_threads, "nichelens-score", _use_one_thread)


@contextmanager
def one_thread() -> Iterator[None]:
    """Makes the calling thread compute alone for a while: for a process that is one of many."""
    with _limit():
        yield


def _use_one_thread() -> None:
    """Makes a thread of ours compute alone until it ends."""
    _limit()


def _limit() -> AbstractContextManager[Any]:
    import torch
    from threadpoolctl import ThreadpoolController

    torch.get_num_threads()  # torch sets the number of a new thread at its first use, so let it do so before
    return ThreadpoolController().select(user_api="openmp").limit(limits=1)
