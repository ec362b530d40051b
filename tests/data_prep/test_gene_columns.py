"""Columns of genes on disk: written from blocks of spots, they are the columns of the counts."""

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.gene_columns import CscWriter


@pytest.mark.parametrize("height", [1, 7, 1000])
def test_columns_written_from_blocks_of_spots(tmp_path: Path, height: int) -> None:
    counts = sp.random(50, 20, 0.2, format="csr", random_state=1, dtype=np.float32)
    counts.data[counts.indices == 3] = 0
    counts.eliminate_zeros()
    writer = CscWriter(counts.shape)
    starts = range(0, 50, height)
    for start in starts:
        writer.count(counts[start : start + height])
    writer.open(tmp_path)
    for start in starts:
        writer.write(counts[start : start + height], start)
    assert (writer.matrix() != counts).nnz == 0


def test_a_slide_without_counts_in_a_block(tmp_path: Path) -> None:
    writer = CscWriter((4, 3))
    writer.open(tmp_path)
    assert writer.matrix().nnz == 0
