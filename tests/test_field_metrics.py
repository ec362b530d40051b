"""The scores of the field's tasks, against cases computed by hand, and their errors."""

from types import ModuleType

import numpy as np
import pytest
import scipy.sparse as sp

from tests.script_file import docs_module


@pytest.fixture(scope="module")
def metrics() -> ModuleType:
    return docs_module("field.task_metrics")


def column(*values: float) -> np.ndarray:
    return np.array(values, float)[:, None]


def test_f1_and_accuracy_of_a_table_by_hand(metrics: ModuleType) -> None:
    table = metrics.confusion(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 3]), 4)
    assert table.tolist() == [[1, 1, 0, 0], [0, 2, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert metrics.accuracy(table) == pytest.approx(3 / 5)
    # F1: 2·1/(2+1), 2·2/(2+3), 0; the fourth class does not occur and does not count.
    assert metrics.macro_f1(table) == pytest.approx((2 / 3 + 4 / 5 + 0) / 3)
    assert metrics.macro_f1(np.stack([table, np.eye(4)])).tolist() == pytest.approx([(2 / 3 + 4 / 5) / 3, 1.0])


def test_correlation_and_cosine_by_hand(metrics: ModuleType) -> None:
    assert metrics.cosine(column(3, 4), column(4, 3)) == pytest.approx(24 / 25)
    assert metrics.pearson(column(1, 2, 3), column(2, 4, 7)) == pytest.approx(np.corrcoef([1, 2, 3], [2, 4, 7])[0, 1])
    assert metrics.pearson(column(1, 2), column(5, 5)).tolist() == [0.0]
    assert metrics.cosine(column(1, 2), column(0, 0)).tolist() == [0.0]


def test_similarity_of_structure_by_hand(metrics: ModuleType) -> None:
    same, turned = column(2, 0), column(0, 7)
    assert metrics.ssim(same, 3 * same) == pytest.approx(1.0)
    # Divided by their maxima: means ½, variances ¼, covariance -¼; the light is equal.
    spread = metrics.SSIM_SPREAD
    assert metrics.ssim(same, turned) == pytest.approx((-0.5 + spread) / (0.5 + spread))
    # In windows of one spot nothing varies, and light against dark counts as unlike.
    light = metrics.SSIM_MEAN / (1 + metrics.SSIM_MEAN)
    assert metrics.ssim(same, turned, sp.identity(2, format="csr")) == pytest.approx(light)


def test_divergence_in_bits_by_hand(metrics: ModuleType) -> None:
    assert metrics.divergence(column(1, 0), column(0, 3)) == pytest.approx(1.0)
    assert metrics.divergence(column(1, 3), column(2, 6)) == pytest.approx(0.0)
    # p = (1, 0), q = (½, ½), middle (¾, ¼): ½·log2(4/3) + ½·(½·log2(2/3) + ½·log2(2)).
    expected = 0.5 * np.log2(4 / 3) + 0.25 * np.log2(2 / 3) + 0.25
    assert metrics.divergence(column(5, 0), column(1, 1)) == pytest.approx(expected)
    assert metrics.divergence(column(0, 0), column(1, 1)) == pytest.approx(0.0)


def test_the_error_of_a_median_shrinks_with_the_number_of_genes(metrics: ModuleType) -> None:
    rng = np.random.default_rng(0)
    few, many = (metrics.medians(rng.normal(size=n))[0] for n in (50, 5000))
    assert few.error / many.error == pytest.approx(10, rel=0.3)
    assert metrics.medians(np.full(9, 0.5))[0] == metrics.Estimate(0.5, 0.0)


def test_a_gain_is_paired(metrics: ModuleType) -> None:
    values = np.random.default_rng(1).normal(size=200)
    scored = [
        metrics.Scored(name, {"PCC": metrics.medians(of)[0]}, metrics.medians(of)[1])
        for name, of in (("a", values), ("b", values + 0.01))
    ]
    gain = scored[1].gain_over(scored[0])
    assert scored[0].main.error > 0.05
    assert (round(gain.value, 6), round(gain.error, 6), gain.verdict) == (0.01, 0.0, "better")
    assert scored[0].gain_over(scored[1]).verdict == "worse"
    assert scored[0].gain_over(scored[0]).verdict == "equal"
    assert metrics.Estimate(0.1, 0.06).verdict == "equal"


def test_bootstrap_samples_have_as_many_units(metrics: ModuleType) -> None:
    totals = metrics.resampled(lambda copies: copies.sum(axis=1), 7)
    assert set(totals.tolist()) == {7}
    assert len(totals) == metrics.RESAMPLES
