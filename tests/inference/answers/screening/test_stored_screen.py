"""A stored screen goes on where it stopped and gives the same table, whoever asked."""

import os
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data_prep.errors import NicheLensError
from inference.answers.screen import screen_markers
from inference.answers.screening import stored_screen
from inference.answers.screening.screen_jobs import ScreenJob, read_block
from inference.answers.screening.screen_plan import ModelSource, ScreenPlan
from inference.answers.screening.stored_screen import Sharing, StoredScreen


@pytest.fixture
def whole(engine, two_slides, small_blocks):
    """The table without interruption, from one process."""
    return pd.concat([screen_markers(engine, part) for part in two_slides], ignore_index=True)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "markers.csv"


def interrupted(out, plan, engine, facts, after):
    """Stops a screen after some questions; returns how many were reported."""

    def stop(done, total):
        if done >= after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), StoredScreen.beside(out, plan) as stored:
        stored.ask(engine, facts, progress=stop)


def test_the_table_is_that_of_the_plain_screen(whole, plan, engine, two_slides, out):
    seen = []
    with StoredScreen.beside(out, plan) as stored:
        table = stored.ask(engine, two_slides, progress=lambda *counts: seen.append(counts))
        assert out.with_name(".markers.csv.work").is_dir()
    pd.testing.assert_frame_equal(table, whole, check_exact=True)
    assert list(out.parent.iterdir()) == []
    done = [n for n, _ in seen]
    assert done == sorted(done)
    assert seen[0][0] == len(two_slides[1].slide.niches)  # the gene without counts needs no question
    assert seen[-1] == (plan.n_questions, plan.n_questions)


@pytest.mark.parametrize("after", [1, 25, 60, 110])
def test_an_interrupted_screen_goes_on_where_it_stopped(after, whole, plan, engine, two_slides, out, monkeypatch):
    interrupted(out, plan, engine, two_slides, after)
    asked, score = [], stored_screen.score_here
    monkeypatch.setattr(stored_screen, "score_here", lambda job, *rest: (asked.append(job), score(job, *rest)))
    with StoredScreen.beside(out, plan) as stored:
        assert len(stored.jobs) - sum(job.result.exists() for job in stored.jobs) > 0
        found = stored.n_found
        table = stored.ask(engine, two_slides)
    pd.testing.assert_frame_equal(table, whole, check_exact=True)
    n_asked = sum(plan.asked[job.slide].n_in_block(job.part) for job in asked)
    assert found + n_asked == plan.n_questions - len(two_slides[1].slide.niches)
    assert (found > 0) == (after > 20)


def test_nothing_stays_of_a_screen_that_answered_nothing(plan, engine, two_slides, tmp_path):
    interrupted(tmp_path / "new" / "folder" / "m.csv", plan, engine, two_slides, 0)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_block_is_asked_again(whole, plan, engine, two_slides, out):
    interrupted(out, plan, engine, two_slides, 70)
    blocks = sorted((out.parent / ".markers.csv.work" / "blocks").iterdir())
    assert len(blocks) >= 3
    blocks[0].write_bytes(blocks[0].read_bytes()[:-40])
    blocks[1].write_bytes(b"")
    with StoredScreen.beside(out, plan) as stored:
        assert stored.n_found == sum(plan.asked[0].n_in_block(part) for part in range(len(blocks) - 2))
        pd.testing.assert_frame_equal(stored.ask(engine, two_slides), whole, check_exact=True)


@pytest.mark.parametrize(
    ("change", "is_read"),
    [
        ({}, True),
        ({"key": np.array("another")}, False),
        ({"p_marker": np.zeros((5, 4), object)}, False),
        ({"p_marker": np.zeros((3, 4))}, False),
    ],
)
def test_a_block_of_another_plan_or_with_pickled_objects_is_not_read(change, is_read, tmp_path):
    job = ScreenJob(str(tmp_path), "key", 0, 0)
    job.result.parent.mkdir()
    content = {"p_marker": np.zeros((5, 4)), "key": np.array("key")} | change
    np.savez(job.result, allow_pickle=True, **content)
    assert (read_block(job, 5, 4) is not None) == is_read


