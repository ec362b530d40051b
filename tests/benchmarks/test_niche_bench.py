"""The benchmark of niche finders runs, resumes and says who is better; its scores are what they are called."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks import niche_bench
from tests.benchmarks.niche_bench import (
    Run,
    annotated_slides,
    blank_run,
    main,
    measure_apart,
    read_runs,
    write_quick_slide,
)
from tests.benchmarks.niche_peer_parts import grid_neighbours, majority
from tests.benchmarks.niche_peers import METHODS, find_blind
from tests.benchmarks.niche_tables import by_family, page, verdict
from tests.benchmarks.partition_scores import score_agreement, score_space


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    (slide,) = annotated_slides(write_quick_slide(tmp_path_factory.mktemp("quick")), "region")
    return slide


def square(side: int) -> np.ndarray:
    return np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2).astype(float)


def run(method: str, slide: str, ari: float, *, family: str = "Visium, brain", status: str = "ok") -> Run:
    space = {"asw": 0.1, "coherence": 0.8, "pas": 0.1}
    scores = {"ari": ari, "ami": ari, "nmi": ari, **space, **{f"annotated_{name}": 1.0 for name in space}}
    return Run(slide, family, 100, 4, method, "1.0", "true", status, "", 4, 2.0, 1.0, scores if status == "ok" else {})


def test_agreement_ignores_spots_without_annotation_and_space_scores_count_neighbours():
    annotated = np.array([0, 0, 1, 1, -1, -1])
    assert score_agreement(np.array([5, 5, 7, 7, 7, 5]), annotated).ari == 1
    xy = square(12)
    halves = (xy[:, 0] >= 6).astype(int)
    tidy = score_space(halves, xy)
    assert tidy.coherence > 0.85
    assert tidy.pas == 0
    assert tidy.asw > 0.3
    lone = halves.copy()
    lone[13] = 1 - lone[13]
    assert score_space(lone, xy).pas == pytest.approx(1 / len(xy))
    noise = score_space(np.random.default_rng(0).integers(0, 4, len(xy)), xy)
    assert noise.coherence == pytest.approx(0.25, abs=0.08)
    assert noise.pas > 0.8


def test_grids_are_told_from_cells():
    squares = square(12)
    hexagons = squares * (1.0, 3**0.5 / 2) + np.outer(squares[:, 1] % 2 / 2, (1.0, 0.0))
    assert grid_neighbours(squares) == 4
    assert grid_neighbours(hexagons) == 6
    assert grid_neighbours(np.random.default_rng(0).random((150, 2))) == 0


def test_a_lone_spot_takes_the_label_of_its_neighbours():
    xy = square(6)
    labels = np.full(36, "a")
    labels[14] = "b"
    assert set(majority(labels, xy, 4)) == {"a"}


@pytest.mark.slow
def test_blind_leiden_makes_as_many_niches_as_asked(quick):
    for n_niches in (3, 4):
        labels = find_blind(quick, n_niches, 0)
        assert len(np.unique(labels)) == n_niches
    assert score_agreement(labels, quick.niche).ari > 0.8


def test_the_table_says_which_peer_is_better_and_where():
    runs = [
        run("ours", "a", 0.5),
        run("ours", "b", 0.5, family="ST, breast"),
        run("blind", "a", 0.6),
        run("blind", "b", 0.2, family="ST, breast"),
        run("spagcn", "a", 0.9, status="timeout"),
        run("spagcn", "b", 0.7, family="ST, breast"),
    ]
    said = verdict(runs).splitlines()
    assert said[2] == (
        "- Leiden, spatially blind: worse over all (0.40 against our 0.50), higher on 1 of 2 slides; "
        "better on Visium, brain (0.60 against 0.50)."
    )
    assert "SpaGCN without histology: better over all (0.70 against our 0.50), higher on 1 of 1" in said[3]
    assert "| SpaGCN without histology | – | 0.70 | 0.70 (1/2) |" in by_family(runs)
    assert "| SpaGCN without histology | a | true | timeout |" in page(runs)
    assert verdict([replace(run("blind", "a", 0.6))]) == "NicheLens was not run."


def test_a_stored_run_is_not_repeated_and_a_failed_one_is(tmp_path, monkeypatch, capsys):
    path, out = write_quick_slide(tmp_path), tmp_path / "runs.json"
    called = []

    def pretend(path, niche_key, runs, seed, limit):
        for wanted in runs:
            called.append(wanted.method)
            status = "ok" if wanted.method == "ours" else "failed"
            yield run(wanted.method, wanted.slide, 0.5, status=status)

    monkeypatch.setattr(niche_bench, "measure_apart", pretend)
    call = [str(path), "--methods", "ours", "blind", "--modes", "true", "--out", str(out)]
    main(call)
    main(call)
    main([*call, "--rerun", "ours"])
    assert called == ["ours", "blind", "blind", "ours", "blind"]
    assert {stored.method: stored.status for stored in read_runs(out)} == {"ours": "ok", "blind": "failed"}
    assert "| NicheLens | 0.50 | 0.50 |" in capsys.readouterr().out


def test_runs_of_other_slides_are_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(niche_bench, "measure_apart", lambda path, key, runs, seed, limit: iter(runs))
    niche_bench.OUT.parent.mkdir()
    niche_bench.write_runs(niche_bench.OUT, [run("ours", "another", 0.7)])
    main([str(write_quick_slide(tmp_path)), "--methods", "ours", "--modes", "true", "--rerun", "ours"])
    assert len(read_runs(niche_bench.OUT)) == 2
    main(["--quick"])
    assert len(read_runs(niche_bench.OUT)) == 2


def test_what_is_not_installed_is_said(quick, monkeypatch):
    monkeypatch.setitem(METHODS, "ours", replace(METHODS["ours"], package="no-such-package"))
    blank = blank_run(quick, Path("bands.h5ad"), "ours", "true")
    assert blank.status == "not installed"
    assert list(measure_apart(Path("bands.h5ad"), "region", [blank], 0, 1.0)) == [blank]


def test_a_process_that_dies_or_takes_too_long_costs_one_run(quick, monkeypatch):
    blank = blank_run(quick, Path("bands.h5ad"), "ours", "true")
    runs = [replace(blank, slide=name) for name in ("dies", "waits", "works")]
    program = """
