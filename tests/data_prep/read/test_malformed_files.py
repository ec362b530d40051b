"""Malformed files: one clear line that names the file, the problem and the fix, and nothing left behind."""

import shutil
from collections.abc import Callable
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from anndata import AnnData

from data_prep.errors import NicheLensError
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.slide_loading import load_slides
from tests.data_prep.read.slide_files import refusal, rewrite, sound, space_ranger, write_10x, xenium

pytestmark = pytest.mark.usefixtures("scratch")


# Content that an AnnData object can hold


def with_x(values: object) -> Callable[[AnnData], None]:
    def spoil(adata: AnnData) -> None:
        adata.X = values(adata.X) if callable(values) else values

    return spoil


def with_value(value: float, kind: type = np.float64) -> Callable[[AnnData], None]:
    def spoil(adata: AnnData) -> None:
        dense = adata.X.toarray().astype(kind)
        dense[3, 5] = value
        adata.X = sp.csr_matrix(dense)

    return spoil


def with_xy(change: Callable[[np.ndarray], object]) -> Callable[[AnnData], None]:
    def spoil(adata: AnnData) -> None:
        adata.obsm["spatial"] = change(adata.obsm["spatial"])

    return spoil


def with_column(values: Callable[[AnnData], object]) -> Callable[[AnnData], None]:
    def spoil(adata: AnnData) -> None:
        adata.obs["region"] = values(adata)

    return spoil


def with_gene(name: str) -> Callable[[AnnData], None]:
    def spoil(adata: AnnData) -> None:
        adata.var_names = [name, *adata.var_names[1:]]

    return spoil


def with_label(column: str, name: str) -> Callable[[AnnData], None]:
    def spoil(adata: AnnData) -> None:
        labels = np.array(adata.obs[column], dtype=object)
        labels[labels == labels[0]] = name
        adata.obs[column] = labels

    return spoil


def nan_at_spot_3(xy: np.ndarray) -> np.ndarray:
    xy[3, 0] = np.nan
    return xy


def spots(n: int) -> list[str]:
    return [f"spot{i}" for i in range(n)]


CONTENT: dict[str, tuple[Callable[[AnnData], None], str]] = {
    "NaN coordinates": (with_xy(nan_at_spot_3), "in 1 spots (first 'spot3')"),
    "coordinates that are words": (
        with_xy(lambda xy: pd.DataFrame(index=spots(256), data=dict(x=["left"] * 256, y=["up"] * 256))),
        "obsm['spatial'] is not numeric",
    ),
    "coordinates of mixed types": (
        with_xy(lambda xy: pd.DataFrame(index=spots(256), data=dict(x=xy[:, 0], y=["up"] * 256))),
        "obsm['spatial'] is not numeric",
    ),
    "complex coordinates": (with_xy(lambda xy: xy + 1j), "obsm['spatial'] is not numeric (dtype complex128)"),
    "four coordinates": (with_xy(lambda xy: np.c_[xy, xy]), "shape (256, 4) and must be (256, 2)"),
    "one coordinate": (with_xy(lambda xy: xy[:, :1]), "shape (256, 1)"),
    "all spots on one line": (with_xy(lambda xy: xy * [1, 0]), "one and the same y for all 256 spots"),
    "all spots at one place": (with_xy(lambda xy: xy * 0), "one and the same x and y"),
    "tiny coordinates": (with_xy(lambda xy: xy * 1e-12), "spans 1.5e-11 from end to end"),
    "coordinates too far apart": (with_xy(lambda xy: (xy - 7.5) * 2e307), "spans inf from end to end"),
    "gene with a line break": (with_gene("GE\nNE"), "var_names has the name 'GE\\nNE', with a line break"),
    "gene with a bell": (with_gene("GE\x07NE"), "control character; rename it"),
    "gene with a line separator": (with_gene("GE\u2028NE"), "'GE\\u2028NE'"),
    "gene without a name": (with_gene(""), "1 empty gene names (first at place 0)"),
    "gene of blanks": (with_gene("  "), "1 empty gene names"),
    "niche with a line break": (with_label("region", "a\r\nb"), "obs['region'] has the name 'a\\r\\nb'"),
    "niche with a tab": (with_label("region", "a\tb"), "'a\\tb'"),
    "slice with a line break": (with_label("slice", "a\nb"), "obs['slice'] has the name"),
    "donor with a line break": (with_label("donor", "a\nb"), "obs['donor'] has the name"),
    "one giant niche": (with_column(lambda a: ["tissue"] * 256), "fewer than two niches of 10"),
    "a niche for each spot": (with_column(lambda a: spots(256)), "256 distinct values"),
    "niches of one spot": (with_column(lambda a: ["a", "b"] + ["c"] * 254), "fewer than 10 spots: 'a' (1), 'b' (1)"),
    "niches called nan": (with_column(lambda a: ["nan"] * 256), "empty text for all 256 spots"),
    "niches of blanks": (with_column(lambda a: ["", " "] * 128), "empty text for all 256 spots"),
    "infinite niches": (with_column(lambda a: [1.0, np.inf] * 128), "a measurement, not niches (e.g. inf)"),
    "huge niches": (with_column(lambda a: [1.0, 1e300] * 128), "a measurement, not niches (e.g. 1e+300)"),
    "complex counts": (with_x(lambda x: x.toarray() + 1j), "X is not numeric (dtype complex64)"),
    "counts beyond single precision": (with_value(2**40 + 1, np.int64), "1 values above 16777216 (first 1.09951e+12"),
    "counts beyond single range": (with_value(1e300), "1 values above 16777216 (first 1e+300 at spot 'spot3'"),
    "negative counts": (with_value(-3), "1 negative values, so it is scaled data (first -3 at spot 'spot3'"),
    "counts that are NaN": (with_value(np.nan), "1 NaN or infinite values (first nan at spot 'spot3', gene 'GENE5')"),
    "no counts at all": (with_x(lambda x: sp.csr_matrix(x.shape)), "X is all zeros"),
}


