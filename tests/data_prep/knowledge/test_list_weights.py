"""Weights of the genes of a list: loud genes speak louder, but not in proportion to their counts."""

import numpy as np
import pytest

from data_prep.knowledge.list_weights import list_weights


def test_a_hundredfold_gene_speaks_tenfold() -> None:
    totals = np.array([100.0, 10_000.0])
    part = list_weights(totals) * totals
    assert part[1] / part[0] == pytest.approx(10.0)


def test_a_gene_without_counts_weighs_nothing() -> None:
    assert list_weights(np.array([0.0, 5.0, 0.0])) == pytest.approx([0.0, 1.0, 0.0])
    assert list_weights(np.zeros(3)).tolist() == [0.0, 0.0, 0.0]
    assert len(list_weights(np.zeros(0))) == 0


def test_one_gene_and_equal_genes_weigh_one() -> None:
    assert list_weights(np.array([73.0])) == pytest.approx(1.0)
    assert list_weights(np.full(4, 20.0)) == pytest.approx(np.ones(4))


def test_the_sum_has_the_variance_of_a_count() -> None:
    rng = np.random.default_rng(0)
    mean = np.array([0.3, 2.0, 40.0, 8.0])
    counts = rng.poisson(mean, (40_000, 4))
    total = counts @ list_weights(counts.sum(axis=0).astype(float))
    assert total.var() / total.mean() == pytest.approx(1.0, abs=0.05)


def test_the_unit_of_the_counts_cancels_out() -> None:
    totals = np.array([3.0, 50.0, 700.0])
    assert list_weights(10 * totals) == pytest.approx(list_weights(totals))
