"""Spot vectors: surroundings that express alike have like vectors, on all slides."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.facts.spot_vectors import SpotVectors
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide
from tests.data_prep.facts.irrelevant_changes import in_another_order
from tests.two_sections import halves


@pytest.fixture(scope="module")
def sections() -> tuple[Slide, Slide]:
    return halves(make_slide(3, n_spots=900, n_niches=4, n_genes=60, layout="hex", pattern="layers"))


def test_spots_of_a_niche_are_found_on_the_other_slide(sections: tuple[Slide, Slide]) -> None:
    vectors = SpotVectors.of(sections)
    first, second = sections
    assert [part.shape[0] for part in vectors.of_slide] == [first.n_spots, second.n_spots]
    for niche in first.niches:
        mean = vectors.of_slide[0][first.spots_of(niche)].mean(axis=0)
        score = vectors.of_slide[1] @ mean / np.linalg.norm(vectors.of_slide[1], axis=1)
        inside = second.spots_of(niche)
        top = np.argsort(-score)[: inside.sum() // 2]
        assert inside[top].mean() > 0.9


def test_depth_plays_no_part(sections: tuple[Slide, Slide]) -> None:
    deeper = sections[1].with_counts(sections[1].counts * 3)
    plain, changed = (SpotVectors.of([sections[0], second]).of_slide[1] for second in (sections[1], deeper))
    assert np.min([np.corrcoef(a, b)[0, 1] for a, b in zip(plain.T[:3], changed.T[:3], strict=True)]) > 0.9


def test_the_order_of_the_spots_changes_no_bit(sections: tuple[Slide, Slide]) -> None:
    order = np.random.default_rng(6).permutation(sections[0].n_spots)
    before = SpotVectors.of(sections)
    after = SpotVectors.of([in_another_order(sections[0]), sections[1]])
    np.testing.assert_array_equal(after.of_slide[0], before.of_slide[0][order])
    np.testing.assert_array_equal(after.of_slide[1], before.of_slide[1])


def test_labels_play_no_part(sections: tuple[Slide, Slide]) -> None:
    unlabelled = replace(sections[0], niche=np.full(sections[0].n_spots, -1, np.int32))
    np.testing.assert_array_equal(SpotVectors.of([unlabelled]).of_slide[0], SpotVectors.of([sections[0]]).of_slide[0])
