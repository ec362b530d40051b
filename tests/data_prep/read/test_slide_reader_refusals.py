"""Reading slides: the one line that each kind of bad file gets."""

import logging
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from anndata import AnnData

from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.slide import MIN_NICHE_SPOTS
from tests.slide_refusal import refusal

Write = Callable[..., Path]


def set_value(adata: AnnData, spot: int, gene: int, value: float) -> None:
    dense = adata.X.toarray()
    dense[spot, gene] = value
    adata.X = sp.csr_matrix(dense)


def labels(adata: AnnData) -> np.ndarray:
    return np.array(adata.obs["region"], dtype=object)


def test_missing_file(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "absent.h5ad")


def test_not_hdf5(tmp_path: Path) -> None:
    path = tmp_path / "table.h5ad"
    path.write_text("gene,count\n")
    assert "not an HDF5 file" in refusal(path)
    assert "neither a .zarr store nor" in refusal(tmp_path)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
def test_truncated_file(toy_adata: AnnData, write_h5ad: Write, share: float) -> None:
    path = write_h5ad(toy_adata)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert "truncated" in refusal(path)


def test_hdf5_that_is_not_anndata(tmp_path: Path) -> None:
    path = tmp_path / "matrix.h5ad"
    with h5py.File(path, "w") as file:
        file["matrix"] = np.ones(3)
    message = refusal(path)
    assert "AnnData" in message or "empty" in message


@pytest.mark.parametrize(("spots", "genes"), [(0, 80), (256, 0)])
def test_empty_slide(toy_adata: AnnData, write_h5ad: Write, spots: int, genes: int) -> None:
    message = refusal(write_h5ad(toy_adata[:spots, :genes].copy()))
    assert f"empty ({spots} spots x {genes} genes)" in message


def test_all_zero_slide(toy_adata: AnnData, write_h5ad: Write) -> None:
    toy_adata.X = sp.csr_matrix(toy_adata.shape, dtype=np.float32)
    assert "all zeros" in refusal(write_h5ad(toy_adata))


def test_x_absent(toy_adata: AnnData, write_h5ad: Write) -> None:
    toy_adata.layers["counts"] = toy_adata.X
    toy_adata.X = None
    message = refusal(write_h5ad(toy_adata))
    assert "X is absent" in message
    assert "--layer counts" in message


def test_no_coordinates(toy_adata: AnnData, write_h5ad: Write) -> None:
    toy_adata.obsm["X_umap"] = toy_adata.obsm.pop("spatial")
    assert "no obsm['spatial'] (obsm keys: X_umap)" in refusal(write_h5ad(toy_adata))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_coordinates_not_finite(toy_adata: AnnData, write_h5ad: Write, value: float) -> None:
    toy_adata.obsm["spatial"][[7, 30], [1, 0]] = value
    message = refusal(write_h5ad(toy_adata))
    assert "obsm['spatial'] has NaN or infinite coordinates in 2 spots (first 'spot7')" in message
    assert "drop those spots or fix them" in message


@pytest.mark.parametrize(("axes", "named"), [([0, 1], "x and y"), ([0], " x "), ([1], " y ")])
def test_coordinates_without_extent(toy_adata: AnnData, write_h5ad: Write, axes: list[int], named: str) -> None:
    toy_adata.obsm["spatial"][:, axes] = 3.0
    assert f"one and the same {named.strip()} for all 256 spots" in refusal(write_h5ad(toy_adata))


def test_negative_counts(toy_adata: AnnData, write_h5ad: Write) -> None:
    set_value(toy_adata, 12, 34, -2)
    message = refusal(write_h5ad(toy_adata))
    assert "X has 1 negative values" in message
    assert "-2 at spot 'spot12', gene 'GENE34'" in message


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_counts_not_finite(toy_adata: AnnData, write_h5ad: Write, value: float) -> None:
    set_value(toy_adata, 255, 79, value)
    message = refusal(write_h5ad(toy_adata))
    assert "X has 1 NaN or infinite values" in message
    assert "spot 'spot255', gene 'GENE79'" in message


def test_counts_not_numeric(toy_adata: AnnData, write_h5ad: Write) -> None:
    import anndata as ad

    words = ad.AnnData(
        X=None,
        obs=toy_adata.obs,
        var=toy_adata.var,
        obsm={"spatial": toy_adata.obsm["spatial"]},
        layers={"words": np.full(toy_adata.shape, "many", dtype=object)},
    )
    assert "layers['words'] is not numeric" in refusal(write_h5ad(words), layer="words")


