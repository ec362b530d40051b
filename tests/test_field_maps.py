"""The imputation tasks: left-out genes and left-out counts, the regression, and pools chosen by count splitting."""

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide
from tests.script_file import docs_module, load_script
from tests.two_sections import halves


@pytest.fixture(scope="module")
def tasks() -> ModuleType:
    return load_script("docs/field_tasks.py")


@pytest.fixture(scope="module")
def sections() -> list:
    of = docs_module("field.sections")
    slides = halves(make_slide(3, n_spots=900, n_niches=4, n_genes=40, layout="hex", pattern="layers"))
    return [of.Section(slide, "region") for slide in slides]


def shuffled(map_: np.ndarray) -> np.ndarray:
    return np.random.default_rng(0).permutation(map_)


def with_rate(slide: Slide, rate: np.ndarray) -> Slide:
    """The slide with Poisson counts; one even gene holds the depth."""
    rng = np.random.default_rng(0)
    even = np.full((slide.n_spots, slide.n_genes - rate.shape[1]), 5.0)
    return slide.with_counts(rng.poisson(np.hstack([rate, even])))


def test_the_left_out_map_itself_scores_one_and_a_shuffled_one_nothing(tasks: ModuleType, sections: list) -> None:
    genes, counts = tasks.left_out_genes, tasks.thinned_counts
    truth = {len(part.slide.xy): counts.halves(part)[1].map for part in sections[:1]}
    for result in (
        genes.leave_genes_out(
            "toy",
            sections,
            {
                genes.BASELINE: lambda lesson: lesson.test.values(lesson.target),
                "shuffled": lambda lesson: shuffled(lesson.test.values(lesson.target)),
            },
        ),
        counts.leave_counts_out(
            "toy",
            sections[:1],
            {
                counts.BASELINE: lambda half: truth[len(half.xy)],
                "shuffled": lambda half: shuffled(truth[len(half.xy)]),
            },
        ),
    ):
        perfect, chance = result.ways
        assert [round(perfect.scores[name].value, 6) for name in ("PCC", "cosine", "SSIM", "local SSIM")] == [1] * 4
        assert perfect.scores["JS"].value == pytest.approx(0, abs=1e-6)
        assert abs(chance.main.value) < 0.1
        assert chance.scores["JS"].value > 0.05


def test_every_way_runs_and_neighbours_help_where_regions_are_smooth(tasks: ModuleType, sections: list) -> None:
    result = tasks.thinned_counts.leave_counts_out("toy", sections[:1])
    noisy, pooled = (result.way(name) for name in ("nothing: the noisy half", result.baseline))
    assert result.unseen.startswith("half of the counts, 1 section, ")
    assert pooled.gain_over(noisy).verdict == "better"
    result = tasks.left_out_genes.leave_genes_out("toy", sections)
    assert result.way("neighbourhood regression").gain_over(result.way("depth map (control)")).verdict == "better"
    assert all(np.isfinite(scored.draws).all() for scored in result.ways)


def test_a_left_out_gene_does_not_show_in_the_features(tasks: ModuleType, sections: list) -> None:
    rng = np.random.default_rng(0)
    rate = np.full((sections[0].slide.n_spots, 10), 5.0)
    rate[:, 0] = 200 * rng.random(len(rate))  # most of the depth
    section = replace(sections[0], slide=with_rate(sections[0].slide, rate))
    part = tasks.left_out_genes.Part(section, np.arange(len(rate)))
    target = part.values(np.array([0]))[:, 0]
    lesson = tasks.left_out_genes.GeneLesson((part,), part, np.array([0]), np.arange(1, 10))
    assert abs(np.corrcoef(target, lesson.features[0].mean(axis=1))[0, 1]) < 0.15
    assert abs(np.corrcoef(target, part.known(lesson.shared).mean(axis=1))[0, 1]) < 0.15
    assert np.corrcoef(target, part.values(np.arange(1, 10)).mean(axis=1))[0, 1] < -0.5


def test_a_slide_with_one_section_predicts_every_spot_from_other_patches(tasks: ModuleType, sections: list) -> None:
    ((_, lessons),) = tasks.left_out_genes.lessons_of(sections[:1])
    seen = np.zeros((sections[0].slide.n_spots, sections[0].slide.n_genes), int)
    for lesson in lessons:
        assert not np.intersect1d(lesson.train[0].spots, lesson.test.spots).size
        assert not np.intersect1d(lesson.target, lesson.shared).size
        seen[np.ix_(lesson.test.spots, lesson.target)] += 1
    assert set(seen.ravel().tolist()) <= {0, 1}
    assert (seen.sum(axis=0) == sections[0].slide.n_spots).mean() > 0.9


