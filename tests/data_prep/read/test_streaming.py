"""Streaming: a matrix of any layout in any file, read block by block, is the slide that loading it whole gives."""

import multiprocessing
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.sparse as sp
from anndata import AnnData

from data_prep import gene_columns
from data_prep.errors import NicheLensError
from data_prep.gene_columns import gene_blocks, open_counts, save_counts, select_spots, totals, write_columns
from data_prep.read import stored_matrix, streaming
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.slide import Slide
from tests.data_prep.read.slide_files import WRITERS, peak_memory

LAYOUTS: dict[str, Callable[[sp.csr_matrix], object]] = {
    "csr": sp.csr_matrix,
    "csc": sp.csc_matrix,
    "dense": lambda counts: counts.toarray(),
}
FILES = [(layout, file) for file in ("h5ad", "zarr", "spatialdata") for layout in LAYOUTS]
FILES += [("csr", "space_ranger"), ("csr", "xenium")]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch, scratch: Path) -> None:
    """Every file is large and every block small."""
    monkeypatch.setattr(streaming, "STREAM_BYTES", 0)
    monkeypatch.setattr(stored_matrix, "ENTRIES_PER_BLOCK", 500)
    monkeypatch.setattr(gene_columns, "GENE_BLOCK", 7)


def is_mapped(counts: sp.csc_matrix) -> bool:
    return isinstance(counts.data, np.memmap) and isinstance(counts.indices, np.memmap)


def same(one: Slide, other: Slide) -> None:
    assert (one.counts != other.counts).nnz == 0
    assert one.counts.has_canonical_format
    for name in ("xy", "genes", "niche", "niches", "depth", "meta"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize(("layout", "file"), FILES)
def test_streamed_is_loaded(
    toy_adata: AnnData, tmp_path: Path, request: pytest.FixtureRequest, layout: str, file: str
) -> None:
    if file == "spatialdata":
        pytest.importorskip("spatialdata", reason="the extra `readers` is not installed")
    toy_adata.X = LAYOUTS[layout](toy_adata.X)
    path = WRITERS[file](tmp_path / "slide", toy_adata)
    niche_key = "region" if file in ("h5ad", "zarr", "spatialdata") else None
    (loaded,) = read_slides(path, ReadOptions(() if niche_key is None else (niche_key,)))
    scratch = request.getfixturevalue("scratch")
    request.getfixturevalue("small_blocks")
    (slide,) = read_slides(path, ReadOptions(() if niche_key is None else (niche_key,)))
    assert is_mapped(slide.counts)
    assert not is_mapped(loaded.counts)
    same(slide, loaded)
    np.testing.assert_array_equal(slide.counts.toarray(), sp.csr_matrix(toy_adata.X).toarray())
    assert list(scratch.iterdir()) == []  # no name is left, although the maps are in use


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("file", ["h5ad", "zarr"])
def test_memory_does_not_grow_with_the_matrix(
    toy: Callable[..., AnnData], tmp_path: Path, layout: str, file: str
) -> None:
    adata = toy(donors=("D1", "D2"), side=40, n_genes=500)
    adata.layers["other"] = adata.X.copy()
    adata.raw = adata
    adata.X = LAYOUTS[layout](adata.X)
    path = WRITERS[file](tmp_path / "slide", adata)
    # In a process of its own, where nothing else takes memory.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        n_entries, peak = pool.apply(peak_memory, (path,))
    assert n_entries == sp.csr_matrix(adata.X).nnz
    assert peak < n_entries * gene_columns.BYTES_PER_ENTRY / 2


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_slices_stay_on_disk(toy: Callable[..., AnnData], write_h5ad: Callable, scratch: Path, layout: str) -> None:
    adata = toy(donors=("D1", "D2", "D3"))
    adata = adata[np.random.default_rng(0).permutation(adata.n_obs)].copy()
    dense = adata.X.toarray()
    dense[5] = 0
    adata.X = LAYOUTS[layout](sp.csr_matrix(dense))
    slides = read_slides(write_h5ad(adata), ReadOptions(("region",)))
    assert [slide.name for slide in slides] == ["toy:S1", "toy:S2", "toy:S3"]
    for slide in slides:
        assert is_mapped(slide.counts)
        rows = np.flatnonzero((adata.obs["slice"] == slide.meta.slice) & (dense.sum(axis=1) > 0))
        np.testing.assert_array_equal(slide.counts.toarray(), dense[rows])
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("streamed", [True, False])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (-2.0, "X has 2 negative values, so it is scaled data (first -2 at spot 'spot3', gene 'GENE70')"),
        (np.nan, "X has 2 NaN or infinite values (first nan at spot 'spot3', gene 'GENE70')"),
        (2.0**25, "X has 2 values above 16777216 (first 3.35544e+07 at spot 'spot3', gene 'GENE70')"),
    ],
)
def test_offenders_are_named_in_every_layout(
    toy_adata: AnnData,
    write_h5ad: Callable,
    request: pytest.FixtureRequest,
    streamed: bool,
    layout: str,
    value: float,
    said: str,
) -> None:
    dense = toy_adata.X.toarray()
    dense[200, 4] = dense[3, 70] = value
    toy_adata.X = LAYOUTS[layout](sp.csr_matrix(dense))
    scratch = request.getfixturevalue("scratch")
    if streamed:
        request.getfixturevalue("small_blocks")
    with pytest.raises(NicheLensError) as caught:
        read_slides(write_h5ad(toy_adata), ReadOptions(("region",)))
    assert said in str(caught.value)
    assert list(scratch.iterdir()) == []


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_scale_is_judged_over_all_blocks(toy_adata: AnnData, write_h5ad: Callable, layout: str) -> None:
    counts = toy_adata.X.toarray()
    normalised = counts / counts.sum(axis=1, keepdims=True) * 1e4
    for values, said in ((np.log1p(normalised), "log-normalised (fractions"), (normalised, "adds up to 10000")):
        toy_adata.X = LAYOUTS[layout](sp.csr_matrix(values))
        with pytest.raises(NicheLensError, match=said.replace("(", r"\(")):
            read_slides(write_h5ad(toy_adata), ReadOptions(("region",)))