@pytest.mark.parametrize(("spoil", "said"), CONTENT.values(), ids=CONTENT.keys())
def test_content_is_refused(
    toy_adata: AnnData, write_h5ad: Callable, spoil: Callable[[AnnData], None], said: str
) -> None:
    spoil(toy_adata)
    assert said in refusal(write_h5ad(toy_adata))


def test_two_spots(toy_adata: AnnData, write_h5ad: Callable) -> None:
    path = write_h5ad(toy_adata[[0, 255]].copy())
    assert "fewer than 10 spots: 'Layer 1' (1), 'Layer 4' (1)" in refusal(path)
    with pytest.raises(NicheLensError, match="toy: 2 spots are too few to find niches in"):
        load_slides([path], ReadOptions(find_niches=True))
    (slide,) = sound(read_slides(path, ReadOptions()))
    assert slide.n_spots == 2


@pytest.mark.parametrize(("slot", "names"), [("var_names", "gene"), ("obs_names", "spot")])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_repeated_names(toy_adata: AnnData, write_h5ad: Callable, slot: str, names: str) -> None:
    index = getattr(toy_adata, slot).to_numpy(object)
    index[5] = index[4]
    setattr(toy_adata, slot, index)
    assert f"1 duplicate {names} names (first '{index[4]}')" in refusal(write_h5ad(toy_adata))


def test_cell_types_with_a_line_break(toy_adata: AnnData, write_h5ad: Callable) -> None:
    toy_adata.obs["type"] = ["a\nb", "c"] * 128
    path = write_h5ad(toy_adata)
    assert "obs['type'] has the name" in refusal(path, cell_type_key="type")
    sound(read_slides(path, ReadOptions(("region",))))


@pytest.mark.parametrize("text", ["", "one\ntwo\n", "\x00\x01\x02", "gene_id\tsymbol\nGENE1\n", "id,symbol\n1,2\n"])
def test_gene_tables_that_are_none(toy_adata: AnnData, write_h5ad: Callable, tmp_path: Path, text: str) -> None:
    toy_adata.var_names = [f"ENSG{i:011d}" for i in range(toy_adata.n_vars)]
    table = tmp_path / "genes.tsv"
    table.write_text(text)
    with pytest.raises(NicheLensError) as caught:
        read_slides(write_h5ad(toy_adata), ReadOptions(("region",), gene_table=table))
    assert "genes.tsv" in str(caught.value)
    assert "\n" not in str(caught.value)


# Files whose parts contradict each other


def put(place: int, value: int) -> Callable[[np.ndarray], np.ndarray]:
    def change(values: np.ndarray) -> np.ndarray:
        values[place] = value
        return values

    return change


