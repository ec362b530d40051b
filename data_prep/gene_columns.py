"""Counts as columns of genes (CSC), in memory or in memory-mapped files, processed a block of genes at a time.

    FOLDER/data.npy, indices.npy, indptr.npy

A large matrix is stored in a `scratch` folder. Its files are deleted as soon as they are mapped; the system frees their
space with the last map, however the program ends.
"""

from __future__ import annotations

import atexit
import mmap
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
import scipy.sparse as sp

from data_prep.errors import NicheLensError

GENE_BLOCK = 256
"""Genes that are read and measured at once. It limits the memory for any number of genes and spots."""
BYTES_PER_ENTRY = 8
"""Size of a stored count (float32) and its row (int32)."""
MOST_INT32 = 2**31 - 1
"""With more entries the rows are int64: scipy copies columns if the types of indices and indptr differ."""


@contextmanager
def scratch(n_entries: int) -> Iterator[Path]:
    """A folder for the files of one matrix, deleted at the end of the block.

    Args:
        n_entries: largest number of counts that will be written to it.

    Raises:
        NicheLensError: the disk has not enough free space.
    """
    needed = n_entries * BYTES_PER_ENTRY
    folder = Path(tempfile.mkdtemp(prefix="nichelens-"))
    try:
        free = shutil.disk_usage(folder).free
        if needed > free:
            message = (
                f"{folder.parent}: the counts need {needed / 2**30:.1f} GiB for as long as the program runs, and "
                f"{free / 2**30:.1f} GiB are free; set TMPDIR to a folder with more room"
            )
            raise NicheLensError(message)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():  # files in use cannot be removed on Windows and NFS
            atexit.register(shutil.rmtree, folder, ignore_errors=True)


def gene_blocks(counts: sp.csc_matrix) -> Iterator[tuple[int, sp.csc_matrix]]:
    """(first gene, columns) of ``GENE_BLOCK`` genes at a time; mapped columns leave the memory with the next block."""
    for start in range(0, counts.shape[1], GENE_BLOCK):
        yield start, counts[:, start : start + GENE_BLOCK]
        release(counts.data, counts.indices)


def release(*arrays: np.ndarray) -> None:
    """Release the memory of mapped arrays. They stay in their files and are read again when needed."""
    for array in arrays:
        mapped = getattr(array, "_mmap", None)
        if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
            mapped.madvise(mmap.MADV_DONTNEED)


def totals(counts: sp.csc_matrix) -> np.ndarray:
    """Total counts of each spot, float64 of shape (n_spots,)."""
    total = np.zeros(counts.shape[0])
    for _, block in gene_blocks(counts):
        total += np.bincount(block.indices, block.data, counts.shape[0])
    return total


def count_detected(counts: sp.csc_matrix) -> tuple[np.ndarray, np.ndarray]:
    """Number of genes with a count in each spot, (n_spots,), and of spots with a count of each gene, (n_genes,)."""
    of_spot, of_gene = (np.zeros(n, np.int64) for n in counts.shape)
    for first, block in gene_blocks(counts):
        is_count = block.data > 0
        gene = np.repeat(np.arange(block.shape[1]), np.diff(block.indptr))
        of_spot += np.bincount(block.indices[is_count], minlength=len(of_spot))
        of_gene[first : first + block.shape[1]] = np.bincount(gene[is_count], minlength=block.shape[1])
    return of_spot, of_gene


def select_spots(counts: sp.csc_matrix, spots: np.ndarray) -> sp.csc_matrix:
    """The counts of some spots, in memory or memory-mapped like ``counts``.

    Args:
        counts: counts of all spots.
        spots: indices of the spots to keep, each once, in the order that they are to have.
    """
    if counts_folder(counts) is None:
        return counts[spots]
    kept = np.zeros(counts.shape[0], bool)
    kept[spots] = True
    size = sum(int(np.count_nonzero(kept[block.indices])) for _, block in gene_blocks(counts))
    with scratch(size) as folder:
        shape = (len(spots), counts.shape[1])
        return write_columns(folder, shape, size, (block[spots] for _, block in gene_blocks(counts)))


