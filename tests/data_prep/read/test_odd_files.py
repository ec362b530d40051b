"""Odd files that are slides all the same: other types and layouts, other places, labels of any kind, old versions."""

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
from tests.data_prep.read.slide_files import built, rewrite, sound

pytestmark = pytest.mark.usefixtures("scratch")

SPOTS = [f"spot{i}" for i in range(256)]


@pytest.mark.parametrize("kind", [bool, np.int8, np.uint16, np.float16, np.uint64, np.float64, ">f4", ">i2"])
@pytest.mark.parametrize("store", [np.asarray, sp.csr_matrix], ids=["dense", "csr"])
def test_counts_of_any_type(toy_adata: AnnData, write_h5ad: Callable, kind: type, store: Callable) -> None:
    counts = toy_adata.X.toarray().astype(kind)
    toy_adata.X = store(counts.astype(np.float32))
    path = write_h5ad(toy_adata)
    with h5py.File(path, "r+") as file:
        rewrite(file, "X" if store is np.asarray else "X/data", lambda values: values.astype(kind))
    (slide,) = sound(read_slides(path, ReadOptions(("region",))))
    np.testing.assert_array_equal(slide.counts.toarray(), counts.astype(np.float32))


def test_zeros_repeats_and_disorder_among_the_entries(toy_adata: AnnData, write_h5ad: Callable) -> None:
    plain = toy_adata.X.toarray()
    tall = [sp.csr_matrix(plain[i]) for i in range(len(plain))]
    data, indices, ends = [], [], [0]
    for row in tall:
        half = row.data // 2
        # Each count in two parts, backwards, and an explicit zero.
        data += [*half, *(row.data - half)[::-1], 0.0]
        indices += [*row.indices, *row.indices[::-1], 7]
        ends.append(len(data))
    path = write_h5ad(toy_adata)
    with h5py.File(path, "r+") as file:
        for name, values in (("data", np.float32(data)), ("indices", np.int32(indices)), ("indptr", np.int32(ends))):
            rewrite(file, f"X/{name}", lambda _, values=values: values)
    (slide,) = sound(read_slides(path, ReadOptions(("region",))))
    np.testing.assert_array_equal(slide.counts.toarray(), plain)


def test_repeats_do_not_overflow_their_type(toy_adata: AnnData, write_h5ad: Callable) -> None:
    path = write_h5ad(toy_adata)
    with h5py.File(path, "r+") as file:
        rewrite(file, "X/data", lambda values: np.full(values.shape, 100, np.int8))
        rewrite(file, "X/indices", lambda values: np.zeros_like(values))
    (slide,) = sound(read_slides(path, ReadOptions(("region",))))
    np.testing.assert_array_equal(slide.counts[:, [0]].toarray().ravel(), np.diff(toy_adata.X.indptr) * 100)


def test_values_too_small_for_single_precision_are_zeros(toy_adata: AnnData, write_h5ad: Callable) -> None:
    dense = toy_adata.X.toarray().astype(np.float64)
    dense[dense == 3] = 1e-300
    toy_adata.X = sp.csr_matrix(dense)
    (slide,) = sound(read_slides(write_h5ad(toy_adata), ReadOptions(("region",))))
    np.testing.assert_array_equal(slide.counts.toarray(), dense.astype(np.float32))


def test_empty_genes_and_an_empty_spot(toy_adata: AnnData, write_h5ad: Callable) -> None:
    dense = toy_adata.X.toarray()
    dense[:, 10:20], dense[4] = 0, 0
    toy_adata.X = sp.csr_matrix(dense)
    (slide,) = sound(read_slides(write_h5ad(toy_adata), ReadOptions(("region",))))
    assert slide.counts.shape == (255, 80)
    assert slide.counts[:, 10:20].nnz == 0


ODD_XY: dict[str, Callable[[np.ndarray], object]] = {
    "table": lambda xy: pd.DataFrame(xy, SPOTS, ["x", "y"]),
    "sparse": lambda xy: sp.csr_matrix(xy),
    "whole numbers": lambda xy: xy.astype(np.int16),
    "single precision": lambda xy: xy.astype(np.float32),
    "numbers as text": lambda xy: pd.DataFrame(xy.astype(str), SPOTS, ["x", "y"]),
}


