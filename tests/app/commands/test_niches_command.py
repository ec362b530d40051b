"""`nichelens niches` writes labels, JSON, a page and a copy of the file, and refuses in one line."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from sklearn.metrics import adjusted_rand_score

from tests.conftest import make_toy

Write = Callable[..., Path]


def labels(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, keep_default_na=False)


def test_every_format_says_the_same(run: Callable, toy_adata: AnnData, write_h5ad: Write, tmp_path: Path) -> None:
    slide = write_h5ad(toy_adata)
    outs = [tmp_path / f"found{ending}" for ending in (".csv", ".json", ".html", ".h5ad")]
    ran = run("niches", slide, "--n-niches", "4", *(part for out in outs for part in ("--out", out)))
    assert ran.code == 0
    table = labels(outs[0])
    assert list(table.columns) == ["spot", "slice", "niche", "confidence"]
    assert table.spot.tolist() == toy_adata.obs_names.tolist()
    assert set(table.slice) == {"S1"}
    assert table.confidence.between(0, 1).all()
    assert all(len(line.rpartition(".")[2]) == 3 for line in outs[0].read_text().splitlines()[1:])
    assert adjusted_rand_score(toy_adata.obs["region"], table.niche) > 0.9
    record = json.loads(outs[1].read_text())
    assert (record["n_niches"], record["curve"], record["reason"]) == (4, [], "their number was given")
    sizes = {niche["niche"]: niche["spots"] for niche in record["slices"][0]["niches"]}
    assert sizes == table.niche[table.niche != ""].value_counts().to_dict()
    page = outs[2].read_text()
    assert page.startswith("<!doctype html>")
    assert all(name in page for name in sizes)
    assert "<script" not in page
    copy = anndata.read_h5ad(outs[3])
    assert copy.obs["niche"].astype(object).where(copy.obs["niche"].notna(), "").tolist() == table.niche.tolist()
    np.testing.assert_allclose(copy.obs["niche_confidence"], table.confidence, atol=1e-6)
    assert copy.uns["nichelens_niches"]["n_niches"] == 4
    assert copy.obs["region"].tolist() == toy_adata.obs["region"].tolist()
    assert (copy.X != toy_adata.X).nnz == 0


def test_the_last_line_says_how_many_and_why_and_what_to_do_next(
    run: Callable, toy_adata: AnnData, write_h5ad: Write, tmp_path: Path
) -> None:
    toy_adata.layers["counts"] = toy_adata.X.copy()
    slide = write_h5ad(toy_adata)
    out = run("niches", slide, "--layer", "counts", "--scale", "coarse", "--out", tmp_path / "labels.csv").out
    (line,) = out.splitlines()
    assert line.startswith(f"{tmp_path / 'labels.csv'}: ")
    assert "Why so many: the most stable number of a coarser scale" in line or "more niches explain little" in line
    command = shlex.split(line.partition("Next: ")[2])
    assert command[:3] == ["nichelens", "describe", str(slide)]
    assert command[3:8] == ["--find-niches", "--scale", "coarse", "--layer", "counts"]


def test_the_order_of_the_spots_in_the_file_changes_no_row(
    run: Callable, toy_adata: AnnData, write_h5ad: Write, tmp_path: Path
) -> None:
    order = np.random.default_rng(0).permutation(toy_adata.n_obs)
    for name, adata in (("a", toy_adata), ("b", toy_adata[order].copy())):
        run("niches", write_h5ad(adata, f"{name}.h5ad"), "--n-niches", "4", "--out", tmp_path / f"{name}.csv")
    one, other = (sorted((tmp_path / f"{name}.csv").read_text().splitlines()) for name in "ab")
    assert one == other
    run("niches", tmp_path / "a.h5ad", "--n-niches", "4", "--out", tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()


def test_several_slides_are_looked_at_together(run: Callable, write_h5ad: Write, tmp_path: Path) -> None:
    files = [write_h5ad(make_toy(seed), f"{name}.h5ad") for seed, name in enumerate("ab")]
    out = tmp_path / "labels.csv"
    ran = run("niches", *files, "--n-niches", "4", "--out", out)
    table = labels(out)
    assert table.slice.unique().tolist() == ["a", "b"]  # both slices are called S1
    truth = np.concatenate([make_toy(seed).obs["region"].astype(str) for seed in (0, 1)])
    assert adjusted_rand_score(truth, table.niche) > 0.9  # the same name on both
    assert "nichelens.find_niches([...]).slides" in ran.out


def test_a_copy_of_a_chosen_slice_leaves_the_other_spots_without_a_niche(
    run: Callable, write_h5ad: Write, tmp_path: Path
) -> None:
    slide = write_h5ad(make_toy(donors=("D1", "D2")))
    out = tmp_path / "found.h5ad"
    ran = run("niches", slide, "--slice", "S2", "--n-niches", "4", "--out", out)
    obs = anndata.read_h5ad(out).obs
    assert obs.loc[obs.slice == "S1", "niche"].isna().all()
    assert obs.loc[obs.slice == "S1", "niche_confidence"].isna().all()
    assert obs.loc[obs.slice == "S2", "niche"].notna().mean() > 0.9
    assert "--niche-key niche --slice S2" in ran.out
    assert run("check", out, "--niche-key", "niche", "--slice", "S2", "--json").code == 0
    again = tmp_path / "again.h5ad"
    assert run("niches", out, "--slice", "S2", "--n-niches", "3", "--out", again).code == 0
    assert anndata.read_h5ad(again).obs["niche"].nunique() == 3


def test_refusals_leave_nothing_behind(
    refused: Callable[..., str], toy_adata: AnnData, write_h5ad: Write, tmp_path: Path
) -> None:
    slide, other = write_h5ad(toy_adata), write_h5ad(make_toy(1), "other.h5ad")
    table, copy = tmp_path / "labels.csv", tmp_path / "copy.h5ad"
    assert "choose one of .csv, .json, .html, .h5ad, .zarr" in refused(
        "niches", slide, "--out", tmp_path / "labels.txt"
    )
    assert "Missing option '--out'" in refused("niches", slide)
    assert "--n-niches is 1 and must be 2 to 100" in refused("niches", slide, "--n-niches", "1", "--out", table)
    assert "a scale chooses the number" in refused(
        "niches", slide, "--n-niches", "4", "--scale", "fine", "--out", table
    )
    assert "--niche-key" in refused("niches", slide, "--niche-key", "region", "--out", table)
    assert "256 spots are too few to find 40 niches in" in refused("niches", slide, "--n-niches", "40", "--out", table)
    assert "a copy holds one file, and 2 are given" in refused("niches", slide, other, "--out", copy)
    assert "is an input of this command" in refused("niches", slide, "--out", slide, "--overwrite")
    assert "no slice 'S9'" in refused("niches", slide, "--slice", "S9", "--out", table)
    toy_adata.obs["niche"] = toy_adata.obs["region"]
    assert "has a column obs['niche'] of its own" in refused("niches", write_h5ad(toy_adata, "own.h5ad"), "--out", copy)
    table.write_text("mine")
    assert "pass --overwrite" in refused("niches", slide, "--out", table)
    assert table.read_text() == "mine"


def test_an_existing_output_is_replaced_when_told_so(
    run: Callable, toy_adata: AnnData, write_h5ad: Write, tmp_path: Path
) -> None:
    out = tmp_path / "labels.csv"
    out.write_text("old")
    assert run("niches", write_h5ad(toy_adata), "--n-niches", "4", "--out", out, "--overwrite").code == 0
    assert out.read_text().startswith("spot,slice,niche,confidence\n")


def test_real_layers_are_found(run: Callable, real_data: Path, tmp_path: Path) -> None:
    path = real_data / "slides" / "st_mouse_olfactory_bulb.h5ad"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    out = tmp_path / "labels.csv"
    assert run("niches", path, "--out", out).code == 0
    assert adjusted_rand_score(anndata.read_h5ad(path).obs["region"].astype(str), labels(out).niche) > 0.3


def test_auto_tells_its_choices_and_the_options_that_repeat_them(
    run: Callable, toy_adata: AnnData, write_h5ad: Write, tmp_path: Path
) -> None:
    slide = write_h5ad(toy_adata)
    outs = [tmp_path / f"auto{ending}" for ending in (".csv", ".json", ".html", ".h5ad")]
    ran = run("niches", slide, "--auto", *(part for out in outs for part in ("--out", out)))
    assert ran.code == 0
    record = json.loads(outs[1].read_text())
    told = json.loads(anndata.read_h5ad(outs[3]).uns["nichelens_niches"]["choices"])
    assert told == record["choices"]
    assert told["repeat"] in outs[2].read_text()
    again = tmp_path / "again.csv"
    assert run("niches", slide, *told["repeat"].split(), "--out", again).code == 0
    assert again.read_text() == outs[0].read_text()
    only_labels = run("niches", slide, "--auto", "--out", again, "--overwrite")
    assert "--find-niches --auto" in only_labels.out
