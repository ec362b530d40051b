"""`nichelens check` works with and without labels, writes every format, and refuses in one line."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from anndata import AnnData

from tests.conftest import make_toy


def test_check_writes_every_format(run: Callable, toy_adata: AnnData, write_h5ad: Callable, tmp_path: Path) -> None:
    slide = write_h5ad(toy_adata)
    outs = [tmp_path / f"quality{ending}" for ending in (".html", ".md", ".json", ".csv")]
    ran = run("check", slide, "--niche-key", "region", *(part for out in outs for part in ("--out", out)))
    assert (ran.code, ran.err) == (0, [])
    assert "256 spots with a median of" in ran.out
    assert outs[0].read_text().startswith("<!doctype html>")
    assert outs[1].read_text().startswith("# Quality of toy.h5ad")
    (record,) = json.loads(outs[2].read_text())["slices"]
    assert [niche["niche"] for niche in record["niches"]] == [f"Layer {n}" for n in (1, 2, 3, 4)]
    assert list(pd.read_csv(outs[3]).columns) == ["slice", "topic", "level", "finding", "advice"]


def test_preprocessing_is_told_with_its_reason(
    run: Callable, toy_adata: AnnData, write_h5ad: Callable, tmp_path: Path
) -> None:
    outs = [tmp_path / f"quality{ending}" for ending in (".html", ".md", ".json")]
    ran = run("check", write_h5ad(toy_adata), "--preprocessing", *(part for out in outs for part in ("--out", out)))
    assert ran.code == 0
    told = json.loads(outs[2].read_text())["slices"][0]["preprocessing"]
    assert told["repeat"].startswith("--normalisation ")
    for text in (outs[0].read_text(), outs[1].read_text()):
        assert "Preprocessing" in text
        assert f"--find-niches {told['repeat']}" in text
    page = outs[0].read_text()
    assert page.count('<svg class="choice"') == sum(len(choice["candidates"]) > 1 for choice in told["choices"])
    assert page.count('class="chosen"') == sum(
        choice["chosen"] is not None and len(choice["candidates"]) > 1 for choice in told["choices"]
    )


def test_without_labels_the_verdict_is_printed_with_a_hint(
    run: Callable, toy_adata: AnnData, write_h5ad: Callable
) -> None:
    ran = run("check", write_h5ad(toy_adata))
    assert ran.code == 0
    assert ran.out.startswith("S1: The counts are")
    assert "of the tissue (2" in ran.out
    assert ran.err == ["No niches were checked. Columns that could serve: region; pass --niche-key region."]
    del toy_adata.obs["region"]
    assert (
        run("check", write_h5ad(toy_adata, "bare.h5ad")).err[0].endswith("pass --find-niches to check computed ones.")
    )


@pytest.mark.slow  # the first search for niches in a process compiles code
def test_found_niches_are_checked(run: Callable, toy_adata: AnnData, write_h5ad: Callable) -> None:
    ran = run("check", write_h5ad(toy_adata), "--find-niches", "--json")
    (record,) = json.loads(ran.out)["slices"]
    assert len(record["niches"]) >= 2


def test_each_slice_has_a_report(run: Callable, write_h5ad: Callable, tmp_path: Path) -> None:
    slide = write_h5ad(make_toy(donors=("D1", "D2")))
    assert [line[:4] for line in run("check", slide, "--out", tmp_path / "q.md").out.splitlines()[:2]] == [
        "S1: ",
        "S2: ",
    ]
    assert run("check", slide, "--slice", "S2").out.startswith("S2: ")


def test_a_small_niche_does_not_stop_a_check(run: Callable, toy_adata: AnnData, write_h5ad: Callable) -> None:
    region = np.array(toy_adata.obs["region"], dtype=object)
    region[:3] = "Rim"
    toy_adata.obs["region"] = pd.Categorical(region)
    ran = run("check", write_h5ad(toy_adata), "--niche-key", "region")
    assert ran.code == 0
    assert "'Rim' (3)" in ran.err[0]


def test_what_is_no_slide_is_refused_with_the_reason(
    refused: Callable[..., str], toy_adata: AnnData, write_h5ad: Callable, tmp_path: Path
) -> None:
    raw = toy_adata.X.copy()
    toy_adata.X = sp.csr_matrix(np.log1p(toy_adata.X.toarray()))
    out = tmp_path / "quality.html"
    assert "adata.raw may hold" not in refused("check", write_h5ad(toy_adata), "--out", out)
    toy_adata.layers["counts"] = raw
    logged = write_h5ad(toy_adata, "logged.h5ad")
    message = refused("check", logged, "--out", out)
    assert "logged.h5ad: X looks log-normalised" in message
    assert "pass --layer counts" in message
    assert "no slice 'S9'" in refused("check", logged, "--layer", "counts", "--slice", "S9")
    assert "no obs column 'layer'" in refused("check", logged, "--layer", "counts", "--niche-key", "layer")
    assert "choose one of .html, .md, .json, .csv" in refused("check", logged, "--out", tmp_path / "q.pdf")
    out.write_text("mine")
    assert "pass --overwrite" in refused("check", logged, "--out", out)
