"""`nichelens embed` writes vectors of all slides, prints genes with like maps, or refuses in one line."""

from collections.abc import Callable
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

from tests.conftest import make_toy


@pytest.fixture
def two_slices(write_h5ad: Callable[..., Path]) -> Path:
    return write_h5ad(make_toy(donors=("D1", "D2"), side=20))


@pytest.fixture
def asked(two_slices: Path) -> list[object]:
    return ["embed", two_slices, "--niche-key", "region"]


def test_vectors_of_spots_genes_and_niches_are_written(run: Callable, asked: list[object], tmp_path: Path) -> None:
    out, genes = tmp_path / "embedded.h5ad", tmp_path / "genes.parquet"
    ran = run(*asked, "--out", out, "--genes-out", genes)
    assert (ran.code, ran.err) == (0, [])
    assert ran.out == f"{out}, {genes}: vectors of 800 spots and 80 genes of S1, S2\n"
    adata = anndata.read_h5ad(out)
    assert adata.obsm["nichelens_spots"].shape == (800, 30)
    assert adata.varm["nichelens_maps"].shape == (80, 50)
    assert "nichelens_pictures" not in adata.varm
    assert list(adata.varm["nichelens_profiles"].columns[:2]) == ["S1: Layer 1", "S1: Layer 2"]
    assert list(adata.obs.columns) == ["slice", "donor", "niche"]
    source = anndata.read_h5ad(asked[1])
    spots = source.obs_names
    np.testing.assert_array_equal(adata[spots].X.toarray(), source.X.toarray())
    np.testing.assert_array_equal(adata[spots].obsm["spatial"], source.obsm["spatial"])
    assert (adata[spots].obs["niche"].astype(str).to_numpy() == source.obs["region"].astype(str).to_numpy()).all()
    table = pd.read_parquet(genes)
    assert list(table.columns[:2]) == ["gene", "map_1"]
    np.testing.assert_array_equal(table.iloc[:, 1:].to_numpy(), adata.varm["nichelens_maps"])
    again = tmp_path / "again.csv"
    assert run("embed", out, "--niche-key", "niche", "--genes-out", again).code == 0  # what was written is a slide


def test_the_same_input_gives_the_same_vectors(run: Callable, asked: list[object], tmp_path: Path) -> None:
    outs = [tmp_path / name for name in ("one.csv", "two.csv")]
    for out in outs:
        run(*asked, "--genes-out", out)
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_genes_with_like_maps_are_printed(run: Callable, asked: list[object]) -> None:
    ran = run(*asked, "--slice", "S1", "--like", "GENE1", "--n-genes", 3)
    assert ran.code == 0
    title, head, *rows = ran.out.splitlines()
    assert title.endswith("genes whose maps are most like that of GENE1")
    assert head.split() == ["gene", "likeness", "correlation", "error", "verdict"]
    assert len(rows) == 3
    assert {int(row.split()[0].removeprefix("GENE")) % 4 for row in rows} == {1}
    assert {row.split()[-1] for row in rows} == {"supported"}


def test_a_tower_looks_at_the_maps(run: Callable, asked: list[object], tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "embedded.h5ad"
    assert run(*asked, "--tower", "--model", tiny_model, "--out", out).code == 0
    adata = anndata.read_h5ad(out)
    vectors = adata.varm["nichelens_pictures"]
    assert len(vectors) == 80
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3)
    assert adata.uns["nichelens_embedding"]["tower"] == tiny_model.name


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ([], "nothing to do; give --out FILE.h5ad, --genes-out FILE.csv or --like SYMBOL"),
        (["--out", "x.csv"], "x.csv: vectors are written to .h5ad files"),
        (["--genes-out", "x.txt"], "x.txt: the ending says the format; choose one of .csv, .parquet"),
        (["--like", "GENE1"], "--like is about one slice, and 2 are given; choose one with --slice"),
        (["--slice", "S1", "--like", "GENE1x"], "no gene 'GENE1x'; did you mean 'GENE1'"),
        (["--genes-out", "x.csv", "--tower"], "--tower needs --out FILE.h5ad"),
    ],
)
def test_what_cannot_be_done_is_refused(
    refused: Callable[..., str], asked: list[object], more: list[str], message: str
) -> None:
    assert message in refused(*asked, *more)


def test_nothing_is_replaced_unless_told_so(
    refused: Callable[..., str], run: Callable, asked: list[object], two_slices: Path, tmp_path: Path
) -> None:
    assert "is an input of this command" in refused(*asked, "--out", two_slices, "--overwrite")
    out = tmp_path / "genes.csv"
    out.write_text("mine")
    assert "exists already; pass --overwrite" in refused(*asked, "--genes-out", out, "--out", tmp_path / "new.h5ad")
    assert out.read_text() == "mine"
    assert run(*asked, "--genes-out", out, "--overwrite").code == 0
    assert out.read_text().startswith("gene,map_1")