@pytest.mark.parametrize("store", ODD_XY.values(), ids=ODD_XY.keys())
def test_coordinates_of_any_kind(toy_adata: AnnData, write_h5ad: Callable, store: Callable) -> None:
    grid = toy_adata.obsm["spatial"].copy()
    toy_adata.obsm["spatial"] = store(grid)
    (slide,) = sound(read_slides(write_h5ad(toy_adata), ReadOptions(("region",))))
    np.testing.assert_array_equal(slide.xy, grid)


ODD_PLACES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "far away": lambda xy: xy + 1e12,
    "far apart": lambda xy: xy * 1e12,
    "close together": lambda xy: xy * 1e-3,
}


@pytest.mark.parametrize("move", ODD_PLACES.values(), ids=ODD_PLACES.keys())
def test_the_scale_of_the_coordinates_does_not_show(
    toy_adata: AnnData, write_h5ad: Callable, move: Callable[[np.ndarray], np.ndarray]
) -> None:
    from data_prep.facts.facts import Facts

    (near,) = read_slides(write_h5ad(toy_adata), ReadOptions(("region",)))
    toy_adata.obsm["spatial"] = move(toy_adata.obsm["spatial"])
    (moved,) = sound(read_slides(write_h5ad(toy_adata), ReadOptions(("region",))))
    one, other = Facts.measure(near, 64), Facts.measure(moved, 64)
    for niche in near.niches:
        assert one.shapes[niche].form == other.shapes[niche].form
        np.testing.assert_allclose(one.shapes[niche].centroid, other.shapes[niche].centroid, atol=1e-3)
        np.testing.assert_array_equal(one.canvas.focus(["GENE1"], niche), other.canvas.focus(["GENE1"], niche))


PLACES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "four to a place": lambda xy: xy // 2,
    "two places": lambda xy: (xy >= 8).astype(float),
    "a diagonal": lambda xy: np.repeat((xy[:, :1] + 16 * xy[:, 1:]), 2, axis=1),
    "one spot far off": lambda xy: np.r_[xy[:-1], [[1e6, 1e6]]],
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_places_that_spots_share(
    toy_adata: AnnData, write_h5ad: Callable, tmp_path: Path, place: Callable[[np.ndarray], np.ndarray]
) -> None:
    toy_adata.obsm["spatial"] = place(toy_adata.obsm["spatial"])
    built(sound(read_slides(write_h5ad(toy_adata), ReadOptions(("region",)))), tmp_path / "dataset")


ODD_NICHES: dict[str, tuple[Callable[[AnnData], object], tuple[str, ...]]] = {
    "true or false": (lambda a: np.arange(256) % 2 == 0, ("False", "True")),
    "nullable": (lambda a: pd.array([True, False, None, True] * 64, "boolean"), ("False", "True")),
    "numbers and none": (lambda a: pd.array([3, 20, None, 3] * 64, "Int64"), ("3", "20")),
    "unused": (lambda a: pd.Categorical(["b", "a"] * 128, ["b", "x", "a"]), ("b", "a")),
    "unused fraction": (lambda a: pd.Categorical([2.0, 1.0] * 128, [2.5, 1.0, 2.0]), ("1", "2")),
    "some are nan": (lambda a: ["a", "b", "nan", ""] * 64, ("a", "b")),
    "case": (lambda a: ["Rim", "rim"] * 128, ("Rim", "rim")),
    "digits of other scripts": (lambda a: ["mm²", "²", "٣", "10"] * 64, ("²", "٣", "10", "mm²")),
}


@pytest.mark.parametrize(("column", "niches"), ODD_NICHES.values(), ids=ODD_NICHES.keys())
def test_niches_of_any_kind(
    toy_adata: AnnData, write_h5ad: Callable, column: Callable[[AnnData], object], niches: tuple[str, ...]
) -> None:
    toy_adata.obs["region"] = column(toy_adata)
    (slide,) = sound(read_slides(write_h5ad(toy_adata), ReadOptions(("region",))))
    assert slide.niches == niches


