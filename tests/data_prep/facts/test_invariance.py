"""Facts do not change with what has nothing to do with the tissue: bit for bit, in every statistic."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from data_prep.facts import artefacts
from data_prep.facts.facts import Facts
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import MarkerTable
from data_prep.facts.niche_views import Tissue
from data_prep.facts.spot_vectors import ScaledValues
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide
from tests.data_prep.facts.irrelevant_changes import CHANGES, OTHER_SIZE, SIZE
from tests.data_prep.facts.toy_slides import slide_of


@pytest.fixture(scope="module", params=["cells", "square"])
def slide(request: pytest.FixtureRequest) -> Slide:
    """Cells, and an array in which spots have many neighbours at equal distances."""
    slide = make_slide(12, n_spots=600, n_niches=4, n_genes=30, layout=request.param, pattern="voronoi")
    counts = slide.counts.multiply(0.37).tocsc()  # volume-normalised counts have fractions, whose sums round
    return dataclasses.replace(slide, counts=counts, niche=np.maximum(slide.niche, 0))


@pytest.fixture(scope="module")
def facts(slide: Slide) -> Facts:
    return Facts.measure(slide, SIZE)


@pytest.mark.parametrize("change", CHANGES)
def test_markers(facts: Facts, change: Callable[[Slide], Slide]) -> None:
    changed = Facts.measure(change(facts.slide), OTHER_SIZE).markers
    for field in dataclasses.fields(MarkerTable):
        np.testing.assert_array_equal(getattr(changed, field.name), getattr(facts.markers, field.name))


@pytest.mark.parametrize("change", CHANGES)
def test_shapes(facts: Facts, change: Callable[[Slide], Slide]) -> None:
    changed = Facts.measure(change(facts.slide), OTHER_SIZE)
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
    changed = Facts.measure(change(facts.slide), OTHER_SIZE)
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
    return np.array([*numbers, maps.detected(gene), maps.moran_z(gene)])


def _of_niche_finding(slide: Slide) -> np.ndarray:
    return slide.spot_names[Tissue.of([slide], 8).order[0]]


def _of_artefacts(slide: Slide) -> np.ndarray:
    measured = []
    with pytest.MonkeyPatch.context() as patch:
        measure = artefacts._measure_sorted
        patch.setattr(artefacts, "_measure_sorted", lambda part: measured.append(part) or measure(part))
        artefacts.measure_artefacts(slide)
    return measured[0].counts.toarray()


def _of_spot_vectors(slide: Slide) -> np.ndarray:
    return slide.spot_names[ScaledValues.of(slide, slide.genes.tolist()).order]


def _of_facts(slide: Slide) -> np.ndarray:
    return slide.spot_names[LabelledTissue.of(slide).spots]


@pytest.mark.parametrize("sorted_spots", [_of_niche_finding, _of_artefacts, _of_spot_vectors, _of_facts])
def test_names_tell_spots_at_one_position_apart(sorted_spots: Callable[[Slide], np.ndarray]) -> None:
    """Spots of equal position and depth but other counts stand in the order of their names, not of the file."""
    rng = np.random.default_rng(0)
    counts = rng.multinomial(20, np.full(8, 1 / 8), 200).astype(np.float32)
    xy = np.repeat(rng.random((50, 2)), 4, axis=0)
    slide = dataclasses.replace(
        slide_of(counts, np.arange(200) // 100, ("A", "B"), xy), spot_names=np.array([f"spot{n}" for n in range(200)])
    )
    order = rng.permutation(200)
    shuffled = dataclasses.replace(
        slide, counts=slide.counts[order], xy=xy[order], niche=slide.niche[order], spot_names=slide.spot_names[order]
    )
    np.testing.assert_array_equal(sorted_spots(shuffled), sorted_spots(slide))
