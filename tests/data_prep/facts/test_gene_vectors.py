"""Gene vectors: like maps have like vectors, whatever the order of the spots."""

import numpy as np
import pytest

from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.gene_vectors import LEAST_COUNTS, GeneVectors, like_maps
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide
from tests.data_prep.facts.irrelevant_changes import bigger_picture, in_another_order, with_unlabelled_tissue
from tests.data_prep.facts.toy_slides import slide_of
from tests.two_sections import halves


@pytest.fixture(scope="module")
def slide() -> Slide:
    return make_slide(3, n_spots=900, n_niches=4, n_genes=40, layout="hex", pattern="layers")


def test_the_product_of_two_vectors_is_the_correlation_of_their_maps(slide: Slide) -> None:
    vectors, maps = GeneVectors.of([slide]), Facts.measure(slide).gene_maps
    names = vectors.genes.tolist()
    for a, b in ((names[0], names[1]), (names[3], names[8]), (names[20], names[30])):
        product = float(vectors.vectors[names.index(a)] @ vectors.vectors[names.index(b)])
        # Vectors are of logs, the claim's correlation is of rates.
        assert product == pytest.approx(maps.map_correlation(a, b).value, abs=0.15)
    length = np.linalg.norm(vectors.vectors, axis=1)
    np.testing.assert_allclose(length, 1.0, atol=1e-4)  # 40 genes have at most 40 components: nothing is left out


def test_genes_of_one_niche_are_alike() -> None:
    rng = np.random.default_rng(1)
    niche = np.repeat([0, 1], 200)
    rate = np.where((np.arange(30) % 2)[None] == niche[:, None], 8.0, 1.0)
    xy = np.stack([np.arange(400) % 20, np.arange(400) // 20], axis=1).astype(float)
    slide = slide_of(rng.poisson(rate), niche, ("one", "two"), xy)
    found = like_maps(slide, "G4", 14)
    assert {gene for gene, _ in found} == {f"G{i}" for i in range(0, 30, 2)} - {"G4"}
    likeness = [value for _, value in found]
    assert likeness == sorted(likeness, reverse=True)
    assert likeness[-1] > 0.3
    others = like_maps(slide, "G4", 100)
    assert len(others) == 29
    assert others[-1][1] < -0.3
    vectors = GeneVectors.of([slide])
    for gene, correlation in others:
        row = vectors.genes.tolist().index(gene)
        assert vectors.vectors[4] @ vectors.vectors[row] == pytest.approx(correlation, abs=1e-3)


@pytest.mark.parametrize("change", [in_another_order, with_unlabelled_tissue, bigger_picture])
def test_vectors_do_not_depend_on_the_order_of_the_spots(slide: Slide, change) -> None:
    np.testing.assert_array_equal(GeneVectors.of([change(slide)]).vectors, GeneVectors.of([slide]).vectors)
    assert like_maps(change(slide), "GENE004", 5) == like_maps(slide, "GENE004", 5)


def test_several_slides_give_the_mean_of_their_products(slide: Slide) -> None:
    both = [GeneVectors.of([part]) for part in halves(slide)]
    together = GeneVectors.of(list(halves(slide)))
    one, two, mean = (part.vectors @ part.vectors.T for part in (*both, together))
    np.testing.assert_allclose(mean, (one + two) / 2, atol=1e-3)


def test_a_gene_without_counts_has_no_vector() -> None:
    counts = np.random.default_rng(0).poisson(2.0, (120, 12))
    counts[:, 3] = 0
    counts[: LEAST_COUNTS - 1, 3] = 1
    slide = slide_of(counts, np.repeat([0, 1], 60), ("one", "two"))
    vectors = GeneVectors.of([slide])
    assert np.isnan(vectors.vectors[3]).all()
    assert np.isfinite(np.delete(vectors.vectors, 3, axis=0)).all()
    assert "G3" not in dict(like_maps(slide, "G0", 12))
    with pytest.raises(NicheLensError, match="'G3' has fewer than 5 counts"):
        like_maps(slide, "G3", 2)
    with pytest.raises(NicheLensError, match="no gene 'G99'"):
        like_maps(slide, "G99", 2)


def test_slides_that_share_no_genes_are_refused(slide: Slide) -> None:
    other = slide_of(np.ones((40, 12)), np.repeat([0, 1], 20), ("one", "two"))
    with pytest.raises(NicheLensError, match="share 0 of"):
        GeneVectors.of([slide, other])
