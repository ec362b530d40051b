"""Curves against values computed by hand."""

import numpy as np
import pytest

from inference.evaluation.scores.curves import measure_curves


def test_bins_and_coverage_by_hand():
    label = np.array([1, 0, 1, 0])
    curves = measure_curves(label, np.array([0.95, 0.93, 0.55, 0.05]))
    assert curves.reliability == (
        pytest.approx((0.05, 0.0, 1)),
        pytest.approx((0.55, 1.0, 1)),
        pytest.approx((0.94, 0.5, 2)),
    )
    # by falling confidence: 0.95 right, 0.05 right, 0.93 wrong, 0.55 right
    assert curves.coverage == ((0.25, 0.0), (0.5, 0.0), (0.75, pytest.approx(1 / 3)), (1.0, 0.25))


def test_many_questions_give_few_points_that_end_at_all():
    curves = measure_curves(np.arange(1000) % 2, np.linspace(0, 1, 1000))
    assert len(curves.coverage) == 50
    assert curves.coverage[-1][0] == 1.0
