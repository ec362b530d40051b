"""Crash guard: reads an HDF5 file in a separate process before the main process reads it.

libhdf5 follows damaged pointers: one flipped byte can crash it or keep it busy for ever. A file must not bring down a
command, or a page that serves many people. Run as a script, this module reads everything that the readers may read:
all attributes, small arrays completely, and both ends of large arrays.
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
"""Arrays up to this size are read completely."""
PATIENCE_S = 60
"""Time limit in seconds. An intact file of any size takes a few seconds."""


def damage_that_crashes(path: Path) -> str:
    """What a file does to the HDF5 library, in words; "" if the library can read it without crashing."""
    status = path.stat()
    return _try(path.absolute(), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=256)
def _try(path: Path, size: int, changed: int) -> str:
    """Try a file once; size and time of change identify its content."""
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
    """Read without reporting errors: the main process reports them. Only a crash of the process matters here."""
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
    os._exit(0)  # skip the clean-up of the library, which may crash
