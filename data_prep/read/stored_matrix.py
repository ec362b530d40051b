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
from data_prep.read.file_access import (
    DamagedFileError,
    as_shape,
    as_text,
    attributes_of,
    missing_chunks,
    open_file,
    optional_part,
    part_of,
    read_array,
)

ENTRIES_PER_BLOCK = 2**22
"""Values that are read at once. A spot, a gene or a chunk of the file with more values is read completely."""
MOST_PER_CHUNK = 2**26
"""If a row of chunks has at most this many dense values, blocks consist of whole chunks: each is unpacked once."""
MOST_REPEATS = 4
"""An entry may be stored in parts, which are added up. A file that declares more parts than this is not read."""
SMALLEST = np.finfo(np.float32).tiny
"""Smaller values would be zero in single precision."""
_LAYOUTS = {"csr_matrix": "spots", "csc_matrix": "genes"}


@dataclass(frozen=True)
class StoredMatrix:
    """Where the counts of a slide are.

    Attributes:
        name: name of the file or object, for messages.
        source: HDF5 file, zarr store, or a mapping from slots to matrices in memory.
        slot: where the matrix is in the source: "X", "layers/counts", "tables/table/X", "matrix".
        label: what messages call it: "X", "layers['counts']".
        shape: (n_spots, n_genes), the numbers of names in the file.
        elsewhere: where the counts may be instead, as advice in a message.
        kept: for a 10x file, which of its features are genes, bool of shape (n_features,); None keeps all.
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
        """Open the matrix; it can be read while the file is open.

        Raises:
            NicheLensError: no matrix of numbers, a shape that differs from the numbers of names, or damage.
        """
        with ExitStack() as stack:
            with self.explain_damage():
                file = stack.enter_context(open_file(self.source))
                blocks = self._blocks(part_of(file, self.slot))
            yield blocks

    @contextmanager
    def explain_damage(self) -> Iterator[None]:
        """Turn damage of the file into the one line about the matrix."""
        try:
            yield
        except DamagedFileError as error:
            self.refuse(str(error), error)

    def refuse(self, reason: str, cause: Exception | None = None) -> NoReturn:
        """Raise the one line about a damaged matrix."""
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
        attributes = attributes_of(group)
        data = optional_part(group, "data")
        if self.slot == "matrix" and optional_part(group, "barcodes") is not None:
            return "spots", as_shape(read_array(part_of(group, "shape")))[::-1], part_of(group, "data")
        # Until AnnData 0.7 the attributes had other names.
        layout = attributes.get("encoding-type") or f"{as_text(attributes.get('h5sparse_format', 'no'))}_matrix"
        shape = attributes.get("shape", attributes.get("h5sparse_shape", ()))
        if layout not in _LAYOUTS or data is None:
            self.refuse(f"neither a dense nor a sparse matrix but '{layout}'")
        return _LAYOUTS[layout], as_shape(shape), data


@dataclass(frozen=True)
class Blocks:
    """A matrix in an open file.

    Attributes:
        stored: where it is.
        by: "spots" if it is read by rows, "genes" if it is read by columns.
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
        """Memory that the whole matrix would take."""
        return self.n_entries * self.entry_bytes

    def read(self) -> Iterator[tuple[int, sp.csr_matrix | sp.csc_matrix]]:
        """(first spot, CSR of some spots) or (first gene, CSC of some genes), in order.

        Values are float64 as stored, indices int32; repeated entries are added up and zeros removed.
        """
        blocks = self._dense_blocks() if hasattr(self.node, "dtype") else self._sparse_blocks()
        kept = self.stored.kept
        while True:
            with self.stored.explain_damage():
                first_and_block = next(blocks, None)
            if first_and_block is None:
                return
            first, block = first_and_block
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
            yield start, sp.csr_matrix(read_array(self.node, slice(start, start + height)).astype(np.float64))

    def _sparse_blocks(self) -> Iterator[tuple[int, sp.csr_matrix | sp.csc_matrix]]:
        ends = self._ends()
        data, indices = part_of(self.node, "data"), part_of(self.node, "indices")
        n_spots, n_genes = self.stored.stored_shape
        make, width = (sp.csr_matrix, n_genes) if self.by == "spots" else (sp.csc_matrix, n_spots)
        start = 0
        while start < len(ends) - 1:
            stop = max(start + 1, int(np.searchsorted(ends, ends[start] + ENTRIES_PER_BLOCK, side="right")) - 1)
            part = slice(int(ends[start]), int(ends[stop]))
            index = read_array(indices, part)
            if index.size and not 0 <= int(index.min()) <= int(index.max()) < width:
                self.stored.refuse(f"indices beyond its {width} {'genes' if self.by == 'spots' else 'spots'}")
            values = read_array(data, part).astype(np.float64)
            shape = (stop - start, width) if self.by == "spots" else (width, stop - start)
            bounds = (ends[start : stop + 1] - part.start).astype(np.int32)
            yield start, make((values, index.astype(np.int32), bounds), shape)
            start = stop

    def _ends(self) -> np.ndarray:
        """The checked indptr, int64."""
        data, indices, indptr = (part_of(self.node, name) for name in ("data", "indices", "indptr"))
        n_major = self.stored.stored_shape[0 if self.by == "spots" else 1]
        if any(array.ndim != 1 for array in (data, indices, indptr)) or data.shape != indices.shape:
            self.stored.refuse(f"{data.shape} values for {indices.shape} indices")
        if any(array.dtype.kind not in "iu" for array in (indices, indptr)):
            self.stored.refuse(f"indices of dtype {indices.dtype}, indptr of dtype {indptr.dtype}")
        if data.shape[0] > MOST_REPEATS * int(np.prod(self.stored.stored_shape, dtype=object)):
            self.stored.refuse(f"{data.shape[0]:,} values for {' x '.join(map(str, self.stored.stored_shape))} entries")
        for array in (data, indices, indptr) if data.shape[0] else ():
            if missing_chunks(array):
                self.stored.refuse(
                    f"{missing_chunks(array)} of {array.nchunks} chunks of '{array.basename}' are missing"
                )
        # Check the length first: a damaged indptr may be too long to be read.
        ends = read_array(indptr).astype(np.int64) if indptr.shape == (n_major + 1,) else np.ones(1, np.int64)
        if ends[0] != 0 or ends[-1] != data.shape[0] or (np.diff(ends) < 0).any():
            self.stored.refuse(f"its indptr does not part {data.shape[0]} values into {n_major} {self.by}")
        return ends


def _in_memory(matrix: sp.spmatrix | sp.sparray) -> tuple[str, tuple[int, ...], dict[str, np.ndarray], np.ndarray]:
    """What the rows of a sparse matrix are, its shape, its arrays as a group has them, and its values."""
    rows = matrix if matrix.format in ("csr", "csc") else matrix.tocsr()
    node = {"data": rows.data, "indices": rows.indices, "indptr": rows.indptr}
    return _LAYOUTS[f"{rows.format}_matrix"], tuple(rows.shape), node, rows.data
