"""Run jobs in this process, in several processes of this machine, or on a Dask cluster.

A job names the file that it writes, so a job whose file exists is done. Datasets and screens are made so.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from data_prep.errors import NicheLensError

logger = logging.getLogger(__name__)

ATTEMPTS = 3
"""How many times a job is started before the work fails."""
_CONNECT_S = 10


class Job(Protocol):
    """A part of the work that any process can do.

    Attributes:
        work: the work folder.
        result: the file that the job writes, complete from the moment it exists.
    """

    @property
    def work(self) -> str: ...  # noqa: D102

    @property
    def result(self) -> Path: ...  # noqa: D102


AnyJob = TypeVar("AnyJob", bound=Job)


def run_all(
    jobs: Sequence[AnyJob],
    run: Callable[[AnyJob], None],
    *,
    workers: int = 1,
    scheduler: str | None = None,
    report: Callable[[AnyJob], None] | None = None,
) -> None:
    """Do all jobs whose result does not exist. The results do not depend on the processes that do them.

    Args:
        jobs: independent of each other.
        run: does a job. A function of a module, where other processes do the jobs.
        workers: number of processes on this machine; 1 does the jobs in this process.
        scheduler: address of a Dask scheduler whose workers share this file system; replaces ``workers``.
        report: called with each job that is done.

    Raises:
        NicheLensError: the scheduler does not answer, its workers do not see the work folder, or workers keep dying.
    """
    open_jobs = [job for job in jobs if not job.result.exists()]
    done = report or (lambda _: None)
    if not open_jobs:
        return
    if scheduler is not None:
        _on_cluster(open_jobs, run, scheduler, done)
    elif workers > 1 and len(open_jobs) > 1:
        _in_processes(open_jobs, run, workers, done)
    else:
        for job in open_jobs:
            run(job)
            done(job)


def _in_processes(
    jobs: Sequence[AnyJob], run: Callable[[AnyJob], None], workers: int, done: Callable[[AnyJob], None]
) -> None:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool

    context = multiprocessing.get_context("spawn")
    for attempt in range(1, ATTEMPTS + 1):
        open_jobs = [job for job in jobs if not job.result.exists()]
        pool = ProcessPoolExecutor(min(workers, len(open_jobs)), mp_context=context, initializer=_begin)
        try:
            futures = {pool.submit(run, job): job for job in open_jobs}
            for future in as_completed(futures):
                future.result()
                done(futures[future])
        except BrokenProcessPool as error:
            logger.warning("a worker process died; its jobs are done again (attempt %d of %d)", attempt, ATTEMPTS)
            if attempt == ATTEMPTS:
                message = f"worker processes died {ATTEMPTS} times, perhaps for want of memory; use fewer processes"
                raise NicheLensError(message) from error
        else:
            return
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """Use one thread, as there is one process for each core, and end when the first process is killed."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process with its parent. The queue of jobs stays open when the parent is killed: it has no end."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _on_cluster(
    jobs: Sequence[AnyJob], run: Callable[[AnyJob], None], address: str, done: Callable[[AnyJob], None]
) -> None:
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        message = f"{address}: to work there needs Dask; install it with `pip install 'nichelens[cluster]'`"
        raise NicheLensError(message) from error
    try:
        client = Client(address, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:
        message = f"{address}: no Dask scheduler answers there; start one with `dask scheduler` and name its address"
        raise NicheLensError(message) from error
    with client:
        folder = Path(jobs[0].work)
        if not client.submit(Path.is_dir, folder, pure=False).result():
            message = f"{folder}: the workers of {address} cannot see it; put --out on a file system that they share"
            raise NicheLensError(message)
        futures = dict(zip(client.map(run, jobs, pure=False, retries=ATTEMPTS - 1), jobs, strict=True))
        for future in as_completed(futures):
            future.result()
            done(futures[future])
