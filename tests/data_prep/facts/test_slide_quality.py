"""What was planted in a slide is measured: nearly empty spots, silent genes, an uneven depth."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.facts.slide_quality import SlideQuality
from data_prep.slide import Slide
from tests.data_prep.facts.toy_slides import slide_of

SIDE = 30


@pytest.fixture(scope="module")
def slide() -> Slide:
    """900 spots on a grid: 12 are nearly empty, 5 of 60 genes are silent, the left half is four times as deep."""
    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).reshape(-1, 2).astype(float)
    depth = np.where(grid[:, 0] < SIDE / 2, 4.0, 1.0)
    counts = rng.poisson(depth[:, None] * np.full(60, 2.0)[None])
    counts[:, 55:] = 0
    counts[:12] = 0
    counts[:12, 0] = 1
    counts[5, 1] = 1
    return slide_of(counts, np.full(len(grid), -1), (), grid)


def test_planted_faults_are_measured(slide: Slide) -> None:
    quality = SlideQuality.measure(slide)
    assert (quality.n_shallow, quality.n_silent_genes) == (12, 5)
    assert quality.patch_ratio == pytest.approx(4.0, rel=0.1)
    assert quality.genes_per_spot[:6].tolist() == [1, 1, 1, 1, 1, 2]
    assert quality.median_depth == np.median(slide.depth)
    assert quality.niche_depths == ()
    assert quality.is_panel


def test_a_gene_in_two_spots_is_rare() -> None:
    counts = np.ones((40, 3))
    counts[:, 1] = 0
    counts[:2, 1] = 1
    quality = SlideQuality.measure(slide_of(counts, np.zeros(40), ("A",)))
    assert (quality.n_rare_genes, quality.n_silent_genes) == (1, 0)


def test_the_case_of_the_symbols_tells_the_organism(slide: Slide) -> None:
    for names, organism in (("GENE", "human"), ("Gene", "mouse")):
        genes = np.array([f"{names}{number}" for number in range(slide.n_genes)])
        assert SlideQuality.measure(replace(slide, genes=genes)).organism_by_symbols == organism


def test_the_order_of_the_spots_does_not_matter(slide: Slide) -> None:
    order = np.random.default_rng(1).permutation(slide.n_spots)
    other = SlideQuality.measure(
        replace(slide, counts=slide.counts[order], xy=slide.xy[order], niche=slide.niche[order])
    )
    here = SlideQuality.measure(slide)
    assert (other.patch_ratio, other.spacing, other.n_shallow) == (here.patch_ratio, here.spacing, here.n_shallow)
    assert (other.genes_per_spot == here.genes_per_spot[order]).all()
