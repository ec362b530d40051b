"""Readers: each format as its own library (or its vendor's layout) writes it gives the same slide."""

from collections.abc import Callable
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from data_prep.errors import NicheLensError
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.slide import Slide
from tests.data_prep.read.slide_files import space_ranger, spatialdata_store, xenium


@pytest.fixture
def adata(toy: Callable[..., AnnData]) -> AnnData:
    return toy()


def same(one: Slide, other: Slide) -> None:
    np.testing.assert_array_equal(one.counts.toarray(), other.counts.toarray())
    np.testing.assert_allclose(one.xy, other.xy)
    np.testing.assert_array_equal(one.genes, other.genes)


@pytest.fixture
def plain(adata: AnnData, tmp_path: Path) -> Slide:
    adata.write_h5ad(tmp_path / "plain.h5ad")
    return read_slides(tmp_path / "plain.h5ad", ReadOptions())[0]


@pytest.mark.parametrize("consolidated", [True, False])
def test_zarr(adata: AnnData, plain: Slide, tmp_path: Path, consolidated: bool) -> None:
    adata.write_zarr(tmp_path / "slide.zarr")
    if not consolidated:
        (tmp_path / "slide.zarr" / ".zmetadata").unlink(missing_ok=True)
    (slide,) = read_slides(tmp_path / "slide.zarr", ReadOptions(("region",)))
    same(slide, plain)
    assert slide.niches == ("Layer 1", "Layer 2", "Layer 3", "Layer 4")


@pytest.mark.parametrize("header", [True, False])
def test_space_ranger(adata: AnnData, plain: Slide, tmp_path: Path, header: bool) -> None:
    (slide,) = read_slides(space_ranger(tmp_path / "outs", adata, header=header), ReadOptions())
    same(slide, plain)
    assert (slide.meta.technology, slide.meta.unit, slide.meta.y_axis) == ("Visium", "pixel", "down")


def test_xenium(adata: AnnData, plain: Slide, tmp_path: Path) -> None:
    (slide,) = read_slides(xenium(tmp_path / "outs", adata), ReadOptions())
    same(slide, plain)
    assert (slide.meta.technology, slide.meta.unit, slide.meta.y_axis) == ("Xenium", "micron", "down")


@pytest.mark.parametrize("placed", [True, False])
def test_spatialdata(adata: AnnData, plain: Slide, tmp_path: Path, placed: bool) -> None:
    pytest.importorskip("spatialdata", reason="the extra `readers` is not installed")
    spatialdata_store(tmp_path / "data.zarr", adata, placed=placed)
    (slide,) = read_slides(tmp_path / "data.zarr", ReadOptions(("region",)))
    same(slide, plain)


def test_y_that_points_up_is_turned(adata: AnnData, plain: Slide, tmp_path: Path) -> None:
    adata.write_h5ad(tmp_path / "up.h5ad")
    (slide,) = read_slides(tmp_path / "up.h5ad", ReadOptions(y_axis="up", unit="micron"))
    np.testing.assert_allclose(slide.xy[:, 1], -plain.xy[:, 1])
    assert (slide.meta.y_axis, slide.meta.unit, plain.meta.y_axis) == ("up", "micron", "assumed down")


