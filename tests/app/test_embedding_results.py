"""The Python API of vectors and niche queries."""

import numpy as np
import pytest

import nichelens
from data_prep.errors import NicheLensError
from tests.conftest import make_toy
from tests.oracle import Answering


@pytest.fixture(scope="module")
def slide() -> nichelens.Slides:
    return nichelens.read(make_toy(donors=("D1", "D2"), side=20), niche_key="region")


def test_embed_gives_one_object_for_all_slides(slide: nichelens.Slides) -> None:
    done: list[tuple[int, int]] = []
    adata = nichelens.embed(slide, progress=lambda *step: done.append(step))
    assert done == [(2, 2)]
    assert adata.shape == (800, 80)
    assert list(adata.uns["nichelens_embedding"]["slides"]) == ["S1", "S2"]
    turned = nichelens.embed([slide["S2"], slide["S1"]])
    for key in ("nichelens_maps", "nichelens_profiles"):
        np.testing.assert_array_equal(np.asarray(turned.varm[key]), np.asarray(adata.varm[key]))
    np.testing.assert_array_equal(turned.obsm["nichelens_spots"], adata.obsm["nichelens_spots"])


def test_profiles_give_the_marker_similarity_of_niches(slide: nichelens.Slides) -> None:
    profiles = nichelens.embed(slide).varm["nichelens_profiles"]
    matches = nichelens.match(slide).matches
    found = matches[(matches.slide == "S1") & (matches.niche == "Layer 1")].iloc[0]
    one, two = profiles["S1: Layer 1"], profiles[f"S2: {found.best_match}"]
    both = one.notna() & two.notna()
    cosine = (one[both] @ two[both]) / np.linalg.norm(one[both]) / np.linalg.norm(two[both])
    assert cosine == pytest.approx(found.marker_similarity, abs=1e-6)


def test_spots_of_the_same_name_on_two_slides_are_told_apart(slide: nichelens.Slides) -> None:
    adata = nichelens.embed([slide["S1"], slide["S1"]])
    assert adata.obs_names.is_unique
    assert [name.partition(":")[0] for name in adata.obs_names[[0, -1]]] == ["adata", "adata"]


def test_genes_with_like_maps_are_checked(slide: nichelens.Slides) -> None:
    found = nichelens.similar_genes(slide["S1"], "GENE2", 4)
    assert list(found.columns) == ["gene", "likeness", "correlation", "error", "verdict"]
    assert {int(gene.removeprefix("GENE")) % 4 for gene in found.gene} == {2}
    assert (found.verdict == "supported").all()
    with pytest.raises(NicheLensError, match="there are 2 slices"):
        nichelens.similar_genes(slide, "GENE2")


def test_niches_like_one_are_found(slide: nichelens.Slides) -> None:
    found = nichelens.niches_like(slide["S1"], slide["S2"], niche="Layer 2")
    assert (found.niches.niche[0], found.is_new) == ("Layer 2", False)
    assert str(found).startswith("Layer 2 of adata:S1 is elsewhere too.")
    assert "<table" in found._repr_html_()
    inside = slide["S1"].slices[0].spots_of("Layer 2")
    region = nichelens.niches_like(slide["S1"], slide["S2"], spots=inside)
    assert region.niches.niche[0] == "Layer 2"
    names = slide["S1"].slices[0].spot_names[inside]
    assert nichelens.niches_like(slide["S1"], [slide["S2"]], spots=names).niches.equals(region.niches)


def test_what_cannot_be_asked_is_refused(slide: nichelens.Slides) -> None:
    first, second = slide["S1"], slide["S2"]
    with pytest.raises(NicheLensError, match="either a niche or the spots"):
        nichelens.niches_like(first, second)
    with pytest.raises(NicheLensError, match="got 3 booleans for 400 spots"):
        nichelens.niches_like(first, second, spots=np.ones(3, bool))
    with pytest.raises(NicheLensError, match="no spot 'nix'"):
        nichelens.niches_like(first, second, spots=["nix"])
    with pytest.raises(NicheLensError, match="needs at least one slide"):
        nichelens.embed([])
    with pytest.raises(NicheLensError, match="a server gives answers and no vectors"):
        nichelens.embed(first, tower=Answering(lambda claim: 0.0))
