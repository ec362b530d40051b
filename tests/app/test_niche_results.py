"""`nichelens.find_niches` and `nichelens.read(find_niches=True)` in a notebook."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

import nichelens
from data_prep.niche_options import NicheOptions
from tests.conftest import make_toy

if TYPE_CHECKING:
    from anndata import AnnData


def test_niches_of_an_object_can_be_asked_about_and_saved(toy_adata: "AnnData", tmp_path: Path) -> None:
    told: list[float] = []
    niches = nichelens.find_niches(toy_adata, progress=lambda share, what: told.append(share))
    assert list(niches.table.columns) == ["spot", "slice", "niche", "confidence"]
    assert adjusted_rand_score(toy_adata.obs["region"], niches.table.niche) > 0.5
    assert niches.curve.query("is_chosen").n_niches.tolist() == [niches.table.niche[niches.table.niche != ""].nunique()]
    assert niches.reason in str(niches)
    assert niches.slides.niches == sorted(niches.slides.niches, key=niches.slides.niches.index)
    assert set(niches.table.niche) - {""} == set(niches.slides.niches)
    assert nichelens.draw(niches.slides, "niche", niche=niches.slides.niches[0]).size == (128, 128)
    assert (told[0], told[-1]) == (0.0, 1.0)
    assert "<iframe" in niches._repr_html_()
    saved = pd.read_csv(niches.save(tmp_path / "labels.csv"), keep_default_na=False)
    pd.testing.assert_frame_equal(saved, niches.table, check_dtype=False)
    assert niches.save(tmp_path / "niches.html").read_text().startswith("<!doctype html>")
    with pytest.raises(nichelens.NicheLensError, match=r"choose one of \.html, \.json, \.csv"):
        niches.save(tmp_path / "niches.pdf")


def test_labels_are_written_into_the_object(toy_adata: "AnnData") -> None:
    niches = nichelens.find_niches(nichelens.read(toy_adata, "region"), n_niches=4)
    niches.write_to(toy_adata)
    assert toy_adata.obs["niche"].astype(object).fillna("").tolist() == niches.table.niche.tolist()
    assert toy_adata.uns["nichelens_niches"]["reason"] == "their number was given"
    assert nichelens.read(toy_adata, "niche").niches == niches.slides.niches
    with pytest.raises(nichelens.NicheLensError, match="were found in other spots"):
        niches.write_to(make_toy(side=12))
    del toy_adata.obs["niche_confidence"]
    with pytest.raises(nichelens.NicheLensError, match="of its own"):
        niches.write_to(toy_adata)


def test_several_sources_share_their_niches(toy_adata: "AnnData") -> None:
    together = nichelens.find_niches([toy_adata, nichelens.read(make_toy(1), "region")], n_niches=4)
    assert together.slides[0].niches == together.slides[1].niches
    assert len(together.table) == 2 * toy_adata.n_obs
    assert together.table.slice.nunique() == 2


def test_niches_of_several_sources_are_not_written_into_one(toy_adata: "AnnData") -> None:
    other = make_toy(1)
    alike = nichelens.find_niches([toy_adata, other], n_niches=4)
    with pytest.raises(nichelens.NicheLensError, match=r"in 2 slides together, and their spots have the same.*`table`"):
        alike.write_to(toy_adata)
    other.obs_names = [f"other {name}" for name in other.obs_names]
    apart = nichelens.find_niches([toy_adata, other], n_niches=4)
    with pytest.raises(nichelens.NicheLensError, match=r"in 2 slides together, and not all of their.*`table`"):
        apart.write_to(toy_adata)
    assert "niche" not in toy_adata.obs


def test_read_takes_number_and_scale(toy_adata: "AnnData") -> None:
    found = nichelens.read(toy_adata, find_niches=True, n_niches=3)
    assert len(found.niches) == 3
    assert found.options.niches == NicheOptions(n_niches=3)
    with pytest.raises(nichelens.NicheLensError, match="give --find-niches too"):
        nichelens.read(toy_adata, "region", n_niches=3)
    with pytest.raises(nichelens.NicheLensError, match="beside a NicheOptions"):
        nichelens.find_niches(toy_adata, n_niches=3, options=NicheOptions(n_niches=4))
    with pytest.raises(nichelens.NicheLensError, match="needs at least one slide"):
        nichelens.find_niches([])
