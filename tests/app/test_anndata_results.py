"""Results in a copy of a slide's file: everything else is kept, and anndata and NicheLens read the copy."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import anndata
import numpy as np
import pandas as pd
import pytest

import nichelens
from app.anndata_results import annotated_copy
from data_prep.errors import NicheLensError
from inference.answers.screen import COLUMNS
from tests.oracle import Oracle

if TYPE_CHECKING:
    from anndata import AnnData

NICHE = "L2/3 ☃ <b>"


@pytest.fixture(scope="module")
def adata(toy: Callable[..., "AnnData"]) -> "AnnData":
    """A slide with layers, raw, earlier results and an odd name."""
    adata = toy(n_genes=12)
    adata.obs["region"] = adata.obs["region"].cat.rename_categories({"Layer 1": NICHE})
    adata.raw = adata.copy()
    adata.layers["twice"] = adata.X * 2
    adata.varm["loadings"] = np.ones((12, 3))
    adata.uns["nichelens"] = {"earlier": "result"}
    adata.uns["source"] = {"paper": "none"}
    return adata


@pytest.fixture(scope="module")
def table(adata: "AnnData") -> pd.DataFrame:
    slide = nichelens.read(adata, "region")
    return nichelens.screen(slide, ["GENE3", "GENE5"], engine=Oracle(slide.facts(128)[0]))


@pytest.fixture(params=[".h5ad", ".zarr"])
def file(request: pytest.FixtureRequest, adata: "AnnData", tmp_path: Path) -> Path:
    path = tmp_path / f"slide{request.param}"
    adata.write_h5ad(path) if request.param == ".h5ad" else adata.write_zarr(path)
    return path


def read(path: Path) -> "AnnData":
    return anndata.read_zarr(path) if path.is_dir() else anndata.read_h5ad(path)


def test_the_copy_has_the_results_and_all_else(file: Path, adata: "AnnData", table: pd.DataFrame) -> None:
    out = file.with_name(f"results{file.suffix}")
    before = {path: path.read_bytes() for path in [file, *file.rglob("*")] if path.is_file()}
    assert annotated_copy(file, table, table.attrs["nichelens"], out) == out
    assert {path: path.read_bytes() for path in [file, *file.rglob("*")] if path.is_file()} == before
    stored = read(out)
    assert (stored.X != adata.X).nnz == 0
    assert (stored.layers["twice"] != adata.layers["twice"]).nnz == 0
    assert stored.raw is not None
    assert stored.uns["source"] == {"paper": "none"}
    assert set(stored.varm) == {"loadings", "nichelens_p_marker", "nichelens_log2fc", "nichelens_effect"}
    about = stored.uns["nichelens"]
    assert "earlier" not in about
    assert about["model"] == "oracle"
    assert about["thresholds"]["in_words"].startswith("a marker has +1 or more, q < 0.01")
    written = about["table"].reset_index(drop=True)
    assert tuple(written.columns) == COLUMNS
    pd.testing.assert_frame_equal(written, table, check_dtype=False, check_categorical=False)
    for row in table.itertuples():
        assert stored.varm["nichelens_effect"].loc[row.gene, row.niche.replace("/", "|")] == row.effect
    assert stored.varm["nichelens_p_marker"].notna().all(axis=1).sum() == 2


def test_nichelens_opens_the_copy(file: Path, table: pd.DataFrame) -> None:
    out = annotated_copy(file, table, table.attrs["nichelens"], file.with_name(f"results{file.suffix}"))
    slide = nichelens.read(out, "region")
    assert slide.niches[0] == NICHE
    again = nichelens.screen(slide, ["GENE3", "GENE5"], engine=Oracle(slide.facts(128)[0]))
    pd.testing.assert_frame_equal(again, table)


def test_a_file_can_be_replaced_by_its_copy(file: Path, table: pd.DataFrame) -> None:
    for _ in range(2):
        annotated_copy(file, table, table.attrs["nichelens"], file)
        assert read(file).uns["nichelens"]["model"] == "oracle"
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_copy_that_cannot_be_written_leaves_nothing(file: Path, table: pd.DataFrame, tmp_path: Path) -> None:
    unknown = table.assign(gene="GENE99")
    with pytest.raises(NicheLensError, match=rf"{file.name}: has no gene 'GENE99' of the table"):
        annotated_copy(file, unknown, {}, tmp_path / f"out{file.suffix}")
    with pytest.raises(NicheLensError, match=rf"out\.h5: the copy of {file.name} must end in \{file.suffix}"):
        annotated_copy(file, table, {}, tmp_path / "out.h5")
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_folder_of_another_format_is_refused(table: pd.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "outs").mkdir()
    with pytest.raises(NicheLensError, match=r"outs: results can be written into copies of \.h5ad files"):
        annotated_copy(tmp_path / "outs", table, {}, tmp_path / "out.zarr")
