"""Counts of a large `.h5ad` file, as memory-mapped columns of genes, never in memory as a whole."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import scipy.sparse as sp

from data_prep.errors import NicheLensError
from data_prep.store import CscWriter

STREAM_BYTES = 512 * 2**20
"""A sparse matrix that takes more than this in memory is streamed."""
ENTRIES_PER_BLOCK = 2**22


def is_large(path: Path, layer: str | None) -> bool:
    """Whether a file's counts are a CSR matrix too large to be read at once."""
    if not h5py.is_hdf5(path):
        return False
    try:
        with h5py.File(path) as file:
            group = file.get(_slot(layer))
            is_rows = isinstance(group, h5py.Group) and group.attrs.get("encoding-type") == "csr_matrix"
            return bool(is_rows and group["data"].shape[0] * 8 > STREAM_BYTES)
    except (OSError, KeyError):
        return False  # damaged: the reader that loads it whole says how


def stream_counts(path: Path, layer: str | None) -> sp.csc_matrix:
    """Counts of all spots as memory-mapped columns, float32; the files are removed when the program ends.

    Raises:
        NicheLensError: NaN, infinite, negative or log-normalised values.
    """
    folder = Path(tempfile.mkdtemp(prefix="nichelens-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    where = f"{path.name}: {_slot(layer)}"
    with h5py.File(path) as file:
        group = file[_slot(layer)]
        n_spots, n_genes = (int(n) for n in group.attrs["shape"])
        writer = CscWriter(folder, (n_spots, n_genes))
        largest, fractions = 0.0, False
        for _, block in _blocks(group, n_genes):
            values = block.data
            if not np.isfinite(values).all() or (values < 0).any():
                message = f"{where} has NaN, infinite or negative values; save the slide with the raw counts in X"
                raise NicheLensError(message)
            largest = max(largest, float(values.max(initial=0.0)))
            fractions |= bool((values % 1).any())
            writer.count(block)
        if fractions and largest < 20.0:
            message = f"{where} looks log-normalised (fractions, largest {largest:.4g}); save the raw counts in X"
            raise NicheLensError(message)
        for first, block in _blocks(group, n_genes):
            writer.write(block, first)
    return writer.matrix()


def _blocks(group: h5py.Group, n_genes: int) -> Iterator[tuple[int, sp.csr_matrix]]:
    """(first row, some rows) of a CSR matrix on disk, a few million entries at a time."""
    ends = group["indptr"][:]
    start = 0
    while start < len(ends) - 1:
        stop = max(start + 1, int(np.searchsorted(ends, ends[start] + ENTRIES_PER_BLOCK, side="right")) - 1)
        part = slice(int(ends[start]), int(ends[stop]))
        block = sp.csr_matrix(
            (group["data"][part].astype(np.float32), group["indices"][part], ends[start : stop + 1] - ends[start]),
            shape=(stop - start, n_genes),
        )
        block.sum_duplicates()
        block.eliminate_zeros()
        yield start, block
        start = stop


def _slot(layer: str | None) -> str:
    return "X" if layer is None else f"layers/{layer}"