def write_columns(
    folder: Path, shape: tuple[int, int], most_entries: int, blocks: Iterable[sp.csc_matrix]
) -> sp.csc_matrix:
    """Write blocks of genes one after the other and return the memory-mapped counts.

    Args:
        folder: where to write.
        shape: (n_spots, n_genes) of the whole matrix.
        most_entries: number of counts of all blocks, or more.
        blocks: all genes in order.
    """
    kind = _index_type(most_entries)
    sizes = [np.zeros(1, np.int64)]
    with ExitStack() as files:
        data = files.enter_context(_appended(folder / "data.npy", np.dtype(np.float32), most_entries))
        indices = files.enter_context(_appended(folder / "indices.npy", kind, most_entries))
        for block in blocks:
            block.sort_indices()
            data.write(block.data.astype(np.float32, copy=False).tobytes())
            indices.write(block.indices.astype(kind, copy=False).tobytes())
            sizes.append(np.diff(block.indptr).astype(np.int64))
    np.save(folder / "indptr.npy", np.cumsum(np.concatenate(sizes)))
    return open_counts(folder, shape)


def save_counts(counts: sp.csc_matrix, folder: Path) -> None:
    """Write counts to a folder; do nothing if they are there already."""
    if counts_folder(counts) != folder:
        write_columns(folder, counts.shape, counts.nnz, (block for _, block in gene_blocks(counts)))


def open_counts(folder: Path, shape: tuple[int, int]) -> sp.csc_matrix:
    """The memory-mapped counts of a folder, (n_spots, n_genes) float32 CSC."""
    indptr = np.load(folder / "indptr.npy")
    matrix = sp.csc_matrix(shape, dtype=np.float32)
    # Set the arrays one by one: the constructor would copy the maps and read all of them to check them.
    matrix.data, matrix.indices = (
        np.load(folder / f"{name}.npy", mmap_mode="r")[: indptr[-1]] for name in ("data", "indices")
    )
    matrix.indptr = indptr.astype(matrix.indices.dtype)
    matrix.has_sorted_indices = matrix.has_canonical_format = True
    return matrix


def counts_folder(counts: sp.csc_matrix) -> Path | None:
    """The folder of memory-mapped counts, which may be deleted already; None for counts in memory."""
    file = getattr(counts.data, "filename", None)
    return Path(file).parent if file else None


class CscWriter:
    """Writes blocks of spots as columns of genes on disk, in two passes over the blocks.

        writer = CscWriter((n_spots, n_genes))
        for block in blocks: writer.count(block)
        writer.open(folder)
        for first_row, block in blocks: writer.write(block, first_row)
        counts = writer.matrix()

    Args:
        shape: (n_spots, n_genes) of the whole matrix.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        self._size = np.zeros(shape[1], np.int64)

    @property
    def n_entries(self) -> int:
        """Number of counts in the first pass so far."""
        return int(self._size.sum())

    def count(self, block: sp.csr_matrix) -> None:
        """First pass: note the number of counts of each gene in some spots, which hold no explicit zeros."""
        self._size += np.bincount(block.indices, minlength=self.shape[1])

    def open(self, folder: Path) -> None:
        """Create the files in their final size, after the first pass."""
        self._folder = folder
        self._next = np.r_[0, np.cumsum(self._size)]
        np.save(folder / "indptr.npy", self._next)
        self._next = self._next[:-1].copy()
        # At least one entry: an empty file cannot be mapped.
        length = (max(self.n_entries, 1),)
        self._data = np.lib.format.open_memmap(folder / "data.npy", "w+", np.dtype(np.float32), length)
        self._indices = np.lib.format.open_memmap(folder / "indices.npy", "w+", _index_type(self.n_entries), length)

    def write(self, block: sp.csr_matrix, first_row: int) -> None:
        """Second pass: write the counts of the spots ``first_row, first_row + 1, …``, in the order of the blocks."""
        columns = block.tocsc()
        columns.sort_indices()
        size = np.diff(columns.indptr)
        entry = np.arange(columns.nnz) + np.repeat(self._next - columns.indptr[:-1], size)
        self._data[entry] = columns.data
        self._indices[entry] = columns.indices + first_row
        release(self._data, self._indices)
        self._next += size

    def matrix(self) -> sp.csc_matrix:
        """The finished counts, memory-mapped."""
        self._data.flush()
        self._indices.flush()
        return open_counts(self._folder, self.shape)


def _index_type(n_entries: int) -> np.dtype:
    return np.dtype(np.int32 if n_entries <= MOST_INT32 else np.int64)


@contextmanager
def _appended(file: Path, kind: np.dtype, size: int) -> Iterator[BinaryIO]:
    """An array on disk that is filled from its beginning; the unfilled rest is a hole in the file."""
    length = (max(size, 1),)
    with file.open("wb") as stream:
        header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": length}
        np.lib.format.write_array_header_1_0(stream, header)
        end = stream.tell() + length[0] * kind.itemsize
        yield stream
        stream.truncate(end)