def test_log_normalised(toy_adata: AnnData, write_h5ad: Write) -> None:
    import scanpy as sc

    sc.pp.normalize_total(toy_adata, target_sum=1e4)
    normalised = toy_adata.copy()
    sc.pp.log1p(toy_adata)
    assert "looks log-normalised (uns['log1p'] is present)" in refusal(write_h5ad(toy_adata))
    del toy_adata.uns["log1p"]
    assert "looks log-normalised (fractions, largest" in refusal(write_h5ad(toy_adata))
    assert "every spot adds up to 10000" in refusal(write_h5ad(normalised))


def test_scaled(toy_adata: AnnData, write_h5ad: Write) -> None:
    toy_adata.raw = toy_adata
    toy_adata.X = toy_adata.X.toarray() - toy_adata.X.toarray().mean(axis=0)
    message = refusal(write_h5ad(toy_adata))
    assert "scaled data" in message
    assert "adata.raw" in message


def test_unknown_niche_key(toy_adata: AnnData, write_h5ad: Write) -> None:
    message = refusal(write_h5ad(toy_adata), "regions")
    assert "no obs column 'regions'" in message
    assert "did you mean 'region'? (columns: region, slice, donor)" in message


def test_niche_column_without_niches(toy_adata: AnnData, write_h5ad: Write) -> None:
    toy_adata.obs["depth"] = np.linspace(0.5, 9.1, 256)
    toy_adata.obs["empty"] = np.full(256, np.nan)
    toy_adata.obs["blank"] = ""
    toy_adata.obs["barcode"] = [f"AAC{i}" for i in range(256)]
    toy_adata.obs["area"] = np.arange(256)
    toy_adata.obs["one"] = "tissue"
    path = write_h5ad(toy_adata)
    assert "obs['depth'] is a measurement, not niches (e.g. 0.5)" in refusal(path, "depth")
    assert "obs['empty'] is NA for all 256 spots" in refusal(path, "empty")
    assert "obs['blank'] is empty text" in refusal(path, "blank")
    assert "obs['barcode'] has 256 distinct values" in refusal(path, "barcode")
    assert "obs['area'] has 256 distinct values" in refusal(path, "area")
    assert "fewer than two niches" in refusal(path, "one")


def test_niche_with_three_spots(toy_adata: AnnData, write_h5ad: Write, caplog: pytest.LogCaptureFixture) -> None:
    region = labels(toy_adata)
    region[:3], region[10:19] = "tiny", "small"
    toy_adata.obs["region"] = pd.Categorical(region)
    path = write_h5ad(toy_adata)
    message = refusal(path)
    assert f"fewer than {MIN_NICHE_SPOTS} spots: 'small' (9), 'tiny' (3)" in message
    assert "--drop-small-niches" in message
    with caplog.at_level(logging.WARNING):
        (slide,) = read_slides(path, ReadOptions(("region",), drop_small_niches=True))
    assert (slide.niche == -1).sum() == 12
    assert "'tiny' (3)" in caplog.text


def test_duplicate_names(toy_adata: AnnData, write_h5ad: Write) -> None:
    genes = toy_adata.copy()
    genes.var_names = ["GENE0", "GENE0", *[f"GENE{i}" for i in range(2, 80)]]
    assert "var_names has 1 duplicate gene names (first 'GENE0')" in refusal(write_h5ad(genes))
    toy_adata.obs_names = ["a", "a", "a", *[f"s{i}" for i in range(253)]]
    assert "obs_names has 2 duplicate spot names (first 'a')" in refusal(write_h5ad(toy_adata))


def test_slice_and_donor_keys(write_h5ad: Write, toy: Callable[..., AnnData]) -> None:
    adata = toy(donors=("D1", "D2"))
    path = write_h5ad(adata)
    assert "no obs column 'section'" in refusal(path, slice_key="section")
    assert "no obs column 'patient'" in refusal(path, donor_key="patient")
    del adata.obs["slice"]
    merged = refusal(write_h5ad(adata))
    assert "spots of 2 donors (D1, D2)" in merged
    assert "--slice-key" in merged
    adata.obs["slice"] = ["S1", *[None] * 511]
    assert "obs['slice'] is NA for 511 spots" in refusal(write_h5ad(adata))
