"""A matrix in an HDF5 file, in a zarr store or in memory, read a block at a time and never as a whole.

Layouts: sparse rows or columns and dense arrays as AnnData writes them (the sparse groups from before 0.7 too), and the
matrix of 10x Genomics, whose columns are cells. Rows are read as blocks of spots, columns as blocks of genes. Shapes
and indices are checked before use, because scipy would follow a wrong index out of memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import scipy.sparse as sp

from data_prep.errors import NicheLensError
from data_prep.gene_columns import BYTES_PER_ENTRY
from data_prep.read.crash_guard import damage_that_crashes

ENTRIES_PER_BLOCK = 2**22
"""Values that are read at once; a spot, a gene or a chunk of the file with more than this is read whole."""
MOST_PER_CHUNK = 2**26
"""Dense values of a row of chunks up to which blocks keep to the chunks, so that none is unpacked twice."""
SMALLEST = np.finfo(np.float32).tiny
"""What is smaller would be a zero in single precision."""
_LAYOUTS = {"csr_matrix": "spots", "csc_matrix": "genes"}


@contextmanager
def open_file(source: Path | Mapping[str, Any]) -> Iterator[Any]:
    """The root group of an HDF5 file or of a zarr store (a folder), opened for reading; a mapping is its own root."""
    if isinstance(source, Mapping):
        yield source
    elif source.is_dir():
        import zarr

        yield zarr.open_group(source, mode="r")
    else:
        import h5py

        crash = damage_that_crashes(source)
        if crash:
            raise OSError(crash)
        with h5py.File(source, "r") as file:
            yield file


def missing_chunks(array: Any) -> int:
    """Chunks that a zarr array lacks, which would be read as zeros; 0 for arrays of HDF5, and for what is no array."""
    return getattr(array, "nchunks", 0) - getattr(array, "nchunks_initialized", 0)


def reason_of(error: Exception) -> str:
    """The libraries' words for damage, short and in one line."""
    return " ".join(str(error).split())[:120] or type(error).__name__


