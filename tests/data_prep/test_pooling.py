"""Pooling: how many spots are added up, and which."""

import numpy as np

from data_prep import pooling


def test_pool_sizes_follow_counts_and_number_of_spots() -> None:
    mean = np.array([50.0, 1.0, 0.01])
    assert pooling.pool_sizes(mean, 300).tolist() == [1, 1, 1]
    assert pooling.pool_sizes(mean, 3600).tolist() == [1, 7, 37]
    assert pooling.pool_sizes(mean, 100_000).tolist() == [1, 7, 127]


def test_pools_stay_within_their_group() -> None:
    xy = np.stack([np.arange(40.0), np.zeros(40)], axis=1)
    group = (np.arange(40) >= 35).astype(int)
    pool = pooling.pooling_matrix(xy, 7, group)
    rows, columns = pool.nonzero()
    assert (group[rows] == group[columns]).all()
    assert np.asarray(pool.sum(axis=1)).ravel().tolist() == [7.0] * 35 + [5.0] * 5
    assert pool.diagonal().tolist() == [1.0] * 40
