"""`nichelens markers` writes a row for each gene and niche."""

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from app.web.upload import open_slides
from data_prep.facts.variable_genes import variable_genes
from inference.answers import screen
from inference.answers.cards.card_folder import INDEX, LIST
from inference.answers.screen import COLUMNS
from inference.answers.screening import stored_screen
from inference.model.calibration import Calibration, KindCalibration

Write = Callable[..., Path]
REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def slide(toy_adata: AnnData, write_h5ad: Write) -> Path:
    return write_h5ad(toy_adata)


def test_markers_asks_every_gene_in_every_niche(run: Callable, slide: Path, tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "markers.csv"
    genes = ["--gene", "GENE1", "--gene", "GENE2", "--gene", "GENE3"]
    markers = ["markers", slide, "--niche-key", "region", "--model", tiny_model, "--out", out, *genes]
    ran = run(*markers)
    assert ran.code == 0
    assert str(out) in ran.out
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(COLUMNS)
    assert len(rows) == 3 * 4
    assert {row["niche"] for row in rows} == {"Layer 1", "Layer 2", "Layer 3", "Layer 4"}
    first = out.read_bytes()
    assert run(*markers).code == 2
    assert run(*markers, "--overwrite").code == 0
    assert out.read_bytes() == first


def test_top_genes_are_the_most_variable_ones(run: Callable, slide: Path, tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.csv"
    markers = ["markers", slide, "--niche-key", "region", "--model", tiny_model, "--out", out, "--top-genes", 2]
    assert run(*markers).code == 0
    with out.open() as file:
        genes = [row["gene"] for row in csv.DictReader(file)]
    most_variable = variable_genes(open_slides(slide).slide(), 2)
    assert set(genes) == set(most_variable)
    assert len(genes) == 2 * 4


def test_genes_are_named_or_counted_not_both(refused: Callable[..., str], slide: Path, tmp_path: Path) -> None:
    markers = ["markers", slide, "--niche-key", "region", "--out", tmp_path / "m.csv"]
    assert "exclude each other" in refused(*markers, "--gene", "GENE1", "--top-genes", 2)


def test_slice_option_keeps_one_slice(
    run: Callable, toy: Callable[..., AnnData], write_h5ad: Write, tiny_model: Path, tmp_path: Path
) -> None:
    path = write_h5ad(toy(donors=("D1", "D2")))
    markers = ["markers", path, "--niche-key", "region", "--model", tiny_model, "--gene", "GENE1", "--slice", "S2"]
    assert run(*markers, "--out", tmp_path / "m.csv").code == 0
    with (tmp_path / "m.csv").open() as file:
        assert {row["slice"] for row in csv.DictReader(file)} == {"S2"}


@pytest.fixture
def stops_in_the_third_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C after two blocks of ten genes."""
    monkeypatch.setattr(screen, "_BLOCK_GENES", 10)
    done, score = [], stored_screen.score_here

    def stop(job: object, *rest: object) -> None:
        if len(done) == 2:
            done.clear()
            monkeypatch.setattr(stored_screen, "score_here", score)
            raise KeyboardInterrupt
        done.append(job)
        score(job, *rest)

    monkeypatch.setattr(stored_screen, "score_here", stop)


@pytest.mark.usefixtures("stops_in_the_third_block")
def test_an_interrupted_command_goes_on(run: Callable, slide: Path, tiny_model: Path, tmp_path: Path) -> None:
    markers = ["markers", slide, "--niche-key", "region", "--model", tiny_model, "--out"]
    ran = run(*markers, tmp_path / "m.csv")
    assert (ran.code, ran.out) == (130, "")
    assert f"{tmp_path}/m.csv: 80 of 320 answers are kept; the same command goes on" in ran.err
    assert not (tmp_path / "m.csv").exists()
    other = run(*markers, tmp_path / "m.csv", "--gene", "GENE1")
    assert other.code == 2
    assert "left answers of other genes or niches" in other.err[0]
    ran = run(*markers, tmp_path / "m.csv")
    assert (ran.code, ran.err) == (0, [f"{tmp_path}/m.csv: an earlier run left 80 of 320 answers; going on"])
    assert run(*markers, tmp_path / "whole.csv").code == 0
    assert (tmp_path / "m.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.csv", "toy.h5ad", "whole.csv"]


@pytest.mark.usefixtures("stops_in_the_third_block")
def test_overwrite_starts_anew(run: Callable, slide: Path, tiny_model: Path, tmp_path: Path) -> None:
    markers = ["markers", slide, "--niche-key", "region", "--model", tiny_model, "--out", tmp_path / "m.csv"]
    assert run(*markers).code == 130
    ran = run(*markers, "--gene", "GENE1", "--overwrite")
    assert (ran.code, ran.err) == (0, [])
    assert len((tmp_path / "m.csv").read_text().splitlines()) == 5


def test_processes_and_a_cluster_exclude_each_other(refused: Callable[..., str], slide: Path, tmp_path: Path) -> None:
    markers = ["markers", slide, "--niche-key", "region", "--out", tmp_path / "m.csv"]
    assert "exclude each other" in refused(*markers, "--processes", 2, "--dask", "tcp://127.0.0.1:1")


def test_cards_and_a_copy_with_the_results_come_along(
    run: Callable, slide: Path, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calibration = KindCalibration(yes_from=0.0)
    monkeypatch.setattr(Calibration, "of", lambda self, kind: calibration)  # every gene passes
    out, copy, cards = tmp_path / "m.csv", tmp_path / "copy.h5ad", tmp_path / "cards"
    markers = ["markers", slide, "--niche-key", "region", "--model", tiny_model, "--out", out]
    markers += ["--gene", "GENE1", "--gene", "GENE2", "--cards", cards, "--max-cards", 3, "--write-back", copy]
    ran = run(*markers)
    assert ran.code == 0, ran.err
    assert f"{cards}/index.html: cards of 3 of 8 markers, the strongest of each niche first" in ran.out
    assert f"{copy}: toy.h5ad with the results" in ran.out
    assert {INDEX, LIST} < {path.name for path in cards.iterdir()}
    assert len(list(cards.iterdir())) == 3 + 2
    stored = anndata.read_h5ad(copy)
    assert stored.uns["nichelens"]["table"]["gene"].tolist() == pd.read_csv(out)["gene"].tolist()
    assert stored.uns["nichelens"]["version"]
    assert run("markers", copy, *markers[2:6], "--out", tmp_path / "again.csv", "--gene", "GENE1").code == 0
    for path in (out, copy, cards):
        assert path.exists()
    assert run(*markers).code == 2
    assert run(*markers, "--overwrite").code == 0


def test_the_slide_itself_is_replaced_only_if_that_is_meant(
    run: Callable, refused: Callable[..., str], slide: Path, tiny_model: Path, tmp_path: Path
) -> None:
    markers = ["markers", slide, "--niche-key", "region", "--model", tiny_model, "--gene", "GENE1"]
    markers += ["--out", tmp_path / "m.csv", "--write-back", slide]
    before = slide.read_bytes()
    assert "is an input of this command" in refused(*markers)
    assert slide.read_bytes() == before
    assert run(*markers, "--overwrite").code == 0
    assert "nichelens_p_marker" in anndata.read_h5ad(slide).varm


def test_a_folder_of_other_pages_is_never_replaced(refused: Callable[..., str], slide: Path, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / INDEX).write_text("mine")
    markers = ["markers", slide, "--niche-key", "region", "--out", tmp_path / "m.csv", "--cards", tmp_path / "site"]
    assert "holds files that NicheLens did not write" in refused(*markers, "--overwrite")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--write-back", "x.zarr"], "must end in .h5ad"),
        (["--cards", "m.csv"], "two outputs of this command have this name"),
        (["--cards", "toy.h5ad"], "is an input of this command"),
    ],
)
def test_outputs_are_checked_before_the_work(
    refused: Callable[..., str], slide: Path, tmp_path: Path, options: list[str], words: str
) -> None:
    markers = ["markers", slide, "--niche-key", "region", "--out", tmp_path / "m.csv"]
    assert words in refused(*markers, options[0], tmp_path / options[1])


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "processes"), [(0, 1), (1, 1), (2, 2)])
def test_a_killed_command_goes_on_with_the_same_bytes(
    seed: int,
    processes: int,
    run: Callable,
    toy: Callable[..., AnnData],
    write_h5ad: Write,
    tiny_model: Path,
    tmp_path: Path,
) -> None:
    slide = write_h5ad(toy(seed=seed, n_genes=640))
    markers = ["markers", slide, "--niche-key", "region", "--model", tiny_model, "--out"]
    many = ["--processes", processes]
    blocks = tmp_path / ".m.csv.work" / "blocks"
    enough = int(np.random.default_rng(seed).integers(1, 9))
    command = [sys.executable, "-m", "nichelens", *map(str, [*markers, tmp_path / "m.csv", *many])]
    process = subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True)
    while len(list(blocks.glob("[0-9]*.npz"))) < enough:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "m.csv").exists()
    ran = run(*markers, tmp_path / "m.csv")
    assert ran.code == 0
    assert "answers; going on" in ran.err[0]
    assert run(*markers, tmp_path / "whole.csv").code == 0
    assert (tmp_path / "m.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
