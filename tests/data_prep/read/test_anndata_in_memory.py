"""AnnData objects in memory are read as the files that they would be written to, and are never modified."""

from collections.abc import Callable
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from anndata import AnnData

from data_prep.errors import NicheLensError
from data_prep.read import stored_matrix, streaming
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from tests.data_prep.read.slide_files import sound

STORED: dict[str, Callable] = {
    "csr": sp.csr_matrix,
    "csc": sp.csc_matrix,
    "csr array": sp.csr_array,
    "dense": lambda matrix: matrix.toarray(),
    "integers": lambda matrix: matrix.astype(np.int64),
}


@pytest.mark.parametrize("store", STORED.values(), ids=STORED.keys())
@pytest.mark.parametrize("streamed", [False, True])
def test_an_object_is_read_as_its_file(
    toy: Callable[..., AnnData],
    write_h5ad: Callable[..., Path],
    store: Callable,
    streamed: bool,
    monkeypatch: pytest.MonkeyPatch,
    scratch: Path,
) -> None:
    if streamed:
        monkeypatch.setattr(streaming, "STREAM_BYTES", 0)
        monkeypatch.setattr(stored_matrix, "ENTRIES_PER_BLOCK", 500)
    adata = toy(donors=("D1", "D2"))
    adata.X = store(adata.X)
    adata.uns["organism"] = "mouse"
    adata.uns["spatial"] = {"library": {"scalefactors": {}}}
    options = ReadOptions(("region",))
    objects, files = sound(read_slides(adata, options, name="toy")), read_slides(write_h5ad(adata), options)
    for one, other in zip(objects, files, strict=True):
        assert (one.name, one.niches, one.meta) == (other.name, other.niches, other.meta)
        np.testing.assert_array_equal(one.counts.toarray(), other.counts.toarray())
        np.testing.assert_array_equal(one.xy, other.xy)
        np.testing.assert_array_equal(one.niche, other.niche)
        np.testing.assert_array_equal(one.genes, other.genes)
    assert objects[0].meta.unit == "pixel"


def test_an_object_is_not_modified(toy_adata: AnnData) -> None:
    toy_adata.X.data[:3] = [0, 0, 1]  # explicit zeros
    toy_adata.obs.index = pd.Index(np.arange(toy_adata.n_obs).astype(str))
    toy_adata.layers["counts"] = toy_adata.X.copy()
    before = toy_adata.copy()
    read_slides(toy_adata, ReadOptions(("region",), y_axis="up"))
    read_slides(toy_adata, ReadOptions(("region",), layer="counts"))
    np.testing.assert_array_equal(toy_adata.X.data, before.X.data)
    np.testing.assert_array_equal(toy_adata.X.indices, before.X.indices)
    np.testing.assert_array_equal(toy_adata.obsm["spatial"], before.obsm["spatial"])
    pd.testing.assert_frame_equal(toy_adata.obs, before.obs)
    pd.testing.assert_frame_equal(toy_adata.var, before.var)
    assert toy_adata.uns == before.uns


def test_changing_a_slide_leaves_the_object_alone(toy_adata: AnnData) -> None:
    before = toy_adata.X.copy()
    (slide,) = read_slides(toy_adata, ReadOptions(("region",)))
    slide.counts.data[:] = 7
    slide.xy[:] = 0
    np.testing.assert_array_equal(toy_adata.X.toarray(), before.toarray())
    assert toy_adata.obsm["spatial"].any()


def test_logged_values_name_the_place_of_the_counts(toy_adata: AnnData) -> None:
    toy_adata.layers["counts"] = toy_adata.X.copy()
    toy_adata.raw = toy_adata.copy()
    toy_adata.X = toy_adata.X.log1p()
    with pytest.raises(NicheLensError, match=r"adata: X looks log-normalised .*pass --layer counts"):
        read_slides(toy_adata, ReadOptions(("region",)))
    assert read_slides(toy_adata, ReadOptions(("region",), layer="counts"))
    del toy_adata.layers["counts"]
    with pytest.raises(NicheLensError, match=r"adata\.raw may hold them"):
        read_slides(toy_adata, ReadOptions(("region",)))


def test_an_object_without_x_needs_a_layer(toy_adata: AnnData) -> None:
    empty = AnnData(obs=toy_adata.obs, var=toy_adata.var, obsm={"spatial": toy_adata.obsm["spatial"]})
    with pytest.raises(NicheLensError, match="adata: X is absent"):
        read_slides(empty, ReadOptions(("region",)))
    empty.layers["counts"] = toy_adata.X
    (slide,) = read_slides(empty, ReadOptions(("region",), layer="counts"))
    np.testing.assert_array_equal(slide.counts.toarray(), toy_adata.X.toarray())


@pytest.mark.parametrize("subset", [False, True], ids=["whole", "view"])
def test_a_backed_object_is_read(toy_adata: AnnData, write_h5ad: Callable[..., Path], subset: bool) -> None:
    adata = anndata.read_h5ad(write_h5ad(toy_adata), backed="r")
    rows = slice(0, 200) if subset else slice(None)
    (slide,) = read_slides(adata[rows] if subset else adata, ReadOptions())
    np.testing.assert_array_equal(slide.counts.toarray(), toy_adata.X.toarray()[rows])


def test_an_empty_object_is_refused(toy_adata: AnnData) -> None:
    with pytest.raises(NicheLensError, match=r"adata: the slide is empty \(0 spots x 80 genes\)"):
        read_slides(toy_adata[:0].copy(), ReadOptions())
