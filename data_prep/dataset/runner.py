"""Where jobs run: in this process, in several processes of this machine, or on a Dask cluster."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from data_prep.dataset.jobs import Job, run
from data_prep.errors import NicheLensError

logger = logging.getLogger(__name__)

ATTEMPTS = 3
"""How often a job is begun before the machine, not the luck, is to blame."""
_CONNECT_S = 10

Progress = Callable[[int], None]


def run_all(
    jobs: Sequence[Job], *, workers: int = 1, scheduler: str | None = None, done: Progress | None = None
) -> None:
    """Does all jobs; the results do not depend on who does them.

    Args:
        jobs: independent of each other.
        workers: processes of this machine; 1 stays in this process.
        scheduler: address of a Dask scheduler whose workers share this file system; goes before ``workers``.
        done: called with the number of jobs that are done, after each.

    Raises:
        NicheLensError: the scheduler cannot be reached, its workers cannot see the work folder, or workers keep dying.
    """
    left = [job for job in jobs if not job.result.exists()]
    report = _Count(len(jobs) - len(left), done)
    if not left:
        return
    if scheduler is not None:
        _on_cluster(left, scheduler, report)
    elif workers > 1 and len(left) > 1:
        _in_processes(left, workers, report)
    else:
        for job in left:
            run(job)
            report()


class _Count:
    """Counts what is done."""

    def __init__(self, before: int, done: Progress | None) -> None:
        self._n, self._done = before, done

    def __call__(self) -> None:
        self._n += 1
        if self._done is not None:
            self._done(self._n)


def _in_processes(jobs: Sequence[Job], workers: int, report: _Count) -> None:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool

    context = multiprocessing.get_context("spawn")
    for attempt in range(1, ATTEMPTS + 1):
        left = [job for job in jobs if not job.result.exists()]
        pool = ProcessPoolExecutor(min(workers, len(left)), mp_context=context, initializer=_one_thread)
        try:
            for future in as_completed([pool.submit(run, job) for job in left]):
                future.result()
                report()
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
    """A process for each core needs no threads."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)


def _on_cluster(jobs: Sequence[Job], address: str, report: _Count) -> None:
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
            report()
