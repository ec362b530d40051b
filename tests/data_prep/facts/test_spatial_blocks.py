"""Spatial blocks: compact, of equal size, and the same in any order of the spots."""

import numpy as np
import pytest

from data_prep.facts.spatial_blocks import FEWEST_BLOCKS, MOST_BLOCKS, spatial_blocks


@pytest.mark.parametrize(("n", "expected"), [(60, FEWEST_BLOCKS), (500, 20), (5000, MOST_BLOCKS)])
def test_blocks_have_about_equal_sizes(n: int, expected: int) -> None:
    sizes = np.bincount(spatial_blocks(np.random.default_rng(n).random((n, 2))))
    assert len(sizes) == expected
    assert sizes.max() <= 1.6 * sizes.min()


def test_blocks_are_compact() -> None:
    xy = np.random.default_rng(3).random((1000, 2)) * [3, 1]
    block = spatial_blocks(xy)
    for code in range(block.max() + 1):
        assert np.ptp(xy[block == code], axis=0).max() < 0.6  # 3 × 1 in 40 blocks: a square has an edge of 0.27


def test_the_order_of_the_spots_does_not_matter() -> None:
    rng = np.random.default_rng(4)
    grid = np.stack(np.meshgrid(np.arange(30.0), np.arange(20.0)), axis=-1).reshape(-1, 2)
    order = rng.permutation(len(grid))
    np.testing.assert_array_equal(spatial_blocks(grid)[order], spatial_blocks(grid[order]))


def test_spots_at_one_position_stay_together() -> None:
    xy = np.repeat(np.random.default_rng(5).random((5, 2)), 40, axis=0)
    block = spatial_blocks(xy)
    assert all(len(np.unique(block[i : i + 40])) == 1 for i in range(0, 200, 40))
    assert sorted(np.unique(block)) == list(range(block.max() + 1))
