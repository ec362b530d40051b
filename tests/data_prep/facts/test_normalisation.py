"""Normalisation: every spot is brought to the median depth."""

import numpy as np
import scipy.sparse as sp

from data_prep.facts.normalisation import depth_scale, log_normalised

COUNTS = np.array([[4, 0, 6], [0, 1, 4], [0, 0, 0], [10, 20, 10]], np.float32)


def test_every_spot_gets_the_median_depth_and_empty_spots_stay_empty() -> None:
    depth = COUNTS.sum(axis=1)
    scaled = COUNTS * depth_scale(depth)[:, None]
    np.testing.assert_allclose(scaled.sum(axis=1), [10, 10, 0, 10])
    assert depth_scale(np.zeros(3)).tolist() == [0, 0, 0]


def test_some_genes_are_scaled_by_the_depth_of_all() -> None:
    depth = COUNTS.sum(axis=1)
    value = log_normalised(sp.csc_matrix(COUNTS[:, 1:]), depth)
    assert value.dtype == np.float32
    np.testing.assert_allclose(value.toarray(), np.log1p(COUNTS * depth_scale(depth)[:, None])[:, 1:], rtol=1e-6)
