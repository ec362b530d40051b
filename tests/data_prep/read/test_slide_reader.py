"""Reading slides: what a good file becomes."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from anndata import AnnData

from data_prep.errors import NicheLensError
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.slide import MIN_NICHE_SPOTS, Slide
from tests.slide_refusal import refusal

Write = Callable[..., Path]


def labels(adata: AnnData) -> np.ndarray:
    return np.array(adata.obs["region"], dtype=object)


def test_slide_holds_the_file_as_stored(toy_adata: AnnData, write_h5ad: Write) -> None:
    (slide,) = read_slides(write_h5ad(toy_adata), ReadOptions(("region",)))
    assert slide.name == "toy"
    assert slide.niches == ("Layer 1", "Layer 2", "Layer 3", "Layer 4")
    assert (slide.n_spots, slide.n_genes) == toy_adata.shape
    assert slide.counts.dtype == np.float32
    assert isinstance(slide.counts, sp.csc_matrix)
    np.testing.assert_array_equal(slide.counts.toarray(), toy_adata.X.toarray())
    np.testing.assert_array_equal(slide.xy, toy_adata.obsm["spatial"])
    np.testing.assert_array_equal(slide.depth, toy_adata.X.toarray().sum(axis=1))
    assert [slide.niches[code] for code in slide.niche] == toy_adata.obs["region"].tolist()
    np.testing.assert_array_equal(slide.spots_of("Layer 3"), toy_adata.obs["region"] == "Layer 3")
    assert slide.genes[slide.gene_index("GENE7")] == "GENE7"
    assert slide.meta.donor == "D1"


@pytest.mark.parametrize("store", [np.asarray, sp.csc_matrix], ids=["dense", "csc"])
def test_other_storage_gives_the_same_counts(toy_adata: AnnData, write_h5ad: Write, store: Callable) -> None:
    expected = toy_adata.X.toarray()
    toy_adata.X = store(expected.astype(np.int64))
    (slide,) = read_slides(write_h5ad(toy_adata), ReadOptions(("region",)))
    np.testing.assert_array_equal(slide.counts.toarray(), expected)


def test_indices_of_mixed_width_give_the_same_counts(toy_adata: AnnData, write_h5ad: Write) -> None:
    path = write_h5ad(toy_adata)
    with h5py.File(path, "r+") as file:
        group = file["X"]
        assert group["indices"].dtype == np.int32
        indptr = group["indptr"][:].astype(np.int64)
        del group["indptr"]
        group["indptr"] = indptr
    (slide,) = read_slides(path, ReadOptions(("region",)))
    np.testing.assert_array_equal(slide.counts.toarray(), toy_adata.X.toarray())


def test_layer_replaces_x(toy_adata: AnnData, write_h5ad: Write) -> None:
    toy_adata.layers["raw_counts"] = toy_adata.X.copy()
    toy_adata.X = toy_adata.X.log1p()
    path = write_h5ad(toy_adata)
    (slide,) = read_slides(path, ReadOptions(("region",), layer="raw_counts"))
    assert slide.counts.data.max() > 10
    assert "--layer raw_counts" in refusal(path)
    assert "layers: raw_counts" in refusal(path, layer="counts")


def test_slices_are_slides_in_natural_order(write_h5ad: Write, toy: Callable[..., AnnData]) -> None:
    adata = toy(donors=("D1", "D2", "D2"))
    adata.obs["slice"] = adata.obs["slice"].map({"S1": "S10", "S2": "S9", "S3": "S1"})
    slides = read_slides(write_h5ad(adata), ReadOptions(("region",)))
    assert [slide.name for slide in slides] == ["toy:S1", "toy:S9", "toy:S10"]
    assert [slide.meta.donor for slide in slides] == ["D2", "D2", "D1"]
    first = adata[adata.obs["slice"] == "S1"]
    np.testing.assert_array_equal(slides[0].counts.toarray(), first.X.toarray())


def test_without_niche_key_slides_have_no_niches(toy_adata: AnnData, write_h5ad: Write) -> None:
    (slide,) = read_slides(write_h5ad(toy_adata), ReadOptions())
    assert not slide.has_niches
    assert (slide.niche == -1).all()


def test_donor_is_the_file_stem_where_the_file_says_none(toy_adata: AnnData, write_h5ad: Write) -> None:
    del toy_adata.obs["donor"]
    assert read_slides(write_h5ad(toy_adata), ReadOptions(("region",)))[0].meta.donor == "toy"


def test_meta_comes_from_obs_then_uns_then_source(toy_adata: AnnData, write_h5ad: Write) -> None:
    toy_adata.obs["organism"] = "Homo sapiens"
    toy_adata.uns["tissue"] = "cortex"
    toy_adata.uns["source"] = {"tissue": "not this", "technology": "Visium"}
    meta = read_slides(write_h5ad(toy_adata), ReadOptions(("region",)))[0].meta
    assert (meta.organism, meta.tissue, meta.technology) == ("Homo sapiens", "cortex", "Visium")


def test_missing_labels_are_spots_without_niche(toy_adata: AnnData, write_h5ad: Write) -> None:
    region = labels(toy_adata)
    region[:3], region[3], region[4] = None, "", "nan"
    toy_adata.obs["region"] = pd.Categorical(region)
    (slide,) = read_slides(write_h5ad(toy_adata), ReadOptions(("region",)))
    assert (slide.niche == -1).nonzero()[0].tolist() == [0, 1, 2, 3, 4]
    assert slide.niches == ("Layer 1", "Layer 2", "Layer 3", "Layer 4")


def test_niche_order(toy_adata: AnnData, write_h5ad: Write) -> None:
    layers = [*["L10"] * 64, *["L2"] * 64, *["L1"] * 128]
    toy_adata.obs["text"] = layers
    toy_adata.obs["chosen"] = pd.Categorical(layers, ["L10", "L1", "L2"])
    toy_adata.obs["number"] = [*[10.0] * 64, *[2.0] * 64, *[1.0] * 127, np.nan]
    path = write_h5ad(toy_adata)
    assert read_slides(path, ReadOptions(("text",)))[0].niches == ("L1", "L2", "L10")
    assert read_slides(path, ReadOptions(("chosen",)))[0].niches == ("L10", "L1", "L2")
    assert read_slides(path, ReadOptions(("number",)))[0].niches == ("1", "2", "10")
    assert read_slides(path, ReadOptions(("number",)))[0].niche[-1] == -1


def test_spots_without_counts_are_dropped(
    toy_adata: AnnData, write_h5ad: Write, caplog: pytest.LogCaptureFixture
) -> None:
    dense = toy_adata.X.toarray()
    dense[[5, 9]] = 0
    toy_adata.X = sp.csr_matrix(dense)
    (slide,) = read_slides(write_h5ad(toy_adata), ReadOptions(("region",)))
    kept = np.delete(np.arange(256), [5, 9])
    np.testing.assert_array_equal(slide.xy, toy_adata.obsm["spatial"][kept])
    np.testing.assert_array_equal(slide.counts.toarray(), dense[kept])
    assert [slide.niches[code] for code in slide.niche] == toy_adata.obs["region"].iloc[kept].tolist()
    assert "dropped 2 of 256 spots" in caplog.text


def test_niche_small_in_one_slice_only_is_unlabelled_there(
    write_h5ad: Write, toy: Callable[..., AnnData], caplog: pytest.LogCaptureFixture
) -> None:
    adata = toy(donors=("D1", "D2"))
    region = labels(adata)
    few = np.flatnonzero(region[:256] == "Layer 4")[3:]
    region[few] = "Layer 3"
    adata.obs["region"] = pd.Categorical(region)
    first, second = read_slides(write_h5ad(adata), ReadOptions(("region",)))
    assert first.niches == ("Layer 1", "Layer 2", "Layer 3")
    assert (first.niche == -1).sum() == 3
    assert second.niches == ("Layer 1", "Layer 2", "Layer 3", "Layer 4")
    assert "slice 'S1'" in caplog.text
    assert "'Layer 4' (3)" in caplog.text


def test_slice_with_one_niche_is_left_out(
    write_h5ad: Write, toy: Callable[..., AnnData], caplog: pytest.LogCaptureFixture
) -> None:
    adata = toy(donors=("D1", "D2"))
    region = labels(adata)
    region[:256] = "Layer 1"
    adata.obs["region"] = pd.Categorical(region)
    assert [slide.name for slide in read_slides(write_h5ad(adata), ReadOptions(("region",)))] == ["toy:S2"]
    assert "left out" in caplog.text


def test_fractional_counts_are_accepted_with_a_warning(
    toy_adata: AnnData, write_h5ad: Write, caplog: pytest.LogCaptureFixture
) -> None:
    volume = np.random.default_rng(0).uniform(0.5, 9.0, toy_adata.n_obs)
    toy_adata.X = sp.csr_matrix(toy_adata.X.toarray() * volume[:, None])
    (slide,) = read_slides(write_h5ad(toy_adata), ReadOptions(("region",)))
    assert slide.counts.data.max() > 20
    assert "volume-normalised" in caplog.text


def test_integer_counts_pass_although_log1p_was_once_called(toy_adata: AnnData, write_h5ad: Write) -> None:
    toy_adata.uns["log1p"] = {"base": 2.0}
    assert read_slides(write_h5ad(toy_adata), ReadOptions(("region",)))


def test_gene_and_niche_names_are_suggested(toy_adata: AnnData, write_h5ad: Write) -> None:
    (slide,) = read_slides(write_h5ad(toy_adata), ReadOptions(("region",)))
    with pytest.raises(NicheLensError, match=r"toy: no gene 'gene12'; did you mean 'GENE12'"):
        slide.gene_index("gene12")
    with pytest.raises(NicheLensError, match=r"no niche 'layer3'; did you mean 'Layer 3'.*niches: Layer 1, Layer 2"):
        slide.niche_index("layer3")


def test_with_counts_changes_nothing_else(toy_adata: AnnData, write_h5ad: Write) -> None:
    (slide,) = read_slides(write_h5ad(toy_adata), ReadOptions(("region",)))
    assert slide.depth.sum() > 0  # cached on the first slide, not to be carried over
    halved = slide.with_counts(slide.counts * 0.5)
    assert isinstance(halved, Slide)
    np.testing.assert_allclose(halved.depth, slide.depth / 2)
    assert halved.xy is slide.xy
    with pytest.raises(NicheLensError, match="shape"):
        slide.with_counts(slide.counts[:5])


# Real files


@pytest.mark.parametrize(
    ("name", "niche_key", "n_slides", "n_donors"),
    [
        ("dlpfc_visium_151674", "region", 1, 1),
        ("her2st_breast_6donors", "region", 6, 6),
        ("st_mouse_olfactory_bulb", "region", 1, 1),
        ("starmap_mouse_mpfc_2slices", "region", 2, 2),
        ("merfish_mouse_hypothalamus_3slices", "cell_type", 3, 1),
        ("seqfish_mouse_embryo_4slices", "cell_type", 4, 2),
        ("xenium_human_breast_4crops", None, 4, 1),
    ],
)
def test_real_slides(real_data: Path, name: str, niche_key: str | None, n_slides: int, n_donors: int) -> None:
    path = real_data / "slides" / f"{name}.h5ad"
    if not path.exists():
        pytest.skip(f"no {path}")
    slides = read_slides(path, ReadOptions(() if niche_key is None else (niche_key,)))
    assert len(slides) == n_slides
    assert len({slide.meta.donor for slide in slides}) == n_donors
    for slide in slides:
        assert slide.depth.min() > 0
        assert (len(slide.niches) >= 2) == (niche_key is not None)
        assert slide.niche.min() >= -1
        sizes = np.bincount(slide.niche[slide.niche >= 0], minlength=len(slide.niches))
        assert all(size >= MIN_NICHE_SPOTS for size in sizes)
