"""Which files the page opens, and with which niche column."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from app.niche_column import FOUND
from app.web import upload
from app.web.upload import example_slides, open_slides
from data_prep.errors import NicheLensError
from data_prep.facts.spot_graph import spot_graph
from tests.data_prep.read.slide_files import WRITERS

Write = Callable[..., Path]


@pytest.fixture
def three_columns(toy_adata: AnnData, write_h5ad: Write) -> Path:
    """A slide with two columns of names, and a row number that only looks like one."""
    toy_adata.obs["cell_type"] = pd.Categorical([f"t{i % 5}" for i in range(toy_adata.n_obs)])
    toy_adata.obs["array_row"] = np.arange(toy_adata.n_obs) % 16
    toy_adata.obs["score"] = np.linspace(0, 1, toy_adata.n_obs)
    return write_h5ad(toy_adata)


def test_the_likeliest_column_is_opened_and_others_are_offered(three_columns: Path) -> None:
    opened = open_slides(three_columns)
    assert (opened.niche_key, opened.columns) == ("region", ("region", "cell_type", FOUND))


def test_the_first_named_column_that_the_file_has_is_opened(three_columns: Path) -> None:
    assert open_slides(three_columns, ["layer", "cell_type", "region"]).niche_key == "cell_type"
    opened = open_slides(three_columns, ["array_row"])
    assert (opened.niche_key, opened.columns) == ("array_row", ("array_row", "region", "cell_type", FOUND))
    with pytest.raises(NicheLensError, match="no obs column 'depth'"):
        open_slides(three_columns, ["layer", "depth"])


def test_small_niches_stay_unlabelled(toy_adata: AnnData, write_h5ad: Write) -> None:
    region = np.array(toy_adata.obs["region"], dtype=object)
    region[:3] = "Rim"
    toy_adata.obs["region"] = pd.Categorical(region)
    slide = open_slides(write_h5ad(toy_adata)).slide()
    assert "Rim" not in slide.niches
    assert (slide.niche == -1).sum() == 3


def test_niches_of_an_unlabelled_slide_are_found_with_progress(toy_adata: AnnData, write_h5ad: Write) -> None:
    del toy_adata.obs["region"]
    told: list[tuple[float, str]] = []
    opened = open_slides(write_h5ad(toy_adata), progress=lambda *now: told.append(now))
    assert (opened.niche_key, opened.columns) == (FOUND, (FOUND,))
    assert opened.slide().meta.niches_from.startswith("niche finding")
    assert "found by clustering" in opened.slide().meta.notes[-1]
    assert (told[0][0], told[-1][0]) == (0.0, 1.0)


def test_niches_can_be_found_beside_a_column(three_columns: Path) -> None:
    opened = open_slides(three_columns, [FOUND])
    assert (opened.niche_key, opened.columns) == (FOUND, ("region", "cell_type", FOUND))
    assert opened.slide().meta.niches_from.startswith("niche finding")


def test_a_number_of_niches_can_be_asked_for(three_columns: Path) -> None:
    opened = open_slides(three_columns, ["found by clustering: 3"])
    assert (opened.niche_key, opened.column) == ("found by clustering: 3", FOUND)
    assert opened.columns == ("region", "cell_type", FOUND)
    assert len(opened.slide().niches) == 3
    assert opened.found is not None
    assert opened.found.options.n_niches == 3
    assert open_slides(three_columns, ["region"]).found is None
    with pytest.raises(NicheLensError, match="--n-niches is 400"):
        open_slides(three_columns, ["found by clustering: 400"])
    with pytest.raises(NicheLensError, match="--scale is 'huge'"):
        open_slides(three_columns, ["found by clustering: huge"])


@pytest.mark.parametrize("kind", ["zarr", "space_ranger", "xenium", "spatialdata"])
def test_the_page_opens_what_the_command_line_opens(toy_adata: AnnData, tmp_path: Path, kind: str) -> None:
    path = WRITERS[kind](tmp_path / "slide", toy_adata)
    opened = open_slides(path)
    assert opened.slide().n_spots == 256
    assert opened.niche_key == ("region" if kind in ("zarr", "spatialdata") else FOUND)
    assert opened.path == path


@pytest.mark.parametrize("kind", WRITERS)
def test_a_slide_too_large_for_the_page_is_refused_before_it_is_read(
    toy_adata: AnnData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = WRITERS[kind](tmp_path / "slide", toy_adata)
    monkeypatch.setattr(upload, "MAX_FILE_VALUES", 20_000)
    monkeypatch.setattr(upload, "niche_columns", lambda path: pytest.fail("was read"))
    with pytest.raises(NicheLensError, match=r"256 spots x 80 genes are too many for the page; .*nichelens markers"):
        open_slides(path)


def test_a_slice_too_large_for_the_page_is_refused(
    toy: Callable[..., AnnData], write_h5ad: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "MAX_VALUES", 20_000)
    with pytest.raises(NicheLensError, match="256 spots x 80 genes are too many"):
        open_slides(write_h5ad(toy(donors=("D1", "D2"))))


def test_the_example_is_the_same_each_time() -> None:
    first, second = example_slides().slide(), example_slides().slide()
    assert (first.counts != second.counts).nnz == 0
    np.testing.assert_array_equal(first.niche, second.niche)


def test_the_synthetic_slide_is_called_so_and_its_names_fit_its_places() -> None:
    opened = example_slides()
    slide = opened.slide()
    assert opened.title().startswith("Synthetic tissue")
    assert opened.about().startswith("Made-up tissue and genes, ")
    assert opened.about().endswith(". It says nothing about a tumour or a gene")
    assert all(gene.startswith("GENE") for gene in slide.genes)
    near = spot_graph(slide.xy)
    touching = np.array([[near[slide.niche == a][:, slide.niche == b].nnz for b in range(6)] for a in range(6)])
    for code in range(5):  # each ring touches the next one outwards, and hardly any beyond it
        assert touching[code, code + 1] > 3 * touching[code, code + 2 :].sum()
    assert slide.niches == (
        "tumour core",
        "inner tumour",
        "tumour edge",
        "immune rim",
        "reactive stroma",
        "stroma",
    )
