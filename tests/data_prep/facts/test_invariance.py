"""Facts do not change with what has nothing to do with the tissue: bit for bit, in every statistic."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.facts.facts import Facts
from data_prep.facts.marker_rule import MarkerTable
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide


def _bigger_picture(slide: Slide) -> Slide:
    return slide


def _with_unlabelled_tissue(slide: Slide) -> Slide:
    """As many spots again around and between the labelled ones, some with very high counts."""
    rng = np.random.default_rng(5)
    low, high = slide.xy.min(axis=0), slide.xy.max(axis=0)
    xy = low + (rng.random((slide.n_spots, 2)) * 1.6 - 0.3) * (high - low)
    counts = sp.csc_matrix(rng.poisson(20.0, (slide.n_spots, slide.n_genes)), dtype=np.float32)
    order = rng.permutation(2 * slide.n_spots)
    return dataclasses.replace(
        slide,
        xy=np.concatenate([slide.xy, xy])[order],
        counts=sp.vstack([slide.counts, counts]).tocsr()[order].tocsc(),
        niche=np.r_[slide.niche, np.full(slide.n_spots, -1)].astype(np.int32)[order],
    )


def _in_another_order(slide: Slide) -> Slide:
    order = np.random.default_rng(6).permutation(slide.n_spots)
    return dataclasses.replace(slide, xy=slide.xy[order], counts=slide.counts[order].tocsc(), niche=slide.niche[order])


def _with_other_names(slide: Slide) -> Slide:
    genes = np.array([f"Z{i * 7 % 97}x" for i in range(slide.n_genes)])
    return dataclasses.replace(slide, genes=genes, niches=tuple(f"region {i * 3 % 11}" for i in range(4)))


CHANGES = (_bigger_picture, _with_unlabelled_tissue, _in_another_order, _with_other_names)


@pytest.fixture(scope="module", params=["cells", "square"])
def slide(request: pytest.FixtureRequest) -> Slide:
    """Cells, and an array in which spots have many neighbours at equal distances."""
    slide = make_slide(12, n_spots=600, n_niches=4, n_genes=30, layout=request.param, pattern="voronoi")
    counts = slide.counts.multiply(0.37).tocsc()  # volume-normalised counts have fractions, whose sums round
    return dataclasses.replace(slide, counts=counts, niche=np.maximum(slide.niche, 0))


@pytest.fixture(scope="module")
def facts(slide: Slide) -> Facts:
    return Facts.measure(slide, 64)


@pytest.mark.parametrize("change", CHANGES)
def test_markers(facts: Facts, change: Callable[[Slide], Slide]) -> None:
    changed = Facts.measure(change(facts.slide), 224).markers
    for field in dataclasses.fields(MarkerTable):
        np.testing.assert_array_equal(getattr(changed, field.name), getattr(facts.markers, field.name))


@pytest.mark.parametrize("change", CHANGES)
def test_shapes(facts: Facts, change: Callable[[Slide], Slide]) -> None:
    changed = Facts.measure(change(facts.slide), 224)
    names = dict(zip(changed.slide.niches, facts.slide.niches, strict=True))

    def comparable(shape: object) -> dict[str, object]:
        fields = dataclasses.asdict(shape)
        for name in ("contacts", "contact_errors"):
            fields[name] = {names.get(other, other): value for other, value in fields[name].items()}
        return fields

    assert {names[name]: comparable(shape) for name, shape in changed.shapes.items()} == {
        name: dataclasses.asdict(shape) for name, shape in facts.shapes.items()
    }


@pytest.mark.parametrize("change", CHANGES)
def test_gene_maps(facts: Facts, change: Callable[[Slide], Slide]) -> None:
    changed = Facts.measure(change(facts.slide), 224)
    for column in range(0, 30, 3):
        ours, theirs = (_statistics(one, column) for one in (facts, changed))
        np.testing.assert_array_equal(ours, theirs)
    assert np.isfinite(ours).mean() > 0.7


def _statistics(facts: Facts, column: int) -> np.ndarray:
    """Values and errors of every statistic of a gene."""
    maps, genes, niches = facts.gene_maps, [str(gene) for gene in facts.slide.genes], facts.slide.niches
    gene, other = genes[column], genes[(column + 1) % len(genes)]
    measured = [
        maps.moran(gene),
        *maps.trend(gene),
        maps.depth_correlation(gene),
        maps.map_correlation(gene, other),
        *maps.ninths(gene).values(),
        *(ratio for niche in niches for ratio in maps.halves(gene, niche).values()),
        *(maps.rim(gene, niche) for niche in niches),
        *(maps.spill(gene, niche, niches[0]) for niche in niches[1:]),
    ]
    numbers = [number for one in measured for number in (one.value, one.error)]
    return np.array([*numbers, maps.detected(gene), maps.moran_z(gene), *maps.centroid(gene)])
