import numpy as np
import pytest

from data_prep.facts.tissue_outline import distance_to_edge, pitch_of


def square(n: int, pitch: float = 1.0) -> np.ndarray:
    """n × n spots of a square array."""
    return np.stack(np.meshgrid(np.arange(n), np.arange(n)), axis=-1).reshape(-1, 2) * pitch


def test_pitch_of_an_array() -> None:
    assert pitch_of(square(20, 200.0)) == pytest.approx(200.0)


def test_distance_grows_inwards_from_the_edge() -> None:
    xy = square(21)
    inward = distance_to_edge(xy, 1.0).reshape(21, 21)
    assert inward[10].argmax() == 10
    assert inward[0].max() < 0.6
    assert inward[10, :11] == pytest.approx(np.arange(11), abs=0.75)


def test_large_holes_have_an_edge_and_small_gaps_have_none() -> None:
    xy = square(31) - 15.0
    hole = np.hypot(*xy.T) > 5
    beside = np.abs(np.hypot(*xy[hole].T) - 5.5) < 0.5
    assert distance_to_edge(xy[hole], 1.0)[beside].max() < 2
    gap = np.hypot(*xy.T) > 1.1
    beside = np.abs(np.hypot(*xy[gap].T) - 2.0) < 0.5
    assert distance_to_edge(xy[gap], 1.0)[beside].min() > 8
