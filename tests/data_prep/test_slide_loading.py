"""Loading slides: several sources, chosen slices, niches that are read or computed, and advice about columns."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from anndata import AnnData

from data_prep.errors import NicheLensError
from data_prep.facts.niche_finding import FoundNiches
from data_prep.niche_options import NicheOptions
from data_prep.read.options import ReadOptions
from data_prep.slide_loading import load_slides, niche_columns, slide_label, slides_with_niche
from tests.data_prep.facts.toy_slides import slide_of


def test_slides_keep_the_order_of_the_files(toy: Callable[..., AnnData], write_h5ad: Callable[..., Path]) -> None:
    one, two = write_h5ad(toy(), "b.h5ad"), write_h5ad(toy(donors=("D1", "D2")), "a.h5ad")
    slides = load_slides([one, two], ReadOptions(("region",)))
    assert [slide.name for slide in slides] == ["b", "a:S1", "a:S2"]
    assert [slide_label(slide) for slide in slides] == ["S1", "S1", "S2"]


def test_only_the_chosen_slices_are_kept(toy: Callable[..., AnnData], write_h5ad: Callable[..., Path]) -> None:
    path = write_h5ad(toy(donors=("D1", "D2", "D3")))
    slides = load_slides([path], ReadOptions(("region",), slices=("S3", "S1")))
    assert [slide.meta.slice for slide in slides] == ["S1", "S3"]
    with pytest.raises(NicheLensError, match=r"no slice 'S4'; slices: S1, S2, S3"):
        load_slides([path], ReadOptions(("region",), slices=("S4",)))


def test_without_a_niche_column_the_error_lists_candidates(toy_adata: AnnData, write_h5ad: Callable[..., Path]) -> None:
    toy_adata.obs["array_row"] = np.arange(toy_adata.n_obs) % 16
    toy_adata.obs["cluster"] = np.arange(toy_adata.n_obs) % 3
    path = write_h5ad(toy_adata)
    assert niche_columns(path) == ("region", "cluster")
    with pytest.raises(NicheLensError, match=r"toy.h5ad: no --niche-key given; .*serve: region, cluster; or pass"):
        load_slides([path], ReadOptions())


def test_each_file_uses_the_first_column_that_can_serve(
    toy: Callable[..., AnnData], write_h5ad: Callable[..., Path]
) -> None:
    renamed = toy()
    renamed.obs = renamed.obs.rename(columns={"region": "domain"})
    paths = [write_h5ad(toy(), "a.h5ad"), write_h5ad(renamed, "b.h5ad")]
    slides = load_slides(paths, ReadOptions(("region", "domain")))
    assert [slide.meta.niches_from for slide in slides] == ["obs['region']", "obs['domain']"]
    with pytest.raises(NicheLensError, match=r"b\.h5ad: no obs column 'regoin'"):
        load_slides(paths[1:], ReadOptions(("region", "regoin")))


def test_niches_are_computed_for_the_chosen_slices_only(
    toy: Callable[..., AnnData], write_h5ad: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from data_prep.facts import niche_finding

    computed = []
    find = niche_finding.find_niches
    monkeypatch.setattr(
        niche_finding,
        "find_niches",
        lambda slides, *more: computed.extend(s.name for s in slides) or find(slides, *more),
    )
    path = write_h5ad(toy(donors=("D1", "D2")))
    (slide,) = load_slides([path], ReadOptions(find_niches=True, slices=("S2",)))
    assert slide.niches[0].startswith("GENE")
    assert computed == ["toy:S2"]


def test_progress_of_the_search_rises_over_all_files(
    toy: Callable[..., AnnData], write_h5ad: Callable[..., Path]
) -> None:
    told: list[tuple[float, str]] = []
    paths = [write_h5ad(toy(donors=("D1", "D2")), "a.h5ad"), write_h5ad(toy(seed=1), "b.h5ad")]
    slides = load_slides(paths, ReadOptions(find_niches=True), lambda *now: told.append(now))
    assert [slide.name for slide in slides] == ["a:S1", "a:S2", "b"]
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert (told[0][0], told[-1][0]) == (0.0, 1.0)
    assert told[0][1].endswith("(file 1 of 2)")
    assert all("found by clustering, they are no annotation" in slide.meta.notes[-1] for slide in slides)


def test_what_progress_raises_ends_the_search(toy: Callable[..., AnnData], write_h5ad: Callable[..., Path]) -> None:
    def stop(share: float, what: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        load_slides([write_h5ad(toy())], ReadOptions(find_niches=True), stop)


def test_objects_in_memory_and_files_load_together(
    toy: Callable[..., AnnData], write_h5ad: Callable[..., Path]
) -> None:
    one, two = toy(), toy(seed=1)
    slides = load_slides([one, write_h5ad(toy(seed=2)), two], ReadOptions(("region",)))
    assert [slide.name for slide in slides] == ["adata1", "toy", "adata2"]
    assert load_slides([one], ReadOptions(("region",)))[0].name == "adata"
    assert niche_columns(one) == ("region",)


def test_a_niche_that_no_slide_has_is_refused(toy: Callable[..., AnnData]) -> None:
    adata = toy(donors=("D1", "D2"))
    adata.obs["region"] = [
        "Layer 9" if slice_name == "S2" and region == "Layer 1" else region
        for region, slice_name in zip(adata.obs["region"], adata.obs["slice"], strict=True)
    ]
    slides = load_slides([adata], ReadOptions(("region",)))
    assert [slide.name for slide in slides_with_niche(slides, "Layer 9")] == ["adata:S2"]
    with pytest.raises(NicheLensError, match="no niche 'Layer 7'"):
        slides_with_niche(slides, "Layer 7")


def test_slices_with_fewer_than_two_found_niches_are_left_out_where_niches_are_needed(
    toy: Callable[..., AnnData], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from data_prep.facts import niche_finding

    two, one = (
        replace(slide_of(np.ones((20, 3)), np.arange(20) % len(niches), niches), name=name)
        for name, niches in (("toy:S1", ("A", "B")), ("toy:S2", ("A",)))
    )
    answers = iter([(two, one), (two, one), (one,)])
    monkeypatch.setattr(
        niche_finding,
        "find_niches",
        lambda *given: FoundNiches(next(answers), (np.ones(20),), (), "", NicheOptions()),
    )
    options = ReadOptions(find_niches=True)
    assert load_slides([toy()], options, needs_niches=False) == [two, one]
    with caplog.at_level(logging.WARNING):
        assert load_slides([toy()], options) == [two]
    assert "toy:S2: fewer than two niches were found in it and it is left out" in caplog.text
    with pytest.raises(NicheLensError, match="toy:S2: no slice has two niches that were found; ask for more"):
        load_slides([toy()], options)
