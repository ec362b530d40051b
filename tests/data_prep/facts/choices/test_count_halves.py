"""Halves of counts: they sum to the counts, are independent, and do not depend on the order of the spots."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.facts.choices.count_halves import CountHalves
from data_prep.facts.niche_views import Tissue
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide
from tests.data_prep.facts.toy_slides import slide_of


@pytest.fixture(scope="module")
def slide() -> Slide:
    return make_slide(3, n_spots=400, n_niches=4, layout="hex", pattern="layers")


def test_halves_sum_to_the_counts(slide: Slide) -> None:
    tissue = Tissue.of([slide], 50)
    first, second = CountHalves.of(tissue).halves
    np.testing.assert_array_equal((first.counts + second.counts).toarray(), tissue.counts.toarray())
    np.testing.assert_allclose(first.depth + second.depth, tissue.depth)
    assert abs(first.counts.sum() / tissue.counts.sum() - 0.5) < 0.02


def test_the_order_of_spots_and_genes_does_not_matter(slide: Slide) -> None:
    rng = np.random.default_rng(1)
    spots, genes = rng.permutation(slide.n_spots), rng.permutation(slide.n_genes)
    other = replace(
        slide,
        counts=slide.counts[spots][:, genes].tocsc(),
        xy=slide.xy[spots],
        niche=slide.niche[spots],
        genes=slide.genes[genes],
    )
    halves, again = (CountHalves.of(Tissue.of([part], 50)) for part in (slide, other))
    for one, two in zip(halves.halves, again.halves, strict=True):
        np.testing.assert_array_equal(one.counts.toarray(), two.counts.toarray())
        np.testing.assert_array_equal(one.depth, two.depth)


def test_halves_of_poisson_counts_are_independent() -> None:
    rng = np.random.default_rng(0)
    counts = rng.poisson(5.0, (2000, 20)).astype(float)
    slide = slide_of(counts, np.zeros(2000), ("a",))
    first, second = CountHalves.of(Tissue.of([slide], 20)).halves
    one, two = (half.counts.toarray() - half.counts.toarray().mean(axis=0) for half in (first, second))
    correlation = (one * two).mean() / (one.std() * two.std())
    assert abs(correlation) < 0.02


def test_fractional_counts_are_rounded_without_bias() -> None:
    rng = np.random.default_rng(0)
    slide = slide_of(rng.gamma(2.0, 1.0, (500, 20)), np.zeros(500), ("a",))
    first, second = CountHalves.of(Tissue.of([slide], 20)).halves
    total = (first.counts + second.counts).toarray()
    assert (total == np.rint(total)).all()
    assert abs(total.mean() / slide.counts.mean() - 1) < 0.02