@pytest.mark.usefixtures("small_blocks")
def test_layers_and_raw_are_not_loaded(
    toy_adata: AnnData, write_h5ad: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from anndata import io

    toy_adata.layers["counts"] = toy_adata.X.copy()
    toy_adata.raw = toy_adata
    toy_adata.obsm["X_pca"] = np.ones((256, 30))
    path = write_h5ad(toy_adata)
    read, read_elem = [], io.read_elem
    monkeypatch.setattr(io, "read_elem", lambda elem: (read.append(elem.name), read_elem(elem))[1])
    (slide,) = read_slides(path, ReadOptions(("region",), layer="counts"))
    assert is_mapped(slide.counts)
    assert sorted(read) == ["/obs", "/obsm/spatial", "/var"]


@pytest.mark.usefixtures("small_blocks")
def test_other_features_of_10x_are_left_out(toy_adata: AnnData, tmp_path: Path) -> None:
    folder = WRITERS["xenium"](tmp_path / "outs", toy_adata)
    with h5py.File(folder / "cell_feature_matrix.h5", "r+") as file:
        kinds = file["matrix/features/feature_type"]
        kinds[3], kinds[79] = b"Antibody", b"Negative"
    (slide,) = read_slides(folder, ReadOptions())
    genes = np.delete(np.arange(80), [3, 79])
    np.testing.assert_array_equal(slide.genes, toy_adata.var_names[genes])
    np.testing.assert_array_equal(slide.counts.toarray(), toy_adata.X.toarray()[:, genes])


@pytest.mark.usefixtures("small_blocks")
def test_no_room_is_said_before_it_is_used_up(
    toy_adata: AnnData, write_h5ad: Callable, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = gene_columns.shutil.disk_usage(scratch)._replace(free=1000)
    monkeypatch.setattr(gene_columns.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(NicheLensError, match=r"need 0\.0 GiB.*set TMPDIR"):
        read_slides(write_h5ad(toy_adata), ReadOptions(("region",)))
    assert list(scratch.iterdir()) == []


# Columns


@pytest.fixture
def counts() -> sp.csc_matrix:
    counts = sp.random(60, 700, 0.1, format="csc", random_state=3, dtype=np.float32)
    counts.sort_indices()
    return counts


@pytest.mark.parametrize("most", [gene_columns.MOST_INT32, 10])
def test_columns_are_written_block_by_block(
    counts: sp.csc_matrix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(gene_columns, "MOST_INT32", most)
    found = write_columns(tmp_path, counts.shape, counts.nnz + 999, (block for _, block in gene_blocks(counts)))
    assert is_mapped(found)
    assert found.indices.dtype == found.indptr.dtype == (np.int32 if most > counts.nnz else np.int64)
    assert (found != counts).nnz == 0
    assert (found[:, [5, 600, 2]] != counts[:, [5, 600, 2]]).nnz == 0
    np.testing.assert_allclose(totals(found), counts.toarray().sum(axis=1), rtol=1e-6)
    assert (open_counts(tmp_path, counts.shape) != counts).nnz == 0


@pytest.mark.usefixtures("scratch")
def test_spots_are_selected_where_the_counts_are(counts: sp.csc_matrix, tmp_path: Path) -> None:
    spots = np.array([0, 7, 8, 59])
    save_counts(counts, tmp_path)
    mapped = select_spots(open_counts(tmp_path, counts.shape), spots)
    assert is_mapped(mapped)
    assert not is_mapped(select_spots(counts, spots))
    np.testing.assert_array_equal(mapped.toarray(), counts.toarray()[spots])
    np.testing.assert_array_equal(select_spots(counts, spots).toarray(), counts.toarray()[spots])
    assert select_spots(mapped, np.array([1])).nnz == counts[7].nnz


def test_columns_without_counts(tmp_path: Path) -> None:
    empty = sp.csc_matrix((4, 3), dtype=np.float32)
    save_counts(empty, tmp_path)
    assert open_counts(tmp_path, (4, 3)).nnz == 0