def test_ensembl_ids_take_their_symbols(adata: AnnData, tmp_path: Path) -> None:
    symbols = [f"Abc{i}" for i in range(adata.n_vars)]
    symbols[1] = symbols[0]
    adata.var["gene_name"] = symbols
    adata.var_names = [f"ENSMUSG{i:011d}.2" for i in range(adata.n_vars)]
    adata.write_h5ad(tmp_path / "ids.h5ad")
    (slide,) = read_slides(tmp_path / "ids.h5ad", ReadOptions(("region",)))
    assert slide.genes[0] == "Abc0"
    assert slide.genes[1] == "Abc0 (ENSMUSG00000000001.2)"
    assert slide.meta.organism == "mouse"
    assert "Ensembl ids named by 'gene_name', 1 repeated" in slide.meta.genes_from
    del adata.var["gene_name"]
    adata.write_h5ad(tmp_path / "bare.h5ad")
    assert read_slides(tmp_path / "bare.h5ad", ReadOptions(("region",)))[0].genes[0] == "ENSMUSG00000000000.2"
    table = tmp_path / "genes.tsv"
    pd.DataFrame({"gene_id": [n.split(".")[0] for n in adata.var_names], "symbol": symbols}).to_csv(
        table, sep="\t", index=False
    )
    assert read_slides(tmp_path / "bare.h5ad", ReadOptions(("region",), gene_table=table))[0].genes[5] == "Abc5"


def test_cell_types(adata: AnnData, tmp_path: Path) -> None:
    adata.obs["type"] = np.where(np.arange(adata.n_obs) % 3, "T cell", None)
    adata.write_h5ad(tmp_path / "typed.h5ad")
    (slide,) = read_slides(tmp_path / "typed.h5ad", ReadOptions(("region",), cell_type_key="type"))
    assert slide.cell_types == ("T cell",)
    assert (slide.cell_type == -1).sum() == -(-adata.n_obs // 3)


def _empty(folder: Path, adata: AnnData) -> None:
    folder.mkdir()


def _no_positions(folder: Path, adata: AnnData) -> None:
    (space_ranger(folder, adata, header=True) / "spatial" / "tissue_positions.csv").unlink()


def _other_barcodes(folder: Path, adata: AnnData) -> None:
    file = space_ranger(folder, adata, header=True) / "spatial" / "tissue_positions.csv"
    file.write_text(file.read_text().replace(str(adata.obs_names[5]) + ",", "XYZ,"))


def _short_positions(folder: Path, adata: AnnData) -> None:
    file = space_ranger(folder, adata, header=True) / "spatial" / "tissue_positions.csv"
    pd.read_csv(file).drop(columns="pxl_col_in_fullres").to_csv(file, index=False)


def _broken_matrix(folder: Path, adata: AnnData) -> None:
    file = space_ranger(folder, adata, header=True) / "filtered_feature_bc_matrix.h5"
    file.write_bytes(file.read_bytes()[:300])


def _no_cells(folder: Path, adata: AnnData) -> None:
    (xenium(folder, adata) / "cells.parquet").unlink()


def _no_matrix(folder: Path, adata: AnnData) -> None:
    (xenium(folder, adata) / "cell_feature_matrix.h5").unlink()


def _broken_zarr(folder: Path, adata: AnnData) -> None:
    import shutil

    adata.write_zarr(folder)
    shutil.rmtree(folder / "X")
    shutil.rmtree(folder / "obs")


def _zarr_without_coordinates(folder: Path, adata: AnnData) -> None:
    bare = ad.AnnData(adata.X, adata.obs, adata.var)
    bare.write_zarr(folder)


FOLDERS = {
    _empty: "neither a .zarr store nor",
    _no_positions: "no spatial/tissue_positions.csv",
    _other_barcodes: "has no place for 1 of",
    _short_positions: "no column 'pxl_col_in_fullres'",
    _broken_matrix: "cannot be read",
    _no_cells: "no cells.parquet",
    _no_matrix: "no cell_feature_matrix.h5",
    _broken_zarr: "out",
    _zarr_without_coordinates: "no obsm['spatial']",
}


@pytest.mark.parametrize("make", FOLDERS, ids=lambda make: make.__name__)
def test_bad_folders_are_one_line(adata: AnnData, tmp_path: Path, make: Callable[[Path, AnnData], None]) -> None:
    make(tmp_path / "out", adata)
    with pytest.raises(NicheLensError) as caught:
        read_slides(tmp_path / "out", ReadOptions(("region",)))
    assert FOLDERS[make] in str(caught.value)
    assert "\n" not in str(caught.value)