def test_a_slice_of_one_spot_is_left_out(
    toy_adata: AnnData, write_h5ad: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    toy_adata.obs["slice"] = ["S2", *["S1"] * 255]
    (slide,) = sound(read_slides(write_h5ad(toy_adata), ReadOptions(("region",))))
    assert slide.name == "toy:S1"
    assert "slice 'S2' has fewer than two niches" in caplog.text


def test_slices_with_digits_of_other_scripts(write_h5ad: Callable, toy: Callable[..., AnnData]) -> None:
    adata = toy(donors=("D1", "D2", "D3"))
    adata.obs["slice"] = adata.obs["slice"].map({"S1": "²", "S2": "10", "S3": "٣"})
    slides = sound(read_slides(write_h5ad(adata), ReadOptions(("region",))))
    assert [slide.meta.slice for slide in slides] == [
        "٣",
        "10",
        "²",
    ]


@pytest.mark.parametrize("donors", [[None] * 256, ["D1", None] * 128, ["nan"] * 256])
def test_donors_that_are_missing(toy_adata: AnnData, write_h5ad: Callable, donors: list[str | None]) -> None:
    toy_adata.obs["donor"] = pd.Categorical(donors)
    (slide,) = sound(read_slides(write_h5ad(toy_adata), ReadOptions(("region",))))
    assert slide.meta.donor == ("D1" if "D1" in donors else "toy")


def test_what_uns_may_hold(toy_adata: AnnData, write_h5ad: Callable) -> None:
    toy_adata.uns.update({"organism": np.arange(3), "tissue": "a\nb  c|d", "source": [1, 2], "spatial": {}})
    (slide,) = sound(read_slides(write_h5ad(toy_adata), ReadOptions(("region",))))
    assert (slide.meta.organism, slide.meta.tissue, slide.meta.unit) == ("human", "a b c|d", "")


# Files of old versions


def as_0_7(file: h5py.File) -> None:
    """AnnData 0.7: no mark on the file, labels as numbers that refer to their names."""
    file.attrs.clear()
    for name in ("obsm", "uns", "layers"):
        if name in file:
            file[name].attrs.clear()
    codes, names = file["obs/region/codes"][:], file["obs/region/categories"].asstr()[:]
    del file["obs/region"]
    for key in ("slice", "donor"):
        column, values = file[f"obs/{key}/codes"][:], file[f"obs/{key}/categories"].asstr()[:]
        del file[f"obs/{key}"]
        file[f"obs/{key}"] = np.array(values[column], dtype=h5py.string_dtype())
    file["obs"].attrs["encoding-version"] = "0.1.0"
    file["var"].attrs["encoding-version"] = "0.1.0"
    file["obs/__categories/region"] = np.array(names, dtype=h5py.string_dtype())
    file["obs/region"] = codes
    file["obs/region"].attrs["categories"] = file["obs/__categories/region"].ref


def as_0_6(file: h5py.File) -> None:
    """AnnData before 0.7: tables are arrays of records, with the names of categories in uns."""
    spots_, genes = file["obs/_index"][:], file["var/_index"][:]
    codes, names = file["obs/region/codes"][:], file["obs/region/categories"][:]
    xy = file["obsm/spatial"][:]
    for name in ("obs", "var", "obsm"):
        del file[name]
    file.attrs.clear()
    obs = np.zeros(len(spots_), [("index", "S16"), ("region", "i4")])
    obs["index"], obs["region"] = spots_, codes
    file["obs"] = obs
    var = np.zeros(len(genes), [("index", "S16")])
    var["index"] = genes
    file["var"] = var
    obsm = np.zeros(len(spots_), [("spatial", "f8", (2,))])
    obsm["spatial"] = xy
    file["obsm"] = obsm
    if "uns" in file:
        del file["uns"]
    file["uns/region_categories"] = names
    shape = file["X"].attrs["shape"]
    file["X"].attrs.clear()
    file["X"].attrs.update({"h5sparse_format": b"csr", "h5sparse_shape": shape})


@pytest.mark.parametrize("age", [as_0_7, as_0_6])
@pytest.mark.filterwarnings("ignore")
def test_files_of_old_versions(toy_adata: AnnData, write_h5ad: Callable, age: Callable[[h5py.File], None]) -> None:
    (today,) = read_slides(write_h5ad(toy_adata, "today.h5ad"), ReadOptions(("region",)))
    path = write_h5ad(toy_adata)
    with h5py.File(path, "r+") as file:
        age(file)
    (slide,) = sound(read_slides(path, ReadOptions(("region",))))
    assert (slide.counts != today.counts).nnz == 0
    for name in ("xy", "genes", "niche", "niches"):
        np.testing.assert_array_equal(getattr(slide, name), getattr(today, name))


HEIGHTS: dict[str, tuple[Callable[[np.ndarray], object], str]] = {
    "an array": (lambda xy: np.c_[xy, xy[:, 0]], "with 16 values, is left out"),
    "one height": (lambda xy: np.c_[xy, np.full(len(xy), 3.0)], "the same for all spots, is left out"),
    "heights that are missing": (lambda xy: np.c_[xy, np.full(len(xy), np.nan)], "the same for all spots"),
    "a table": (lambda xy: pd.DataFrame(np.c_[xy, xy[:, 0]], SPOTS, ["x", "y", "z"]), "with 16 values"),
    "a table in another order": (
        lambda xy: pd.DataFrame(np.c_[xy[:, 0], xy[:, ::-1]], SPOTS, ["Z", "Y", "X"]),
        "with 16 values",
    ),
}


@pytest.mark.parametrize(("store", "said"), HEIGHTS.values(), ids=HEIGHTS.keys())
def test_a_third_coordinate_is_left_out_with_a_note(
    toy_adata: AnnData,
    write_h5ad: Callable,
    caplog: pytest.LogCaptureFixture,
    store: Callable[[np.ndarray], object],
    said: str,
) -> None:
    grid = toy_adata.obsm["spatial"].copy()
    toy_adata.obsm["spatial"] = store(grid)
    (slide,) = sound(read_slides(write_h5ad(toy_adata), ReadOptions(("region",))))
    np.testing.assert_array_equal(slide.xy, grid)
    (note,) = slide.meta.notes
    assert said in note
    assert note in caplog.text


def test_names_of_two_coordinates_tell_which_is_which(toy_adata: AnnData, write_h5ad: Callable) -> None:
    grid = toy_adata.obsm["spatial"].copy()
    toy_adata.obsm["spatial"] = pd.DataFrame(grid[:, ::-1], SPOTS, ["y", "x"])
    (slide,) = read_slides(write_h5ad(toy_adata), ReadOptions(("region",)))
    np.testing.assert_array_equal(slide.xy, grid)
    assert slide.meta.notes == ()


def test_long_names_lose_their_middle_and_stay_distinct(
    toy_adata: AnnData, write_h5ad: Callable, caplog: pytest.LogCaptureFixture
) -> None:
    page = "n" * 5000
    toy_adata.obs["region"] = toy_adata.obs["region"].cat.rename_categories(
        {"Layer 1": f"{page}1{page}", "Layer 2": f"{page}2{page}"}
    )
    toy_adata.obs["slice"] = page
    toy_adata.obs["type"] = [f"{page}1{page}", f"{page}2{page}"] * 128
    toy_adata.uns["tissue"] = page
    toy_adata.var_names = [f"{page}1{page}", f"{page}2{page}", *toy_adata.var_names[2:]]
    (slide,) = sound(read_slides(write_h5ad(toy_adata), ReadOptions(("region",), cell_type_key="type")))
    for names in (slide.niches, slide.genes, slide.cell_types, [slide.meta.slice, slide.meta.tissue, slide.name]):
        assert max(map(len, names)) == 200 or names[-1] == "toy"
        assert len(set(names)) == len(names) or names[-1] == "toy"
    assert [(slide.niche == code).sum() for code in range(4)] == [64] * 4
    assert "obs['region']: 2 names of over 200 characters lose their middle" in caplog.text
