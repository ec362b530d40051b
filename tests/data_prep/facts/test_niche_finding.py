"""Found niches: always the same, near to what was planted, with their reason."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from data_prep.errors import NicheLensError
from data_prep.facts.niche_finding import find_niches
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.slide import MIN_NICHE_SPOTS, Slide
from data_prep.synth.tissue import make_slide


@pytest.fixture(scope="module")
def slide() -> Slide:
    return make_slide(28, n_spots=900, n_niches=5, n_genes=120, layout="hex", pattern="layers")


def test_planted_niches_are_found(slide: Slide) -> None:
    found = find_niches(slide)
    assert adjusted_rand_score(found.niche, slide.niche) > 0.3
    assert np.bincount(found.niche).min() >= MIN_NICHE_SPOTS
    assert found.niches == tuple(f"niche {i + 1}" for i in range(len(found.niches)))
    assert (np.diff(np.bincount(found.niche)) <= 0).all()
    assert "Leiden, resolution" in found.meta.niches_from


def test_the_same_slide_has_the_same_niches(slide: Slide) -> None:
    np.testing.assert_array_equal(find_niches(slide).niche, find_niches(slide).niche)


def test_a_handful_of_spots_is_refused(slide: Slide) -> None:
    few = Slide("few", slide.counts[:20].tocsc(), slide.xy[:20], slide.genes, slide.niche[:20], (), slide.meta)
    with pytest.raises(NicheLensError, match="too few"):
        find_niches(few)


def test_real_tissue_without_labels(real_data: Path) -> None:
    (slide,) = read_slides(real_data / "slides" / "visium_human_breast_matched_crop.h5ad", ReadOptions())
    slide = find_niches(slide)
    assert 2 <= len(slide.niches) <= 10
