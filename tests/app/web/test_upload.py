"""Which files the page opens, and with which niche column."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from app.web import upload
from app.web.upload import example_slides, open_slides
from data_prep.errors import NicheLensError

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
    assert (opened.niche_key, opened.columns) == ("region", ("region", "cell_type"))


def test_the_first_named_column_that_the_file_has_is_opened(three_columns: Path) -> None:
    assert open_slides(three_columns, ["layer", "cell_type", "region"]).niche_key == "cell_type"
    opened = open_slides(three_columns, ["array_row"])
    assert (opened.niche_key, opened.columns) == ("array_row", ("array_row", "region", "cell_type"))
    with pytest.raises(NicheLensError, match="no obs column 'depth'"):
        open_slides(three_columns, ["layer", "depth"])


def test_small_niches_stay_unlabelled(toy_adata: AnnData, write_h5ad: Write) -> None:
    region = np.array(toy_adata.obs["region"], dtype=object)
    region[:3] = "Rim"
    toy_adata.obs["region"] = pd.Categorical(region)
    slide = open_slides(write_h5ad(toy_adata)).slide()
    assert "Rim" not in slide.niches
    assert (slide.niche == -1).sum() == 3


def test_a_file_without_niches_is_refused(toy_adata: AnnData, write_h5ad: Write) -> None:
    del toy_adata.obs["region"]
    with pytest.raises(NicheLensError, match=r"toy\.h5ad: no obs column could hold niches"):
        open_slides(write_h5ad(toy_adata))


def test_a_slide_too_large_for_the_page_is_refused(
    toy_adata: AnnData, write_h5ad: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "MAX_VALUES", 20_000)
    with pytest.raises(NicheLensError, match="nichelens markers"):
        open_slides(write_h5ad(toy_adata))


def test_the_example_is_the_same_each_time() -> None:
    first, second = example_slides().slide(), example_slides().slide()
    assert len(first.niches) == 6
    assert (first.counts != second.counts).nnz == 0
