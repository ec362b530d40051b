"""A small slide whose pictures are known."""

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.slide import Slide, SlideMeta


@pytest.fixture
def slide() -> Slide:
    """A 20 × 20 square array: niche 'left' and niche 'right'; L is left only, FLAT everywhere, TOP above."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(20.0), np.arange(20.0)))
    niche = (x >= 10).astype(np.int32)
    counts = np.stack([20.0 * (niche == 0), np.full(400, 20.0), 20.0 * (y < 10), np.zeros(400)], axis=1)
    counts[:, 3] = 100.0 - counts.sum(axis=1)  # every spot has the same depth
    genes = np.array(["L", "FLAT", "TOP", "REST"])
    sparse = sp.csc_matrix(counts, dtype=np.float32)
    cell_type = (y >= 15).astype(np.int32)
    xy = np.stack([x, y], 1)
    return Slide("toy", sparse, xy, genes, niche, ("left", "right"), SlideMeta(), cell_type, ("round", "flat"))


@pytest.fixture
def corner() -> Slide:
    """A 40 × 40 array of 100 counts a spot: 'small' is 8 × 8 near the upper left, 'middle' is around it, 'rest' far.

    Inside 'small' the gene RIM is at the border and HALF in the left half. SPILL is in 'small' and, in 'middle', in the
    two columns and rows beside it. BRIGHT is far brighter in 'rest' than in 'small'.
    """
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(40.0), np.arange(40.0)))
    out = np.maximum(np.maximum(4 - x, x - 11), np.maximum(4 - y, y - 11))  # steps outside of 'small'
    niche = np.where(out <= 0, 0, np.where(out <= 9, 1, 2)).astype(np.int32)
    small = niche == 0
    counts = np.stack(
        [20.0 * (small & (out == 0)), 20.0 * (small & (x < 8)), 20.0 * (out <= 2), np.where(small, 2.0, 40.0)], axis=1
    )
    counts = np.concatenate([counts, 100 - counts.sum(axis=1, keepdims=True)], axis=1)
    return Slide(
        name="corner",
        counts=sp.csc_matrix(counts, dtype=np.float32),
        xy=np.stack([x, y], axis=1),
        genes=np.array(["RIM", "HALF", "SPILL", "BRIGHT", "REST"]),
        niche=niche,
        niches=("small", "middle", "rest"),
        meta=SlideMeta(),
    )