def test_answers_to_another_plan_are_refused_or_deleted(plan, engine, two_slides, out, whole):
    interrupted(out, plan, engine, two_slides, 60)
    slides = [part.slide for part in two_slides]
    fewer = ScreenPlan.of(engine, slides, [list(slides[0].genes[:7]), None])
    message = r"markers\.csv: an interrupted run left answers of other genes or niches in \.markers\.csv\.work"
    with pytest.raises(NicheLensError, match=message), StoredScreen.beside(out, fewer):
        pass
    with StoredScreen.beside(out, plan) as stored:  # the refused plan deleted nothing
        assert stored.n_found > 0
        interrupt = stored.n_found
    interrupted(out, plan, engine, two_slides, 60)
    with StoredScreen.beside(out, fewer, overwrite=True) as stored:
        assert (stored.n_found, interrupt > 0) == (0, True)
        assert len(stored.ask(engine, two_slides)) == fewer.n_questions
    assert list(out.parent.iterdir()) == []


def test_two_processes_do_not_ask_for_one_output(plan, out):
    with (
        StoredScreen.beside(out, plan),
        pytest.raises(NicheLensError, match="another process is asking for it now"),
        StoredScreen.beside(out, plan),
    ):
        pass


@pytest.mark.slow
def test_processes_give_the_same_table(whole, plan, engine, two_slides, out, source):
    seen = []
    with StoredScreen.beside(out, plan) as stored:
        sharing = Sharing(processes=2, source=source)
        table = stored.ask(engine, two_slides, sharing, lambda *counts: seen.append(counts))
    pd.testing.assert_frame_equal(table, whole, check_exact=True)
    assert seen[-1] == (plan.n_questions, plan.n_questions)
    assert len(seen) == 1 + sum(len(asked.blocks) for asked in plan.asked)


def do_jobs_as_a_process(jobs, run, *, workers, scheduler, report):
    """What each of several processes does, without starting one: it has the work folder and nothing else."""
    assert (workers, scheduler) == (2, None)
    for job in reversed(jobs):
        run(job)
        report(job)


def test_a_process_needs_the_work_folder_only(whole, plan, engine, two_slides, out, source, monkeypatch):
    monkeypatch.setattr(stored_screen, "run_all", do_jobs_as_a_process)
    with StoredScreen.beside(out, plan) as stored:
        table = stored.ask(engine, two_slides, Sharing(processes=2, source=source))
    pd.testing.assert_frame_equal(table, whole, check_exact=True)


def test_a_process_with_another_model_is_refused(plan, engine, two_slides, out, adapter_folder, monkeypatch):
    monkeypatch.setattr(stored_screen, "run_all", do_jobs_as_a_process)
    sharing = Sharing(processes=2, source=ModelSource(str(adapter_folder)))
    with (
        pytest.raises(NicheLensError, match="is not the same model in all processes"),
        StoredScreen.beside(out, plan) as stored,
    ):
        stored.ask(engine, two_slides, sharing)
    assert list(out.parent.iterdir()) == []


@pytest.mark.slow
def test_a_cluster_gives_the_same_table_though_a_worker_is_killed(
    whole, plan, engine, two_slides, out: Path, source
) -> None:
    distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        victim = next(iter(cluster.workers.values())).process.pid
        killed = []

        def kill_one(done: int, total: int) -> None:
            if not killed and done > total // 4:
                os.kill(victim, signal.SIGKILL)
                killed.append(done)

        with StoredScreen.beside(out, plan) as stored:
            sharing = Sharing(dask=cluster.scheduler_address, source=source)
            table = stored.ask(engine, two_slides, sharing, kill_one)
    assert killed
    pd.testing.assert_frame_equal(table, whole, check_exact=True)
