"""Building: the same bytes whoever does the work, however often it is broken off, and drawn now or later."""

import hashlib
import os
import shutil
import signal
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from anndata import AnnData

from data_prep.dataset import jobs, runner
from data_prep.dataset.builder import build_dataset
from data_prep.dataset.loading import load_examples
from data_prep.dataset.prep_config import PrepConfig
from data_prep.errors import NicheLensError
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.slide import Slide

SMALL = PrepConfig(size=32, markers_per_slide=60, held_out_per_slide=24, descriptions_per_niche=2, test_genes=0.3)


@pytest.fixture(scope="module")
def slides(tmp_path_factory: pytest.TempPathFactory, toy: Callable[..., AnnData]) -> list[Slide]:
    path = tmp_path_factory.mktemp("slides") / "toy.h5ad"
    toy(donors=("A", "B", "C")).write_h5ad(path)
    return read_slides(path, ReadOptions(("region",)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, slides: list[Slide]) -> Path:
    out = tmp_path_factory.mktemp("built") / "dataset"
    build_dataset(slides, out, replace(SMALL, test_donors=("B",)))
    return out


@pytest.fixture
def small_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many jobs, so that there is something to share and to lose."""
    monkeypatch.setattr(jobs, "QUESTIONS_PER_JOB", 16)


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_seed_same_bytes(slides: list[Slide], folder: Path, tmp_path: Path) -> None:
    config = replace(SMALL, test_donors=("B",))
    build_dataset(slides, tmp_path / "again", config)
    assert fingerprint(tmp_path / "again") == fingerprint(folder)
    build_dataset(slides, tmp_path / "other", replace(config, seed=1))
    assert fingerprint(tmp_path / "other")["data/train.parquet"] != fingerprint(folder)["data/train.parquet"]


def test_another_slide_changes_no_questions(slides: list[Slide], folder: Path, tmp_path: Path) -> None:
    config = replace(SMALL, test_donors=("B",))
    build_dataset(slides[:2], tmp_path / "fewer", config)
    fewer = load_examples(tmp_path / "fewer", "train")
    questions = defaultdict(list)
    for name, rows in (("fewer", fewer), ("all", load_examples(folder, "train"))):
        for row in rows.remove_columns("images"):
            if row["slide"] == "toy:S1":
                questions[name].append((row["task"], tuple(row["genes"]), row["niche"]))
    assert questions["fewer"] == questions["all"]


def test_seed_and_slide_decide_the_draw(slides: list[Slide], tmp_path: Path) -> None:
    # With no gene held out, only the draw itself can differ.
    config = replace(
        SMALL, tasks=("marker",), test_donors=(), test_genes=0.0, validation_genes=0.0, markers_per_slide=24
    )
    asked = defaultdict(list)
    for seed in (0, 1):
        build_dataset(slides[:2], tmp_path / str(seed), replace(config, seed=seed))
        for row in load_examples(tmp_path / str(seed), "train").remove_columns("images"):
            asked[seed, row["slide"]].append((row["genes"][0], row["niche"]))
    assert len(asked[0, "toy:S1"]) == 24
    assert set(asked[0, "toy:S1"]) != set(asked[1, "toy:S1"])
    assert set(asked[0, "toy:S1"]) != set(asked[0, "toy:S2"])


def test_rebuilt_folder_is_not_read_from_a_stale_cache(slides: list[Slide], tmp_path: Path) -> None:
    out = tmp_path / "dataset"
    genes = []
    for seed in (0, 1):
        build_dataset(slides[:1], out, replace(SMALL, tasks=("marker",), seed=seed))
        genes.append(load_examples(out, "train")["genes"][:])
        shutil.rmtree(out)
    assert genes[0] != genes[1]


def test_processes_write_the_same_bytes(slides: list[Slide], folder: Path, tmp_path: Path) -> None:
    build_dataset(slides, tmp_path / "shared", replace(SMALL, test_donors=("B",)), workers=2)
    assert fingerprint(tmp_path / "shared") == fingerprint(folder)


def test_an_interrupted_build_goes_on_where_it_stopped(
    slides: list[Slide], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, done = replace(SMALL, test_donors=("B",)), []

    def stop_at_the_second_drawing(job: jobs.Job) -> None:
        if job.kind == "draw" and len([j for j in done if j.kind == "draw"]) == 1:
            raise KeyboardInterrupt
        done.append(job)
        jobs.run(job)

    monkeypatch.setattr(runner, "run", stop_at_the_second_drawing)
    with pytest.raises(KeyboardInterrupt):
        build_dataset(slides, tmp_path / "dataset", config)
    assert [path.name for path in tmp_path.iterdir()] == [".dataset.work"]
    again = []
    monkeypatch.setattr(runner, "run", lambda job: (again.append(job), jobs.run(job)))
    build_dataset(slides, tmp_path / "dataset", config)
    assert not set(done) & set(again)
    assert {job.kind for job in again} == {"draw"}
    assert fingerprint(tmp_path / "dataset") == fingerprint(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["dataset"]


def test_a_changed_setting_does_not_go_on_with_old_work(
    slides: list[Slide], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data_prep.dataset.builder.check_splits", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        build_dataset(slides[:1], tmp_path / "dataset", SMALL)
    monkeypatch.undo()
    build_dataset(slides[:1], tmp_path / "dataset", replace(SMALL, seed=5))
    build_dataset(slides[:1], tmp_path / "fresh", replace(SMALL, seed=5))
    assert fingerprint(tmp_path / "dataset") == fingerprint(tmp_path / "fresh")


def test_an_earlier_dataset_stays_until_the_new_one_is_whole(slides: list[Slide], folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "dataset"
    shutil.copytree(folder, out)
    with pytest.raises(NicheLensError, match="none is left to train on"):
        build_dataset(slides, out, replace(SMALL, test_donors=("A", "B", "C")), overwrite=True)
    assert fingerprint(out) == fingerprint(folder)
    build_dataset(slides[:1], out, SMALL, overwrite=True)
    assert fingerprint(out) != fingerprint(folder)


def test_figure_specs_draw_the_stored_pixels(slides: list[Slide], folder: Path, tmp_path: Path) -> None:
    build_dataset(slides, tmp_path / "specs", replace(SMALL, test_donors=("B",), store="specs"))
    for split in ("train", "test_slide"):
        stored, drawn = load_examples(folder, split), load_examples(tmp_path / "specs", split)
        assert len(stored) == len(drawn)
        for one, other in zip(stored, drawn, strict=True):
            images = [[np.asarray(image.convert("RGB")) for image in row.pop("images")] for row in (one, other)]
            np.testing.assert_array_equal(*images)
            assert one == other
    assert "images" not in load_examples(tmp_path / "specs", "train").column_names


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