def matrix_of(kind: str, values: np.ndarray) -> Callable[[h5py.File], None]:
    def spoil(file: h5py.File) -> None:
        del file["X"]
        file["X"] = values
        file["X"].attrs.update({"encoding-type": kind, "encoding-version": "0.2.0"})

    return spoil


def wrong_shape(file: h5py.File) -> None:
    file["X"].attrs["shape"] = [10**12, 80]


def other_layout(file: h5py.File) -> None:
    file["X"].attrs["encoding-type"] = "coo_matrix"


def halves_of_characters(file: h5py.File) -> None:
    del file["var/_index"]
    names = np.array([b"\xff\xfe", *(b"G%d" % i for i in range(79))], object)
    file["var"].create_dataset("_index", data=names, dtype=h5py.string_dtype())
    file["var/_index"].attrs.update({"encoding-type": "string-array", "encoding-version": "0.2.0"})


PARTS: dict[str, tuple[Callable[[h5py.File], object], str]] = {
    "falling indptr": (lambda f: rewrite(f, "X/indptr", put(7, 10**6)), "indptr does not part"),
    "indptr from 1 on": (lambda f: rewrite(f, "X/indptr", put(0, 1)), "indptr does not part"),
    "indptr beyond the values": (lambda f: rewrite(f, "X/indptr", put(-1, 10**9)), "indptr does not part"),
    "short indptr": (lambda f: rewrite(f, "X/indptr", lambda v: v[:-1]), "indptr does not part"),
    "fractional indptr": (lambda f: rewrite(f, "X/indptr", lambda v: v + 0.5), "indptr of dtype float64"),
    "index beyond the genes": (lambda f: rewrite(f, "X/indices", put(9, 80)), "indices beyond its 80 genes"),
    "negative index": (lambda f: rewrite(f, "X/indices", put(9, -1)), "indices beyond its 80 genes"),
    "short indices": (lambda f: rewrite(f, "X/indices", lambda v: v[:-3]), "values for"),
    "two-dimensional values": (lambda f: rewrite(f, "X/data", lambda v: v[:100].reshape(10, 10)), "values for"),
    "no values": (lambda f: f.pop("X/data"), "X is damaged"),
    "another shape": (wrong_shape, "where the names promise 256 spots x 80 genes"),
    "unknown layout": (other_layout, "'coo_matrix'"),
    "no layout": (lambda f: f["X"].attrs.pop("encoding-type"), "neither a dense nor a sparse matrix"),
    "flat matrix": (matrix_of("array", np.ones(7)), "shape (7,), where the names promise"),
    "matrix of words": (matrix_of("string-array", np.full((256, 80), b"many")), "X is not numeric"),
    "matrix of records": (matrix_of("array", np.zeros((256, 80), [("a", int)])), "X is not numeric"),
    "fewer places than spots": (lambda f: rewrite(f, "obsm/spatial", lambda v: v[:-1]), "must be (256, 2)"),
    "fewer labels than spots": (lambda f: rewrite(f, "obs/slice/codes", lambda v: v[:-1]), "cannot be read"),
    "label without a name": (lambda f: rewrite(f, "obs/region/codes", put(0, 99)), "cannot be read"),
    "no obs": (lambda f: f.pop("obs"), "not AnnData, it has no obs (it holds:"),
    "gene names in no encoding": (halves_of_characters, "cannot be read"),
}


@pytest.mark.parametrize(("spoil", "said"), PARTS.values(), ids=PARTS.keys())
def test_parts_that_contradict_each_other_are_refused(
    toy_adata: AnnData, write_h5ad: Callable, spoil: Callable[[h5py.File], object], said: str
) -> None:
    path = write_h5ad(toy_adata)
    with h5py.File(path, "r+") as file:
        spoil(file)
    assert said in refusal(path)


def test_a_matrix_without_its_folder(toy_adata: AnnData, tmp_path: Path) -> None:
    write_10x(tmp_path / "filtered_feature_bc_matrix.h5", toy_adata)
    assert "name the outs folder" in refusal(tmp_path / "filtered_feature_bc_matrix.h5")


# Stores and folders