def test_the_halves_hold_all_counts(tasks: ModuleType, sections: list) -> None:
    whole = sections[0].slide.counts
    one, other = tasks.thinned_counts.halves(sections[0])
    assert (one.counts + other.counts != whole).nnz == 0
    assert one.counts.sum() / whole.sum() == pytest.approx(0.5, abs=0.01)


def test_count_splitting_pools_smooth_maps_and_leaves_rough_ones(tasks: ModuleType, sections: list) -> None:
    counts, slide = tasks.thinned_counts, sections[0].slide
    rng = np.random.default_rng(1)
    smooth = np.repeat(np.where(slide.xy[:, :1] > np.median(slide.xy[:, 0]), 0.6, 0.2), 10, axis=1)
    rough = np.where(rng.random((slide.n_spots, 10)) < 0.3, 30.0, 0.5)
    for rate, least, most in ((smooth, 7, 200), (rough, 1, 1)):
        half, _ = counts.halves(replace(sections[0], slide=with_rate(slide, rate)))
        half = replace(half, target=np.arange(10))
        chosen = np.asarray(counts.LADDER)[counts.pool_deviance(half).sum(axis=1).argmin()]
        assert least <= chosen <= most


def test_the_deviance_is_that_of_a_poisson_distribution(tasks: ModuleType, sections: list) -> None:
    counts = tasks.thinned_counts
    half, _ = counts.halves(sections[0])
    seen, left_out = half.split(2)
    total = seen.depth.sum()
    spot = total / len(half.xy)
    rate = (seen.target_counts + spot * seen.target_counts.sum(axis=0) / total) / (seen.depth + spot)[:, None]
    from scipy.stats import poisson

    count, mean = left_out.target_counts[:, 0], (rate * left_out.depth[:, None])[:, 0]
    expected = 2 * (poisson.logpmf(count, np.maximum(count, 1e-12)) - poisson.logpmf(count, mean)).sum()
    assert counts.pool_deviance(half)[0, 0] == pytest.approx(expected, rel=1e-6)


def test_the_regression_is_ridge_with_own_features(tasks: ModuleType) -> None:
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(0)
    shared, own = rng.normal(size=(120, 5)), [rng.normal(size=(120, 3)) for _ in range(2)]
    target = rng.normal(size=(120, 3)) + own[0] - shared[:, :3]
    fit = tasks.thinned_counts.fit_ridge(shared, target, np.arange(120) // 10, own)
    value = fit.predict(shared, own)
    for gene in range(3):
        x = np.column_stack([shared, own[0][:, gene], own[1][:, gene]])
        plain = Ridge(fit.penalty).fit(x, target[:, gene])
        np.testing.assert_allclose(value[:, gene], plain.predict(x), atol=1e-8)


def test_noise_gets_the_largest_penalty(tasks: ModuleType) -> None:
    rng = np.random.default_rng(0)
    fit = tasks.thinned_counts.fit_ridge(rng.normal(size=(200, 50)), rng.normal(size=(200, 4)), np.arange(200) // 20)
    assert fit.penalty == 1e5


def test_pools_of_one_spot_are_the_map_itself(tasks: ModuleType, sections: list) -> None:
    counts = tasks.thinned_counts
    half, _ = counts.halves(sections[0])
    ones = np.ones(len(half.target), int)
    np.testing.assert_allclose(counts.pooled_maps(half, ones), half.map, atol=1e-6)
    assert sp.issparse(half.counts)


def test_components_are_those_of_the_part_that_was_learnt_from(
    tasks: ModuleType, sections: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A regression on ten components of the genes loses nothing; components of two fits would cost 7 % here."""
    counts = tasks.thinned_counts
    half, left_out = counts.halves(sections[0])

    def correlation() -> float:
        maps = counts.own_regression(half)
        return float(np.mean([np.corrcoef(*of)[0, 1] for of in zip(maps.T, left_out.map.T, strict=True)]))

    on_genes, components = correlation(), counts.components
    monkeypatch.setattr(counts, "MOST_GENES", 10)
    monkeypatch.setattr(counts, "components", lambda value: components(value, 10))
    assert on_genes > 0.1
    assert correlation() > 0.97 * on_genes
