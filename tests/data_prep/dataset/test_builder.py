"""Building: the same inputs give the same bytes, an interruption costs nothing, and bad input leaves nothing."""

import shutil
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data_prep.dataset import builder, jobs
from data_prep.dataset.builder import build_dataset
from data_prep.dataset.loading import load_examples
from data_prep.errors import NicheLensError
from data_prep.slide import Slide
from tests.data_prep.dataset.built_datasets import DONORS, SMALL, fingerprint


@pytest.mark.slow
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


def test_an_interrupted_build_goes_on_where_it_stopped(
    slides: list[Slide], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, done = replace(SMALL, test_donors=("B",)), []

    def stop_at_the_second_drawing(job: jobs.Job) -> None:
        if job.kind == "draw" and len([j for j in done if j.kind == "draw"]) == 1:
            raise KeyboardInterrupt
        done.append(job)
        jobs.run(job)

    monkeypatch.setattr(builder, "run_job", stop_at_the_second_drawing)
    with pytest.raises(KeyboardInterrupt):
        build_dataset(slides, tmp_path / "dataset", config)
    assert [path.name for path in tmp_path.iterdir()] == [".dataset.work"]
    again = []
    monkeypatch.setattr(builder, "run_job", lambda job: (again.append(job), jobs.run(job)))
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


def test_failed_build_leaves_nothing(slides: list[Slide], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: object) -> None:
        message = "found late"
        raise NicheLensError(message)

    monkeypatch.setattr("data_prep.dataset.builder.dataset_card", break_off)
    with pytest.raises(NicheLensError, match="found late"):
        build_dataset(slides[:1], tmp_path / "deep" / "dataset", SMALL)
    assert list(tmp_path.iterdir()) == []


def test_bad_input_is_refused(slides: list[Slide], tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "notes.txt").write_text("mine")
    bare = replace(slides[0], niche=np.full(slides[0].n_spots, -1, np.int32), niches=())
    for given, out, config, words in (
        (slides, taken, SMALL, "exists already"),
        ([], tmp_path / "x", SMALL, "no slide given"),
        ([bare], tmp_path / "x", SMALL, "--niche-key"),
        ([slides[0], slides[0]], tmp_path / "x", SMALL, "2 slides have this name"),
        (slides, tmp_path / "x", replace(SMALL, test_donors=("Z",)), "no slide has the donor 'Z'"),
        (slides, tmp_path / "x", replace(SMALL, test_donors=DONORS), "none is left to train on"),
        (slides, tmp_path / "x", replace(SMALL, test_donors=("A",), validation_donors=("A",)), "name it once"),
    ):
        with pytest.raises(NicheLensError, match=words):
            build_dataset(given, out, config)
    assert list(tmp_path.iterdir()) == [taken]
    assert (taken / "notes.txt").read_text() == "mine"


def test_slides_without_structure_are_refused(slides: list[Slide], tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    shuffled = replace(slides[0], counts=slides[0].counts[rng.permutation(slides[0].n_spots)].tocsc())
    with pytest.raises(NicheLensError, match="no training example"):
        build_dataset([shuffled], tmp_path / "x", replace(SMALL, tasks=("marker",)))
