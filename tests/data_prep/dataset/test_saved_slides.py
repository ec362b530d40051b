"""Store: a slide on disk is the slide, and columns written from blocks of spots are the columns."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.dataset.saved_slides import open_slide, save_slide
from data_prep.gene_columns import CscWriter
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide


def same(a: Slide, b: Slide) -> bool:
    return (a.counts != b.counts).nnz == 0 and all(
        np.array_equal(getattr(a, field.name), getattr(b, field.name))
        for field in fields(Slide)
        if field.name != "counts"
    )


def test_a_saved_slide_is_the_slide(tmp_path: Path) -> None:
    slide = make_slide(3, n_spots=300, n_genes=300)
    save_slide(slide, tmp_path / "slide")
    opened = open_slide(tmp_path / "slide")
    assert same(slide, opened)
    assert isinstance(opened.counts[:, 5:9].data.base, np.memmap) or isinstance(opened.counts.data, np.memmap)
    save_slide(opened, tmp_path / "slide")  # onto itself: its maps must not be truncated
    assert same(slide, open_slide(tmp_path / "slide"))


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
