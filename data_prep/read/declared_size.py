"""Sizes that a file declares, checked before anything of that size is read.

A file of a kilobyte can declare a table of a petabyte: arrays that were never written take no room in a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from data_prep.errors import NicheLensError
from data_prep.read.file_access import names_in, part_of

TEXT_BYTES = 100
"""Memory of a short text in a table: the object, and the reference to it."""


def check_tables(parts: Iterable[Any], where: str) -> None:
    """Refuses tables that declare more than the free memory of this machine.

    Args:
        parts: groups and arrays that will be read as a whole; None is left out.
        where: name of the file, for messages.

    Raises:
        NicheLensError: they are too large.
    """
    import psutil

    declared = sum(_bytes(part) for part in parts if part is not None)
    free = psutil.virtual_memory().available
    if declared > free:
        message = (
            f"{where}: its tables declare {declared / 2**30:,.1f} GiB, more than the {free / 2**30:,.1f} GiB of memory "
            "that are free; check who wrote the file, or keep fewer columns of obs and var"
        )
        raise NicheLensError(message)


def _bytes(node: Any) -> int:
    if not hasattr(node, "dtype"):
        return sum(_bytes(part_of(node, name)) for name in names_in(node))
    entry = TEXT_BYTES if node.dtype.kind in "OT" else node.dtype.itemsize
    size = 1
    for length in node.shape:
        size *= int(length)
    return size * entry
