"""What the page keeps of a slide, and what it refuses."""

import copy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from app.web import visits as bench_module
from app.web.visits import Bench, Visit, open_bench
from data_prep.errors import NicheLensError

Write = Callable[..., Path]


@pytest.fixture
def bench(toy: Callable[..., AnnData], write_h5ad: Write) -> Bench:
    return open_bench(write_h5ad(toy(donors=("D1", "D2"))))


def test_the_likeliest_column_is_opened_and_others_are_offered(toy_adata: AnnData, write_h5ad: Write) -> None:
    toy_adata.obs["cell_type"] = pd.Categorical([f"t{i % 5}" for i in range(toy_adata.n_obs)])
    toy_adata.obs["array_row"] = np.arange(toy_adata.n_obs) % 16
    toy_adata.obs["score"] = np.linspace(0, 1, toy_adata.n_obs)
    path = write_h5ad(toy_adata)
    assert (open_bench(path).niche_key, open_bench(path).columns) == ("region", ("region", "cell_type"))
    assert open_bench(path, "array_row").columns == ("array_row", "region", "cell_type")


def test_a_bench_measures_once_and_is_never_copied(bench: Bench) -> None:
    assert bench.names == ["S1", "S2"]
    assert bench.slide().meta.slice == "S1"
    assert bench.facts("S2", 64) is bench.facts("S2", 64)
    assert bench.facts("S2", 64).canvas.size == 64
    assert copy.deepcopy(Visit(bench)).bench is bench
    assert bench.summary("S2") == "toy.h5ad, human: S2, one of 2 slices, 256 spots × 80 genes"


def test_small_niches_stay_unlabelled_on_the_page(toy_adata: AnnData, write_h5ad: Write) -> None:
    region = np.array(toy_adata.obs["region"], dtype=object)
    region[:3] = "Rim"
    toy_adata.obs["region"] = pd.Categorical(region)
    slide = open_bench(write_h5ad(toy_adata)).slide()
    assert "Rim" not in slide.niches
    assert (slide.niche == -1).sum() == 3


def test_a_file_without_niches_is_refused(toy_adata: AnnData, write_h5ad: Write) -> None:
    del toy_adata.obs["region"]
    with pytest.raises(NicheLensError, match=r"toy\.h5ad: no obs column could hold niches"):
        open_bench(write_h5ad(toy_adata))


def test_a_slide_too_large_for_the_page_is_refused(
    toy_adata: AnnData, write_h5ad: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_module, "MAX_VALUES", 20_000)
    with pytest.raises(NicheLensError, match="nichelens markers"):
        open_bench(write_h5ad(toy_adata))


def test_a_visit_knows_which_answers_are_still_wanted(bench: Bench) -> None:
    visit = Visit(bench)
    assert visit.show("ask", "S1", "Layer 1", "GENE1")
    assert not visit.show("ask", "S1", "Layer 1", "GENE1")
    assert visit.still_shows("ask", bench, "S1", "Layer 1", "GENE1")
    assert visit.show("ask", "S1", "Layer 1", "GENE2")
    assert not visit.still_shows("ask", bench, "S1", "Layer 1", "GENE1")
    visit.bench = Bench(list(bench.slides.values()))
    assert not visit.still_shows("ask", visit.bench, "S1", "Layer 1", "GENE2")
