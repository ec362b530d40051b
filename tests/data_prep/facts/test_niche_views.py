"""Views: as many components as asked for, pools that no order of slides changes, and one clip for all blocks."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.facts.choices.label_scores import middle_pool
from data_prep.facts.niche_views import Rate, Tissue, make_views, pool_sizes, pools_of
from data_prep.niche_options import Preparation
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide


def array(n_spots: int, name: str) -> Slide:
    slide = make_slide(3, n_spots=n_spots, n_niches=3, n_genes=90, layout="hex", pattern="layers")
    return replace(slide, name=name)


@pytest.mark.parametrize("pool", [1, 7])
def test_all_components_that_are_asked_for_are_there(pool: int) -> None:
    tissue = Tissue.of([array(400, "a")], 90)
    for view in make_views(tissue, Preparation(n_components=80, pool=pool)):
        assert view.values.shape == (400, 80), view.way


def test_the_slide_in_the_middle_decides_the_pools() -> None:
    slides = [array(n, name) for n, name in ((2200, "a"), (300, "b"), (1000, "c"))]
    assert len({pool_sizes(slide) for slide in slides}) == 3
    for order in ([0, 1, 2], [1, 2, 0], [2, 0, 1]):
        tissue = Tissue.of([slides[place] for place in order], 90)
        assert pools_of(tissue) == pool_sizes(slides[2])
        assert middle_pool(tissue) == pool_sizes(slides[2])[len(pool_sizes(slides[2])) // 2]


def test_pearson_residuals_of_a_spot_do_not_depend_on_its_block() -> None:
    slide = array(400, "a")
    counts = slide.counts.tolil()
    counts[5, 0] = 100_000
    tissue = Tissue.of([slide.with_counts(counts.tocsc())], 90)
    rate = Rate(tissue, "pearson")
    whole = rate.of(tissue.counts, tissue.depth)
    parts = [rate.of(tissue.counts[rows], tissue.depth[rows]) for rows in np.split(np.arange(400), 40)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert np.abs(whole).max() <= np.sqrt(400)
