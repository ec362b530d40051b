"""The deconvolution task: squares of cells, and what perfect and shuffled proportions score."""

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from data_prep.facts.spot_graph import spot_graph
from data_prep.synth.tissue import make_slide
from tests.script_file import docs_module
from tests.two_sections import halves


@pytest.fixture(scope="module")
def deconvolution() -> ModuleType:
    return docs_module("field.deconvolution")


@pytest.fixture(scope="module")
def parts() -> list:
    """Two sections with four cell types, each held out once."""
    of = docs_module("field.sections")
    slides = halves(make_slide(4, n_spots=1400, n_niches=4, n_genes=60, layout="cells", pattern="mixed"))
    return of.folds([of.Section(slide, "cell_type") for slide in slides])


def test_the_true_proportions_score_one_and_shuffled_ones_chance(deconvolution: ModuleType, parts: list) -> None:
    rng = np.random.default_rng(0)
    result = deconvolution.deconvolve(
        "toy",
        parts,
        {
            deconvolution.BASELINE: lambda mixtures: 7 * mixtures.truth,
            "shuffled": lambda mixtures: rng.permutation(mixtures.truth),
        },
    )
    perfect, chance = result.ways
    assert [round(score.value, 6) for score in perfect.scores.values()] == [1, 0, 0]
    assert abs(chance.main.value) < 0.15
    assert chance.scores["RMSE"].value > 0.05
    assert chance.scores["JS"].value > 0.01


def test_squares_hold_about_ten_cells(deconvolution: ModuleType, parts: list) -> None:
    mixtures = deconvolution.bin_cells(parts[0])
    test = parts[0].held_out
    size = np.bincount(deconvolution.squares_of(test.slide.xy))
    assert size.mean() == pytest.approx(deconvolution.CELLS, rel=0.2)
    assert size.sum() == test.slide.n_spots
    used = (size >= deconvolution.FEWEST) & (size <= deconvolution.MOST)
    assert len(mixtures.counts) == used.sum() > 30
    np.testing.assert_allclose(mixtures.truth.sum(axis=1), 1)
    assert mixtures.counts.sum() <= test.slide.counts.sum()


def test_cells_without_a_type_or_of_an_unknown_one_leave_their_squares(deconvolution: ModuleType, parts: list) -> None:
    fold = parts[0]
    name = fold.held_out.slide.niches[0]
    hidden = replace(fold.held_out.slide, niche=np.where(fold.held_out.slide.niche == 0, -1, fold.held_out.slide.niche))
    mixtures = deconvolution.bin_cells(replace(fold, held_out=replace(fold.held_out, slide=hidden)))
    assert not mixtures.truth[:, mixtures.types.index(name)].any()
    slide = fold.training[0].slide
    taught = replace(slide, niche=np.where(slide.niche == slide.niches.index(name), -1, slide.niche))
    mixtures = deconvolution.bin_cells(replace(fold, training=(replace(fold.training[0], slide=taught),)))
    assert name not in mixtures.types
    np.testing.assert_allclose(mixtures.truth.sum(axis=1), 1)


def test_every_way_beats_the_control(deconvolution: ModuleType, parts: list) -> None:
    result = deconvolution.deconvolve("toy", parts)
    control = result.way("mean proportions (control)")
    assert control.main.value == pytest.approx(0, abs=1e-6)
    for scored in result.ways:
        assert scored is control or scored.gain_over(control).verdict == "better", scored.way


def test_counts_without_noise_give_the_numbers_of_cells(deconvolution: ModuleType) -> None:
    rng = np.random.default_rng(0)
    signature, weight = rng.gamma(0.5, 5, size=(4, 60)), rng.integers(0, 8, size=(30, 4)).astype(float)
    near = spot_graph(rng.random((30, 2)))
    found = deconvolution.poisson_weights(weight @ signature, signature, near, 0.0)
    np.testing.assert_allclose(found, weight, atol=0.15)


def test_neighbours_are_used_where_counts_are_few_and_not_where_they_are_many(deconvolution: ModuleType) -> None:
    rng = np.random.default_rng(0)
    xy = np.stack(np.meshgrid(np.arange(15), np.arange(15)), -1).reshape(-1, 2).astype(float)
    near = spot_graph(xy)
    near.data[:] = 1
    near = near.multiply(1 / near.sum(axis=1)).tocsr()
    signature = rng.gamma(1, 1, size=(3, 40))
    smooth = np.where(xy[:, :1] < 7, [[8.0, 1.0, 1.0]], [[1.0, 1.0, 8.0]])
    rough = 10 * np.eye(3)[rng.integers(0, 3, len(xy))]
    few = rng.poisson(0.02 * smooth @ signature).astype(float)
    many = rng.poisson(20 * rough @ signature).astype(float)
    assert deconvolution.choose_strength(few, signature, near) >= 1
    assert deconvolution.choose_strength(many, signature, near) == 0


def test_a_gene_that_the_reference_measures_less_gets_its_factor(deconvolution: ModuleType, parts: list) -> None:
    mixtures = deconvolution.bin_cells(parts[0])
    gene = int(np.argmax(mixtures.counts.sum(axis=0)))
    counts = mixtures.counts.copy()
    counts[:, gene] *= 3
    before, after = (deconvolution.gene_factors(of)[gene] for of in (mixtures, replace(mixtures, counts=counts)))
    assert after / before > 1.8