import json, signal, sys, time
answers, runs = sys.argv[-1 - int(sys.argv[1])], sys.argv[-int(sys.argv[1]):]
if runs[0].endswith("dies"): sys.exit("no luck")
if runs[0].endswith("waits"): signal.raise_signal(signal.SIGPROF)
with open(answers, "a") as file: file.write(json.dumps({"status": "ok", "found": 3}) + "\\n")
"""
    start = subprocess.Popen

    def pretend(command, **how):
        n_runs = sum(part.startswith("true:") for part in command)
        return start([sys.executable, "-c", program, str(n_runs), *command[4:]], **how)

    monkeypatch.setattr(niche_bench.subprocess, "Popen", pretend)
    died, late, worked = measure_apart(Path("bands.h5ad"), "region", runs, 0, 60.0)
    assert (died.status, died.error) == ("failed", "no luck")
    assert (late.status, late.error) == ("timeout", "over 60 s")
    assert (worked.status, worked.found) == ("ok", 3)


@pytest.mark.slow
def test_the_quick_run_measures_ours_and_blind_leiden(tmp_path, capsys):
    out = tmp_path / "runs.json"
    main(["--quick", "--modes", "true", "--out", str(out), "--page", str(tmp_path / "page.md")])
    runs = {stored["method"]: stored for stored in json.loads(out.read_text())}
    assert set(runs) == {"ours", "blind"}
    for stored in runs.values():
        assert stored["status"] == "ok", stored["error"]
        assert stored["scores"]["ari"] > 0.4
        assert stored["seconds"] > 0
        assert 0.1 < stored["peak_gib"] < 4
    assert "| Leiden, spatially blind |" in (tmp_path / "page.md").read_text()
