"""Moran's I: scanpy's number, and an error from leaving out blocks."""

import numpy as np
import pytest

from data_prep.facts.block_jackknife import jackknife_error
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.morans_index import morans_i, null_spread


@pytest.fixture(scope="module")
def values(tissue: LabelledTissue) -> np.ndarray:
    """A wave, noise and a constant."""
    noise = np.random.default_rng(0).normal(size=len(tissue))
    return np.stack([np.sin(6 * tissue.position[:, 0]) + noise / 2, noise + 50, np.full(len(tissue), 3.0)], axis=1)


def test_it_is_scanpys(tissue: LabelledTissue, values: np.ndarray) -> None:
    from scanpy.metrics import morans_i as scanpys

    index, error = morans_i(tissue, values)
    for column in (0, 1):
        assert index[column] == pytest.approx(float(scanpys(tissue.adjacency, values[:, column])), abs=1e-9)
    assert (index[2], error[2]) == (0, 0)


def test_the_error_is_that_of_leaving_out_blocks(tissue: LabelledTissue, values: np.ndarray) -> None:
    from scanpy.metrics import morans_i as scanpys

    _, error = morans_i(tissue, values)
    for column in (0, 1):
        left_out = []
        for block in range(tissue.n_blocks):
            kept = tissue.block != block
            left_out.append(float(scanpys(tissue.adjacency[kept][:, kept].tocsr(), values[kept, column])))
        by_hand = jackknife_error(np.array(left_out), np.ones(tissue.n_blocks, bool))
        assert error[column] == pytest.approx(float(by_hand), rel=1e-6)


def test_chance_has_a_small_z(tissue: LabelledTissue) -> None:
    rng = np.random.default_rng(1)
    index, error = morans_i(tissue, rng.normal(size=(len(tissue), 200)))
    z = (index + 1 / (len(tissue) - 1)) / null_spread(tissue)
    assert abs(z.mean()) < 0.3
    assert 0.85 < z.std() < 1.15
    assert 0.7 < index.std() / error.mean() < 1.3  # the jackknife agrees with the spread over genes
