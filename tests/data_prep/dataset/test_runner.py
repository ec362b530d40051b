"""Runner: processes and clusters write the same bytes, and failures are one line."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from data_prep.dataset import jobs, runner
from data_prep.dataset.builder import build_dataset
from data_prep.errors import NicheLensError
from data_prep.slide import Slide
from tests.data_prep.dataset.built_datasets import SMALL, fingerprint


@pytest.fixture
def small_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many jobs, so that there is something to share and to lose."""
    monkeypatch.setattr(jobs, "QUESTIONS_PER_JOB", 16)


@pytest.mark.slow
def test_processes_write_the_same_bytes(slides: list[Slide], folder: Path, tmp_path: Path) -> None:
    build_dataset(slides, tmp_path / "shared", replace(SMALL, test_donors=("B",)), workers=2)
    assert fingerprint(tmp_path / "shared") == fingerprint(folder)


@pytest.mark.slow
@pytest.mark.usefixtures("small_jobs")
def test_a_cluster_writes_the_same_bytes_though_a_worker_is_killed(
    slides: list[Slide], folder: Path, tmp_path: Path
) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        victim = next(iter(cluster.workers.values())).process.pid
        killed = []

        def kill_half_way(step: str, done: int, total: int) -> None:
            if step == "drawing" and not killed and 2 * done >= total:
                os.kill(victim, signal.SIGKILL)
                killed.append(done)

        build_dataset(
            slides,
            tmp_path / "dataset",
            replace(SMALL, test_donors=("B",)),
            scheduler=cluster.scheduler_address,
            progress=kill_half_way,
        )
    assert killed
    assert fingerprint(tmp_path / "dataset") == fingerprint(folder)


def test_no_scheduler_is_one_line(slides: list[Slide], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    monkeypatch.setattr(runner, "_CONNECT_S", 1)
    with pytest.raises(NicheLensError, match="no Dask scheduler answers"):
        build_dataset(slides[:1], tmp_path / "x", SMALL, scheduler="tcp://127.0.0.1:1")
    assert list(tmp_path.iterdir()) == []


@dataclass(frozen=True)
class Nap:
    """A job that takes a while."""

    work: str
    number: int

    @property
    def result(self) -> Path:
        """The file that the job writes."""
        return Path(self.work) / str(self.number)


def nap(job: Nap) -> None:
    time.sleep(0.2)
    job.result.touch()


@pytest.mark.slow
def test_processes_end_when_the_first_one_is_killed(tmp_path: Path) -> None:
    code = (
        "from tests.data_prep.dataset.test_runner import Nap, nap\n"
        "from data_prep.dataset.runner import run_all\n"
        f"if __name__ == '__main__': run_all([Nap({str(tmp_path)!r}, i) for i in range(500)], nap, workers=2)"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    first = subprocess.Popen([sys.executable, script], env=environment)
    while not list(tmp_path.glob("[0-9]*")):
        assert first.poll() is None
        time.sleep(0.05)
    others = psutil.Process(first.pid).children(recursive=True)
    first.kill()
    first.wait()
    _, alive = psutil.wait_procs(others, timeout=20)
    assert alive == []
    assert len(list(tmp_path.glob("[0-9]*"))) < 500
