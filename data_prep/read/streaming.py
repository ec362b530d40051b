"""Reads the counts of a slide as columns of genes: in memory if they are few, memory-mapped if they are many.

Blocks of genes are appended to files. Blocks of spots are turned into columns on disk in two passes. In both cases only
one block of a large matrix is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

from data_prep.gene_columns import CscWriter, scratch, write_columns
from data_prep.read.raw_counts import CountsCheck
from data_prep.read.stored_matrix import Blocks, StoredMatrix

STREAM_BYTES = 512 * 2**20
"""A matrix that needs more memory than this is streamed to disk."""


def read_counts(matrix: StoredMatrix, check: CountsCheck) -> sp.csc_matrix:
    """Counts of all spots, float32 CSC of shape (n_spots, n_genes), without zeros; memory-mapped if they are many.

    Args:
        matrix: where the counts are.
        check: checks the values; afterwards it has the totals of the spots.

    Raises:
        NicheLensError: no numbers, a damaged matrix, values that are not raw counts, or a full disk.
    """
    with matrix.open() as blocks:
        if blocks.n_bytes <= STREAM_BYTES:
            return _load(blocks, check)
        return _append(blocks, matrix.shape, check) if blocks.by == "genes" else _turn(blocks, matrix.shape, check)


def _load(blocks: Blocks, check: CountsCheck) -> sp.csc_matrix:
    parts = [_single(block) for _, block in _checked(blocks, check)]
    check.finish()
    stack = sp.vstack if blocks.by == "spots" else sp.hstack
    return stack(parts, format=parts[0].format).tocsc()


def _append(blocks: Blocks, shape: tuple[int, int], check: CountsCheck) -> sp.csc_matrix:
    with scratch(blocks.n_entries) as folder:
        counts = write_columns(folder, shape, blocks.n_entries, (block for _, block in _checked(blocks, check)))
        check.finish()
        return counts


def _turn(blocks: Blocks, shape: tuple[int, int], check: CountsCheck) -> sp.csc_matrix:
    writer = CscWriter(shape)
    for _, block in _checked(blocks, check):
        writer.count(block)
    check.finish()
    with scratch(writer.n_entries) as folder:
        writer.open(folder)
        for first, block in blocks.read():
            writer.write(_single(block), first)
        return writer.matrix()


def _checked(blocks: Blocks, check: CountsCheck) -> Iterator[tuple[int, sp.csr_matrix | sp.csc_matrix]]:
    """The blocks, added to the check."""
    for first, block in blocks.read():
        if blocks.by == "spots":
            check.add(block, first_spot=first)
        else:
            check.add(block, first_gene=first)
        yield first, block


def _single(block: sp.csr_matrix | sp.csc_matrix) -> sp.csr_matrix | sp.csc_matrix:
    with np.errstate(over="ignore"):  # values that are too large are refused
        block.data = block.data.astype(np.float32)
    return block
