"""Reading slides: what a good file becomes, and the one line that each kind of bad file gets."""

import logging
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

Write = Callable[..., Path]


def refusal(path: Path, niche_key: str | None = "region", **options: object) -> str:
    """The one line that refuses a file; it names the file."""
    with pytest.raises(NicheLensError) as caught:
        read_slides(path, ReadOptions(() if niche_key is None else (niche_key,), **options))
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message


def set_value(adata: AnnData, spot: int, gene: int, value: float) -> None:
    dense = adata.X.toarray()
    dense[spot, gene] = value
    adata.X = sp.csr_matrix(dense)


def labels(adata: AnnData) -> np.ndarray:
    return np.array(adata.obs["region"], dtype=object)


# What a good file becomes


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


# What each bad file gets


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
