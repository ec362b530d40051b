"""Statistics of gene maps: each sees its pattern and is silent without it."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.facts.gene_maps import GeneMaps, morans_i
from data_prep.figures.canvas import Canvas
from data_prep.slide import Slide, SlideMeta

SIDE = 30
GENES = ("even", "left to right", "rim of b", "noise", "rest")


@pytest.fixture(scope="module")
def slide() -> Slide:
    """A square array with niche "a" left and "b" right; every spot has the same depth."""
    rng = np.random.default_rng(0)
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(float(SIDE)), np.arange(float(SIDE))))
    niche = (x >= SIDE / 2).astype(np.int32)
    rim = (x >= SIDE / 2) & (x < SIDE / 2 + 1)
    counts = np.stack([np.full(x.size, 20.0), x, np.where(rim, 30.0, 2.0), rng.poisson(5.0, x.size)], axis=1)
    counts = np.concatenate([counts, 200 - counts.sum(axis=1, keepdims=True)], axis=1)
    xy = np.stack([x, y], axis=1)
    return Slide("s", sp.csc_matrix(counts, dtype=np.float32), xy, np.array(GENES), niche, ("a", "b"), SlideMeta())


@pytest.fixture(scope="module")
def maps(slide: Slide) -> GeneMaps:
    return GeneMaps(Canvas(slide))


def test_morans_i_is_scanpys(maps: GeneMaps) -> None:
    from scanpy.metrics import morans_i as scanpys

    for gene in GENES[1:]:
        value = np.log1p(maps.rate(gene))
        assert morans_i(maps.graph, value) == pytest.approx(float(scanpys(maps.graph, value)), abs=1e-9)


def test_a_constant_gene_has_no_pattern(maps: GeneMaps) -> None:
    assert maps.moran("even")[0] == pytest.approx(0, abs=1e-9)


def test_only_a_pattern_has_a_large_z(maps: GeneMaps) -> None:
    assert maps.moran("left to right")[1] > 20
    assert abs(maps.moran("noise")[1]) < 4


def test_a_trend_has_its_axis_and_direction(maps: GeneMaps, slide: Slide) -> None:
    x, y = maps.trend("left to right")
    assert x > 0.95
    assert abs(y) < 0.1
    mirrored = GeneMaps(Canvas(replace(slide, xy=slide.xy * [-1, 1])))
    assert mirrored.trend("left to right")[0] < -0.95


def test_halves_and_rim_see_where_in_a_niche_a_gene_is(maps: GeneMaps) -> None:
    halves = maps.halves("left to right", "a")
    assert halves["right"].log2_ratio > 1
    assert halves["left"].log2_ratio == -halves["right"].log2_ratio
    assert abs(halves["upper"].log2_ratio) < 0.1
    rim = maps.rim("rim of b", "b")
    assert rim.log2_ratio > 2
    assert rim.p_value < 1e-6
    assert abs(maps.rim("even", "b").log2_ratio) < 0.01


def test_spots_of_other_niches_do_not_enter_a_rim(maps: GeneMaps) -> None:
    assert maps.rim("rim of b", "a").log2_ratio == pytest.approx(0, abs=0.01)


def test_spots_far_from_a_border_are_far_and_not_unknown(maps: GeneMaps, slide: Slide) -> None:
    steps = maps.steps_from("b", inwards=True)
    assert np.isfinite(steps[slide.niche == 1]).all()
    assert np.isinf(steps[slide.niche == 0]).all()
    assert steps[slide.xy[:, 0] == SIDE / 2].max() == 1


def test_a_gene_that_follows_depth_is_told(slide: Slide) -> None:
    counts = slide.counts.toarray()
    counts[:, 4] = 50 + 40 * np.sin(slide.xy[:, 1])
    counts[:, 3] = counts[:, 4] ** 2 / 10  # its share of the counts rises with the depth
    maps = GeneMaps(Canvas(replace(slide, counts=sp.csc_matrix(counts, dtype=np.float32))))
    assert maps.depth_correlation("noise") > 0.8
    assert maps.depth_correlation("even") < 0
