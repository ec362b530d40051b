"""Reads an HDF5 file in a process of its own, before it is read in ours.

libhdf5 follows damaged pointers wherever they lead: one flipped byte can crash it or keep it busy for ever, and neither
a command nor a page that serves many people should go down with a file. Run as a script, it reads all that a reader of
slides may touch: every attribute, small arrays as a whole, of large ones the two ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

SMALL_BYTES = 2**24
"""Arrays up to this size are read as a whole."""
PATIENCE_S = 60
"""A sound file of any size takes seconds."""


def damage_that_crashes(path: Path) -> str:
    """What a file does to the HDF5 library, in words; "" where the library survives it."""
    about = path.stat()
    return _try(path.absolute(), about.st_size, about.st_mtime_ns)


@lru_cache(maxsize=256)
def _try(path: Path, size: int, changed: int) -> str:
    """Tells files apart by size and time, so that a file is tried once."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", __file__, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"the HDF5 library is not done with it after {PATIENCE_S} s"
    return "" if done.returncode == 0 else "the HDF5 library crashes on it"


def _read_all(path: str) -> None:
    """Errors are told by whoever reads the file in earnest; here only what ends the process counts."""
    import h5py

    def visit(node: Any, above: frozenset[Any]) -> None:
        for name in node.attrs:
            with suppress(Exception):
                node.attrs[name]
        if isinstance(node, h5py.Group):
            for name in node:
                with suppress(Exception):
                    child = node[name]
                    if child.id not in above:
                        visit(child, above | {child.id})
        elif not node.ndim or node.size * node.dtype.itemsize <= SMALL_BYTES:
            node[()]
        else:
            node[:1], node[-1:]

    with h5py.File(path, "r") as file:
        visit(file, frozenset([file.id]))


if __name__ == "__main__":
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(Exception):
        _read_all(sys.argv[1])
    os._exit(0)  # without the library's own clearing up
