"""Run jobs in this process, in several processes of this machine, or on a Dask cluster."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from data_prep.dataset.jobs import Job, run
from data_prep.errors import NicheLensError

logger = logging.getLogger(__name__)

ATTEMPTS = 3
"""How many times a job is started before the build fails."""
_CONNECT_S = 10

Progress = Callable[[int], None]


def run_all(
    jobs: Sequence[Job], *, workers: int = 1, scheduler: str | None = None, report: Progress | None = None
) -> None:
    """Do all jobs. The results do not depend on the processes that do them.

    Args:
        jobs: independent of each other.
        workers: number of processes on this machine; 1 does the jobs in this process.
        scheduler: address of a Dask scheduler whose workers share this file system; replaces ``workers``.
        report: called after each job with the number of done jobs.

    Raises:
        NicheLensError: the scheduler does not answer, its workers do not see the work folder, or workers keep dying.
    """
    open_jobs = [job for job in jobs if not job.result.exists()]
    count = _Count(len(jobs) - len(open_jobs), report)
    if not open_jobs:
        return
    if scheduler is not None:
        _on_cluster(open_jobs, scheduler, count)
    elif workers > 1 and len(open_jobs) > 1:
        _in_processes(open_jobs, workers, count)
    else:
        for job in open_jobs:
            run(job)
            count()


class _Count:
    """Counts the done jobs and reports the number."""

    def __init__(self, n_done: int, report: Progress | None) -> None:
        self._n_done, self._report = n_done, report

    def __call__(self) -> None:
        self._n_done += 1
        if self._report is not None:
            self._report(self._n_done)


def _in_processes(jobs: Sequence[Job], workers: int, count: _Count) -> None:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool

    context = multiprocessing.get_context("spawn")
    for attempt in range(1, ATTEMPTS + 1):
        open_jobs = [job for job in jobs if not job.result.exists()]
        pool = ProcessPoolExecutor(min(workers, len(open_jobs)), mp_context=context, initializer=_one_thread)
        try:
            for future in as_completed([pool.submit(run, job) for job in open_jobs]):
                future.result()
                count()
        except BrokenProcessPool as error:
            logger.warning("a worker process died; its jobs are done again (attempt %d of %d)", attempt, ATTEMPTS)
            if attempt == ATTEMPTS:
                message = f"worker processes died {ATTEMPTS} times, perhaps for want of memory; use fewer --workers"
                raise NicheLensError(message) from error
        else:
            return
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _one_thread() -> None:
    """Use one thread: there is one process for each core."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)


def _on_cluster(jobs: Sequence[Job], address: str, count: _Count) -> None:
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        message = "--scheduler needs Dask; install it with `pip install 'nichelens[cluster]'`"
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
        futures = client.map(run, jobs, pure=False, retries=ATTEMPTS - 1)
        for future in as_completed(futures):
            future.result()
            count()