def lose_chunk(store: Path, array: str) -> None:
    next(child for child in sorted((store / array).rglob("*")) if child.is_file() and child.name[0].isdigit()).unlink()


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_zarr_stores(toy_adata: AnnData, tmp_path: Path, version: int) -> None:
    whole = tmp_path / "whole.zarr"
    with ad.settings.override(zarr_write_format=version):
        toy_adata.write_zarr(whole)
    (slide,) = sound(read_slides(whole, ReadOptions(("region",))))
    np.testing.assert_array_equal(slide.counts.toarray(), toy_adata.X.toarray())
    for lost, said in (
        ("X/data", "1 of 1 chunks of 'data' are missing"),
        ("obsm/spatial", "obsm['spatial'] lacks 1 chunks"),
        ("var/_index", "var_names lacks 1 chunks"),
    ):
        store = tmp_path / f"{lost.replace('/', '_')}.zarr"
        shutil.copytree(whole, store)
        lose_chunk(store, lost)
        assert said in refusal(store)
    no_x = tmp_path / "no_x.zarr"
    shutil.copytree(whole, no_x)
    shutil.rmtree(no_x / "X")
    refusal(no_x)


def barcodes_twice(positions: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([positions, positions[:3]])


def words(positions: pd.DataFrame) -> pd.DataFrame:
    return positions.assign(pxl_row_in_fullres="up")


def unplaced(positions: pd.DataFrame) -> pd.DataFrame:
    positions.loc[4, "pxl_col_in_fullres"] = np.nan
    return positions


def of_another_run(positions: pd.DataFrame) -> pd.DataFrame:
    return positions.assign(barcode=[f"other{i}" for i in range(len(positions))])


POSITIONS: dict[Callable[[pd.DataFrame], pd.DataFrame], str] = {
    barcodes_twice: "several places for 3 barcodes (first 'spot0')",
    words: "spatial/tissue_positions.csv is not numeric",
    unplaced: "spatial/tissue_positions.csv has NaN or infinite coordinates in 1 spots (first 'spot4')",
    of_another_run: "no place for 256 of 256 barcodes (first 'spot0'); take both files from one run",
}


@pytest.mark.parametrize("spoil", POSITIONS, ids=lambda spoil: spoil.__name__)
def test_positions_of_space_ranger(toy_adata: AnnData, tmp_path: Path, spoil: Callable) -> None:
    folder = space_ranger(tmp_path / "outs", toy_adata)
    file = folder / "spatial" / "tissue_positions.csv"
    spoil(pd.read_csv(file)).to_csv(file, index=False)
    assert POSITIONS[spoil] in refusal(folder, None)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_truncated_matrix_of_space_ranger(toy_adata: AnnData, tmp_path: Path, share: float) -> None:
    folder = space_ranger(tmp_path / "outs", toy_adata)
    file = folder / "filtered_feature_bc_matrix.h5"
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    assert "truncated" in refusal(folder, None)


def test_matrix_of_another_version(toy_adata: AnnData, tmp_path: Path) -> None:
    folder = space_ranger(tmp_path / "outs", toy_adata)
    with h5py.File(folder / "filtered_feature_bc_matrix.h5", "r+") as file:
        file.move("matrix", "GRCh38")
    assert "cannot be read" in refusal(folder, None)


def test_matrix_without_genes(toy_adata: AnnData, tmp_path: Path) -> None:
    folder = xenium(tmp_path / "outs", toy_adata)
    with h5py.File(folder / "cell_feature_matrix.h5", "r+") as file:
        file["matrix/features/feature_type"][:] = b"Antibody"
    assert "empty (256 spots x 0 genes)" in refusal(folder, None)


def test_cells_without_ids(toy_adata: AnnData, tmp_path: Path) -> None:
    folder = xenium(tmp_path / "outs", toy_adata)
    cells = pd.read_parquet(folder / "cells.parquet")
    cells.drop(columns="cell_id").to_parquet(folder / "cells.parquet")
    assert "cells.parquet has no column 'cell_id'" in refusal(folder, None)


def test_barcodes_that_are_numbers(toy_adata: AnnData, tmp_path: Path) -> None:
    toy_adata.obs_names = [f"{i:03d}" for i in range(toy_adata.n_obs)]
    (slide,) = sound(read_slides(space_ranger(tmp_path / "outs", toy_adata), ReadOptions()))
    np.testing.assert_array_equal(slide.counts.toarray(), toy_adata.X.toarray())
