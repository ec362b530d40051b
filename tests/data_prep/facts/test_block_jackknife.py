"""Block jackknife: closed forms give what leaving out one block after the other gives."""

import numpy as np
import pytest

from data_prep.facts.block_jackknife import correlation_with_error, jackknife_error, ratio_error

BLOCK = np.repeat(np.arange(15), 20)


def _by_hand(statistic_without: list[float]) -> float:
    left_out = np.array(statistic_without)
    return float(np.sqrt((len(left_out) - 1) / len(left_out) * ((left_out - left_out.mean()) ** 2).sum()))


def test_the_error_of_a_mean_is_the_textbook_one() -> None:
    values = np.random.default_rng(0).normal(size=200)
    left_out = (values.sum() - values) / 199
    assert jackknife_error(left_out, np.ones(200, bool)) == pytest.approx(values.std(ddof=1) / np.sqrt(200))


def test_blocks_without_a_part_do_not_count() -> None:
    left_out = np.array([1.0, 2.0, 3.0, np.nan])
    assert jackknife_error(left_out, np.array([True, True, True, False])) == _by_hand([1.0, 2.0, 3.0])
    assert jackknife_error(left_out, np.array([True, False, False, False])) == 0


def test_ratios() -> None:
    rng = np.random.default_rng(1)
    part, whole = rng.random((2, 300))
    by_block = [np.bincount(BLOCK, values) for values in (part, whole)]
    expected = _by_hand([part[b != BLOCK].sum() / whole[b != BLOCK].sum() for b in range(15)])
    assert ratio_error(*by_block) == pytest.approx(expected)


def test_correlations() -> None:
    rng = np.random.default_rng(2)
    a = rng.normal(size=(2, 300))
    b = a[0] + rng.normal(size=300)
    moments = [
        np.stack([np.bincount(BLOCK, row) for row in np.broadcast_to(values, (2, 300))])
        for values in (np.ones(300), a, b, a * a, b * b, a * b)
    ]
    value, error = correlation_with_error(*moments)
    for row in (0, 1):
        assert value[row] == pytest.approx(np.corrcoef(a[row], b)[0, 1])
        without = [np.corrcoef(a[row][i != BLOCK], b[i != BLOCK])[0, 1] for i in range(15)]
        assert error[row] == pytest.approx(_by_hand(without))


def test_a_constant_has_no_correlation() -> None:
    size = np.full(15, 20.0)
    wave = np.sin(np.arange(15.0))
    value, error = correlation_with_error(size, 0 * wave, wave, 0 * wave, size, 0 * wave)
    assert value == error == 0
