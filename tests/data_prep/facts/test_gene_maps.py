"""Statistics of gene maps: each sees its pattern and is silent without it."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.facts.gene_maps import GeneMaps
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.measurement import Measurement
from data_prep.slide import Slide, SlideMeta

SIDE = 36
GENES = ("even", "left to right", "rim of b", "spills from b", "noise", "top left", "rest")


def _maps(slide: Slide) -> GeneMaps:
    return GeneMaps(LabelledTissue.of(slide))


@pytest.fixture(scope="module")
def slide() -> Slide:
    """A square array with niche "b" as a square in the middle of "a"; every spot has the same depth."""
    rng = np.random.default_rng(0)
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(float(SIDE)), np.arange(float(SIDE))))
    away = np.maximum(np.abs(x - 17.5), np.abs(y - 17.5))
    rate = {
        "even": 20 + 0 * x,
        "left to right": 2 + 38 * x / SIDE,
        "rim of b": np.where((away > 8) & (away < 10), 30.0, 4.0),
        "spills from b": np.where(away < 10, 30.0, np.where(away < 12, 12.0, 2.0)),
        "noise": 5 + 0 * x,
        "top left": np.where((x < 12) & (y < 12), 30.0, 6.0),
    }
    counts = rng.poisson(np.stack(list(rate.values()), axis=1)).astype(float)
    counts[:, 0] = 20.0
    counts = np.concatenate([counts, 300 - counts.sum(axis=1, keepdims=True)], axis=1)
    niche = (away < 10).astype(np.int32)
    xy = np.stack([x, y], axis=1)
    return Slide("s", sp.csc_matrix(counts, dtype=np.float32), xy, np.array(GENES), niche, ("a", "b"), SlideMeta())


@pytest.fixture(scope="module")
def maps(slide: Slide) -> GeneMaps:
    return _maps(slide)


def _sure(measured: Measurement, least: float) -> bool:
    return measured.value - 2 * measured.error > least


def test_only_a_pattern_has_a_large_z(maps: GeneMaps) -> None:
    assert maps.moran_z("left to right") > 20
    assert _sure(maps.moran("left to right"), 0.2)
    assert abs(maps.moran_z("noise")) < 4
    assert maps.moran("even") == Measurement(0.0, 0.0, noise=1.0)


def test_a_trend_has_its_axis_and_direction(maps: GeneMaps, slide: Slide) -> None:
    x, y = maps.trend("left to right")
    assert _sure(x, 0.9)
    assert abs(y.value) < 2 * y.error + 0.1
    mirrored = _maps(replace(slide, xy=slide.xy * [-1, 1]))
    assert _sure(-mirrored.trend("left to right")[0], 0.9)


def test_halves_see_in_which_part_of_a_niche_a_gene_is(maps: GeneMaps) -> None:
    halves = maps.halves("left to right", "b")
    assert halves["right"].value == pytest.approx(np.log2((2 + 38 * 22.5 / 36) / (2 + 38 * 12.5 / 36)), abs=0.1)
    assert _sure(halves["right"], 0.4)
    assert halves["left"] == -halves["right"]
    assert abs(halves["upper"].value) < 0.15


def test_a_rim_is_told_from_a_core(maps: GeneMaps) -> None:
    assert _sure(maps.rim("rim of b", "b"), 2)
    assert abs(maps.rim("even", "b").value) < 0.01
    assert np.isnan(maps.rim("rim of b", "a").value)  # it surrounds "b" and ends at the edge of the tissue


def test_a_gene_that_spills_over(maps: GeneMaps) -> None:
    assert _sure(maps.spill("spills from b", "b", "a"), 1.5)
    assert abs(maps.spill("noise", "b", "a").value) < 0.3
    assert np.isnan(maps.spill("noise", "b", "b").value)


def test_one_ninth_at_most_is_the_highest(maps: GeneMaps) -> None:
    places = maps.ninths("top left")
    assert _sure(places["upper left"], 1.5)
    assert all(places[place].value < 0 for place in places if place != "upper left")
    assert places["top"].value == pytest.approx(-places["upper left"].value, abs=0.3)
    best = max(maps.ninths("noise").values(), key=lambda ratio: ratio.value)
    assert 0 <= best.value < 2 * best.error + 0.15  # a winner by chance


def test_a_ninth_with_few_spots_is_unknown(slide: Slide) -> None:
    x, y = slide.xy.T
    kept = ~((x < 12) & (y < 12)) | ((x < 3) & (y < 3))
    few = replace(slide, counts=slide.counts[kept].tocsc(), xy=slide.xy[kept], niche=slide.niche[kept])
    places = _maps(few).ninths("noise")
    assert [place for place, ratio in places.items() if np.isnan(ratio.value)] == ["upper left"]


def test_correlated_maps(maps: GeneMaps) -> None:
    assert _sure(maps.map_correlation("spills from b", "rim of b"), 0.2)
    unrelated = maps.map_correlation("left to right", "spills from b")
    assert abs(unrelated.value) < 2 * unrelated.error + 0.1
    assert maps.map_correlation("noise", "noise").value == pytest.approx(1)
    assert maps.map_correlation("noise", "even").value == 0


def test_a_gene_that_follows_depth_is_told(slide: Slide) -> None:
    counts = slide.counts.toarray()
    counts[:, 6] = 50 + 40 * np.sin(slide.xy[:, 1])
    counts[:, 4] = counts[:, 6] ** 2 / 10  # its share of the counts rises with the depth
    maps = _maps(replace(slide, counts=sp.csc_matrix(counts, dtype=np.float32)))
    assert _sure(maps.depth_correlation("noise"), 0.7)
    assert maps.depth_correlation("even").value < 0


def test_genes_measured_together_have_the_same_statistics(slide: Slide, monkeypatch: pytest.MonkeyPatch) -> None:
    together, alone = _maps(slide), _maps(slide)
    together.prefetch(GENES)
    monkeypatch.setattr(alone, "_genes_at_once", 1)
    for gene in GENES[:6]:
        for maps in (together, alone):
            assert maps.detected(gene) == pytest.approx((slide.counts[:, [slide.gene_index(gene)]] > 0).mean())
        assert together.halves(gene, "a") == alone.halves(gene, "a")
        assert together.spill(gene, "b", "a") == alone.spill(gene, "b", "a")
        assert together.ninths(gene) == alone.ninths(gene)
        for statistic in ("moran", "depth_correlation"):
            one, other = (getattr(maps, statistic)(gene) for maps in (together, alone))
            assert (one.value, one.error) == pytest.approx((other.value, other.error), abs=1e-9)
        assert together.trend(gene)[0].value == pytest.approx(alone.trend(gene)[0].value, abs=1e-9)


def test_announced_genes_are_measured_at_once(slide: Slide, monkeypatch: pytest.MonkeyPatch) -> None:
    maps, batches = _maps(slide), []
    made = maps._make_batch
    monkeypatch.setattr(maps, "_batch", lambda genes: batches.append(genes) or made(genes))
    maps.prefetch(GENES[:4])
    for gene in GENES[:4]:
        maps.moran(gene)
    assert batches == [GENES[:4]]
    maps.moran("noise")
    assert batches == [GENES[:4], ("noise",)]


def test_pairs_measured_together_are_the_same(slide: Slide, monkeypatch: pytest.MonkeyPatch) -> None:
    together, alone = _maps(slide), _maps(slide)
    monkeypatch.setattr(together, "_genes_at_once", 4)
    together.prefetch_pairs(GENES[1:6])
    for a, b in combinations(GENES[1:6], 2):
        one, other = together.map_correlation(a, b), alone.map_correlation(b, a)
        assert (one.value, one.error) == pytest.approx((other.value, other.error), abs=1e-12)
