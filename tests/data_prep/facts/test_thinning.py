"""Thinning: the expected share of the counts stays, the same for the same seed."""

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.facts.thinning import thin


def test_thinning_keeps_the_expected_share() -> None:
    counts = sp.csc_matrix(np.full((200, 50), 40.0, np.float32))
    thinned = thin(counts, np.full(200, 0.25), seed=3)
    assert thinned.mean() == pytest.approx(10.0, rel=0.02)
    assert (thin(counts, np.ones(200), seed=3) != counts).nnz == 0
    assert (thin(counts, np.full(200, 0.25), seed=3) != thinned).nnz == 0


def test_fractions_are_rounded_without_bias() -> None:
    thinned = thin(sp.csc_matrix(np.full((500, 40), 0.3, np.float32)), np.ones(500), seed=4)
    assert set(np.unique(thinned.toarray())) == {0.0, 1.0}
    assert thinned.mean() == pytest.approx(0.3, rel=0.05)
