"""Access to HDF5 files, zarr stores and mappings in memory, with one error for every kind of damage.

All calls of h5py, zarr and anndata on the content of a file are in this module. A damaged file makes them raise many
types of exceptions, which become `DamagedFileError`. The same exceptions from other code are bugs and stay tracebacks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data_prep.errors import NicheLensError
from data_prep.read import crash_guard, store_guard


class DamagedFileError(Exception):
    """A library cannot read some part of a file; the text is the reason in one short line."""


@contextmanager
def library_reads() -> Iterator[None]:
    """Turn what a library raises for a damaged file into `DamagedFileError`. Put only calls of libraries inside.

    A missing permission is no damage and stays a `PermissionError`.
    """
    from anndata._io.specs.registry import IORegistryError  # anndata has no public name for it

    try:
        yield
    except PermissionError:
        raise
    except (
        OSError,  # h5py: truncated or damaged; pyarrow: not a Parquet file
        RuntimeError,  # h5py: damaged links and attributes; zarr: codecs
        KeyError,  # h5py, zarr: a missing or damaged part
        ValueError,  # all: contradictory values; UnicodeDecodeError and zarr's own errors are of this kind
        TypeError,  # h5py: types that numpy does not have; anndata: parts of an unexpected type
        AttributeError,  # anndata: a group where an array should be, or an array for a group
        IndexError,  # anndata: codes beyond the categories
        MemoryError,  # numpy: a damaged shape that no memory can hold
        IORegistryError,  # anndata: unknown encodings
    ) as error:
        raise DamagedFileError(" ".join(str(error).split())[:120] or type(error).__name__) from error


@contextmanager
def open_file(source: Path | Mapping[str, Any]) -> Iterator[Any]:
    """The root group of an HDF5 file or of a zarr store (a folder), opened for reading; a mapping is its own root.

    Raises:
        DamagedFileError: the file cannot be opened, or it crashes the HDF5 library.
        NicheLensError: it leads to other files, holds pickled objects, or unpacks to far more than it says.
    """
    if isinstance(source, Mapping):
        yield source
    elif source.is_dir():
        import zarr

        if reason := store_guard.inspect(source):
            raise _refused(source, reason)
        with library_reads():
            group = zarr.open_group(source, mode="r")
        yield group
    else:
        import h5py

        found = crash_guard.inspect(source)
        if found.refused:
            raise _refused(source, found.refused)
        if found.crash:
            raise DamagedFileError(found.crash)
        with library_reads():
            file = h5py.File(source, "r")
        with file:
            yield file


def _refused(source: Path, reason: str) -> NicheLensError:
    """The one line about a file that must not be read."""
    return NicheLensError(f"{source.name}: {reason}; save the slide again, as one file that holds all of its values")


def names_in(group: Any) -> list[str]:
    """Names of the parts of a group, sorted."""
    with library_reads():
        return sorted(group.keys())


def part_of(group: Any, name: str) -> Any:
    """A group, array or matrix inside a group.

    Raises:
        DamagedFileError: there is none, or its description cannot be read.
    """
    with library_reads():
        part = group[name]
        if hasattr(part, "dtype"):
            part.shape, part.dtype, getattr(part, "chunks", None)
        return part


def optional_part(group: Any, name: str) -> Any:
    """The same as `part_of`, or None if the group has no such part."""
    with library_reads():
        present = name in group
    return part_of(group, name) if present else None


def attributes_of(node: Any) -> dict[str, Any]:
    """All attributes of a group or array."""
    with library_reads():
        return dict(node.attrs)


def read_array(array: Any, rows: slice = slice(None)) -> np.ndarray:
    """Some rows of an array, or all of it."""
    with library_reads():
        return np.asarray(array[rows])


def read_texts(array: Any) -> list[str]:
    """The texts of an array of strings."""
    return [as_text(value) for value in read_array(array)]


def read_table(group: Any) -> pd.DataFrame:
    """A table as anndata reads it.

    Raises:
        DamagedFileError: the group cannot be read, or is no table.
    """
    table = read_element(group)
    if not isinstance(table, pd.DataFrame):
        reason = f"{type(table).__name__} where a table should be"
        raise DamagedFileError(reason)
    return table


def read_element(node: Any) -> Any:
    """A part of an AnnData file as anndata reads it: a table, an array, a mapping."""
    from anndata.io import read_elem

    with library_reads():
        return read_elem(node)


def missing_chunks(array: Any) -> int:
    """Chunks that a zarr array lacks, which would be read as zeros; 0 for arrays of HDF5 and for other objects."""
    return getattr(array, "nchunks", 0) - getattr(array, "nchunks_initialized", 0)


def as_text(value: Any) -> str:
    """A name that a file holds as bytes or as text.

    Raises:
        DamagedFileError: the bytes are no UTF-8.
    """
    try:
        return value.decode() if isinstance(value, bytes) else str(value)
    except UnicodeDecodeError as error:
        raise DamagedFileError(str(error)[:120]) from error


def as_shape(value: Any) -> tuple[int, ...]:
    """The shape that a file states for a matrix.

    Raises:
        DamagedFileError: it does not consist of whole numbers.
    """
    shape = np.asarray(value)
    if shape.size and shape.dtype.kind not in "iu":
        reason = f"the shape {str(value)[:60]}"
        raise DamagedFileError(reason)
    return tuple(int(n) for n in shape.ravel())