@dataclass(frozen=True)
class StoredMatrix:
    """Where the counts of a slide are.

    Attributes:
        name: name of the file or object, for messages.
        source: HDF5 file, zarr store, or a mapping from slots to matrices in memory.
        slot: where the matrix is in the source: "X", "layers/counts", "tables/table/X", "matrix".
        label: what messages call it: "X", "layers['counts']".
        shape: (n_spots, n_genes) that the file's names promise.
        elsewhere: where the counts may be instead, as the advice of a message.
        kept: for a 10x file, which of its features are genes: bool of shape (n_features,); None keeps all.
    """

    name: str
    source: Path | Mapping[str, Any]
    slot: str
    label: str
    shape: tuple[int, int]
    elsewhere: str
    kept: np.ndarray | None = None

    @property
    def stored_shape(self) -> tuple[int, int]:
        """(n_spots, n_features) in the file."""
        return self.shape[0], self.shape[1] if self.kept is None else len(self.kept)

    @contextmanager
    def open(self) -> Iterator[Blocks]:
        """The matrix, to be read while the file is open.

        Raises:
            NicheLensError: not a matrix of numbers, of another shape than the names promise, or damaged.
        """
        with ExitStack() as stack:
            with self.reading():
                file = stack.enter_context(open_file(self.source))
                blocks = self._blocks(file[self.slot])
            yield blocks

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turns what the libraries raise for damaged files, each its own kinds, into one line."""
        try:
            yield
        except NicheLensError:
            raise
        except Exception as error:
            self.refuse(reason_of(error), error)

    def refuse(self, reason: str, cause: Exception | None = None) -> NoReturn:
        """Raises the one line about a matrix that is not what it says."""
        message = f"{self.name}: {self.label} is damaged ({reason}); copy, download or write the file again"
        raise NicheLensError(message) from cause

    def _blocks(self, node: Any) -> Blocks:
        if sp.issparse(node):
            kind, shape, node, values = _in_memory(node)
        elif hasattr(node, "dtype"):
            kind, shape, values = "spots", tuple(node.shape), node
        else:
            kind, shape, values = self._sparse(node)
        if values.dtype.kind not in "biuf":
            message = f"{self.name}: {self.label} is not numeric (dtype {values.dtype}); {self.elsewhere}"
            raise NicheLensError(message)
        if shape != self.stored_shape:
            promised = "{} spots x {} genes".format(*self.stored_shape)
            self.refuse(f"shape {shape}, where the names promise {promised}")
        if values is node:
            return Blocks(self, kind, node, int(np.prod(shape)), values.dtype.itemsize)
        return Blocks(self, kind, node, int(values.shape[0]), BYTES_PER_ENTRY)

    def _sparse(self, group: Any) -> tuple[str, tuple[int, ...], Any]:
        """What the rows of a sparse group are, its shape, and its values."""
        attributes: dict[str, Any] = dict(group.attrs)
        if self.slot == "matrix" and "barcodes" in group:
            return "spots", tuple(int(n) for n in reversed(group["shape"][:])), group["data"]
        # Until AnnData 0.7 the attributes had other names.
        layout = attributes.get("encoding-type") or f"{_text(attributes.get('h5sparse_format', 'no'))}_matrix"
        shape = attributes.get("shape", attributes.get("h5sparse_shape", ()))
        if layout not in _LAYOUTS or "data" not in group:
            self.refuse(f"neither a dense nor a sparse matrix but '{layout}'")
        return _LAYOUTS[layout], tuple(int(n) for n in shape), group["data"]


@dataclass(frozen=True)
class Blocks:
    """A matrix in an open file.

    Attributes:
        stored: where it is.
        by: "spots" where it is read by rows, "genes" where it is read by columns.
        node: dense array, or group or mapping with `data`, `indices` and `indptr`.
        n_entries: number of stored values.
        entry_bytes: memory that each would take if the matrix were loaded.
    """

    stored: StoredMatrix
    by: str
    node: Any
    n_entries: int
    entry_bytes: int

    @property
    def n_bytes(self) -> int:
        """Memory that the matrix takes as a whole."""
        return self.n_entries * self.entry_bytes

    def read(self) -> Iterator[tuple[int, sp.csr_matrix | sp.csc_matrix]]:
        """(first spot, CSR of some spots) or (first gene, CSC of some genes), in order.

        Values are float64 as stored, indices int32; repeated entries are added up and zeros left out.
        """
        blocks = self._dense_blocks() if hasattr(self.node, "dtype") else self._sparse_blocks()
        kept = self.stored.kept
        while True:
            with self.stored.reading():
                found = next(blocks, None)
            if found is None:
                return
            first, block = found
            block.sum_duplicates()
            block.data[np.abs(block.data) < SMALLEST] = 0
            block.eliminate_zeros()
            yield first, block if kept is None else block[:, kept]

    def _dense_blocks(self) -> Iterator[tuple[int, sp.csr_matrix]]:
        n_spots, n_genes = self.node.shape
        height = max(1, ENTRIES_PER_BLOCK // n_genes)
        of_chunk = (getattr(self.node, "chunks", None) or (1,))[0]
        if of_chunk * n_genes <= MOST_PER_CHUNK:
            height = max(height // of_chunk, 1) * of_chunk
        for start in range(0, n_spots, height):
            yield start, sp.csr_matrix(np.asarray(self.node[start : start + height]).astype(np.float64))

    def _sparse_blocks(self) -> Iterator[tuple[int, sp.csr_matrix | sp.csc_matrix]]:
        data, indices = self.node["data"], self.node["indices"]
        ends = self._ends()
        n_spots, n_genes = self.stored.stored_shape
        make, width = (sp.csr_matrix, n_genes) if self.by == "spots" else (sp.csc_matrix, n_spots)
        start = 0
        while start < len(ends) - 1:
            stop = max(start + 1, int(np.searchsorted(ends, ends[start] + ENTRIES_PER_BLOCK, side="right")) - 1)
            part = slice(int(ends[start]), int(ends[stop]))
            index = np.asarray(indices[part])
            if index.size and not 0 <= int(index.min()) <= int(index.max()) < width:
                self.stored.refuse(f"indices beyond its {width} {'genes' if self.by == 'spots' else 'spots'}")
            values = np.asarray(data[part]).astype(np.float64)
            shape = (stop - start, width) if self.by == "spots" else (width, stop - start)
            bounds = (ends[start : stop + 1] - part.start).astype(np.int32)
            yield start, make((values, index.astype(np.int32), bounds), shape)
            start = stop

    def _ends(self) -> np.ndarray:
        """The checked indptr, int64."""
        data, indices, indptr = (self.node[name] for name in ("data", "indices", "indptr"))
        n_major = self.stored.stored_shape[0 if self.by == "spots" else 1]
        if any(array.ndim != 1 for array in (data, indices, indptr)) or data.shape != indices.shape:
            self.stored.refuse(f"{data.shape} values for {indices.shape} indices")
        if any(array.dtype.kind not in "iu" for array in (indices, indptr)):
            self.stored.refuse(f"indices of dtype {indices.dtype}, indptr of dtype {indptr.dtype}")
        for array in (data, indices, indptr) if data.shape[0] else ():
            if missing_chunks(array):
                self.stored.refuse(
                    f"{missing_chunks(array)} of {array.nchunks} chunks of '{array.basename}' are missing"
                )
        # Its length first: a damaged one may be too long to be read.
        ends = np.asarray(indptr[:]).astype(np.int64) if indptr.shape == (n_major + 1,) else np.ones(1, np.int64)
        if ends[0] != 0 or ends[-1] != data.shape[0] or (np.diff(ends) < 0).any():
            self.stored.refuse(f"its indptr does not part {data.shape[0]} values into {n_major} {self.by}")
        return ends


def _in_memory(matrix: sp.spmatrix | sp.sparray) -> tuple[str, tuple[int, ...], dict[str, np.ndarray], np.ndarray]:
    """What the rows of a sparse matrix are, its shape, its arrays as a group has them, and its values."""
    rows = matrix if matrix.format in ("csr", "csc") else matrix.tocsr()
    node = {"data": rows.data, "indices": rows.indices, "indptr": rows.indptr}
    return _LAYOUTS[f"{rows.format}_matrix"], tuple(rows.shape), node, rows.data


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
