"""Crash guard: reads an HDF5 file in a separate process before the main process reads it.

libhdf5 follows damaged pointers: one flipped byte can crash it or keep it busy for ever. It also follows links to other
files, and unpacks a chunk of a kilobyte to gigabytes. A file must not bring down a command, or a page that serves many
people, and it must not show them other files. Run as a script, this module looks at everything that the readers may
read: first all links, sizes and chunks, then all attributes, small arrays completely, and both ends of large arrays.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

SMALL_BYTES = 2**24
"""Arrays up to this size are read completely."""
PATIENCE_S = 60
"""Time limit in seconds. An intact file of any size takes a few seconds."""
MEMORY_BYTES = 4 * 2**30
"""Memory that reading may take, beside the libraries."""
MOST_PARTS = 100_000
"""Most groups and arrays of a file. A slide with a hundred pictures has thousands."""
MOST_TEXTS = 2**25
"""Most texts of an array: three times the bins of 2 µm of a Visium HD slide. Each is looked at."""
TEXTS_AT_ONCE = 2**16
TEXT_BYTES = 2**31
"""Most text of a file. A gene or spot name has tens of bytes; but all of them may refer to one text of gigabytes."""
_HARMLESS_CHUNK = 2**20
"""gzip unpacks at most 1032-fold. Smaller pieces unpack to less than a gigabyte, whatever they hold."""
_REFUSED = "refused: "


@dataclass(frozen=True)
class Inspection:
    """What the guard found in a file.

    Attributes:
        crash: what the file does to the HDF5 library, in words; "" if the library can read it without crashing.
        refused: why the file must not be read though it can be: links to other files, bombs; "" if nothing is wrong.
    """

    crash: str = ""
    refused: str = ""


def inspect(path: Path) -> Inspection:
    """Inspects a file once; later calls look the result up while the file does not change."""
    status = path.stat()
    return _try(path.absolute(), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=256)
def _try(path: Path, size: int, changed: int) -> Inspection:
    """Try a file once; size and time of change identify its content."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", __file__, str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Inspection(crash=f"the HDF5 library is not done with it after {PATIENCE_S} s")
    said = done.stdout.decode("utf-8", "replace")
    if said.startswith(_REFUSED):
        return Inspection(refused=" ".join(said.removeprefix(_REFUSED).split()))
    return Inspection(crash="" if done.returncode == 0 else "the HDF5 library crashes on it")


class _Refused(Exception):
    """The file must not be read; the text is the reason."""


def _inspect(path: str) -> None:
    """Reports what must be refused. Errors are not reported: the main process reports them. A crash shows by itself."""
    import h5py

    with h5py.File(path, "r") as file:
        nodes = list(_nodes(file, "", {file.id}))
        for where, node in nodes:
            if not isinstance(node, h5py.Group):
                _check_array(where, node)
        _limit_memory()
        texts = 0
        for where, node in nodes:
            try:
                texts += _read(node)
            except MemoryError as error:
                reason = f"{where} needs more than {MEMORY_BYTES >> 20:,} MiB of memory to be unpacked"
                raise _Refused(reason) from error
            except OSError:
                _check_array(where, node, harmless=0)  # the file is damaged, or a chunk needs more than the memory
            if texts > TEXT_BYTES:
                reason = f"its texts unpack to more than {TEXT_BYTES >> 20:,} MiB"
                raise _Refused(reason)


def _nodes(group: Any, where: str, seen: set[Any]) -> Iterator[tuple[str, Any]]:
    """Every group and array of the file itself, with its path. Links to other files are not followed."""
    import h5py

    yield where or "/", group
    for name in group:
        path = f"{where}/{name}".removeprefix("/")
        link = child = None
        with suppress(Exception):
            link = group.get(name, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            reason = f"holds an external link at {path} to {link.filename}"
            raise _Refused(reason)
        with suppress(Exception):
            child = group[name]
        if child is None and isinstance(link, h5py.SoftLink):
            reason = f"holds a soft link at {path} to {link.path}, which the file does not have"
            raise _Refused(reason)
        if child is None or child.id in seen:
            continue
        seen.add(child.id)
        if len(seen) > MOST_PARTS:
            reason = f"holds more than {MOST_PARTS:,} groups and arrays"
            raise _Refused(reason)
        if isinstance(child, h5py.Group):
            yield from _nodes(child, path, seen)
        elif isinstance(child, h5py.Dataset):
            yield path, child


def _check_array(where: str, array: Any, harmless: int = _HARMLESS_CHUNK) -> None:
    """Refuses values that lie in other files, and chunks that are too large or unpack to more than they declare.

    Args:
        where: path of the array, for the reason.
        array: the array.
        harmless: packed size in bytes up to which a chunk is not looked at.
    """
    from bombs import MOST_CHUNK_BYTES, SLACK, unpacks_beyond  # type: ignore[import-not-found]  # beside this script

    others = []
    with suppress(Exception):
        others = [name for name, *_ in array.external or ()]
    with suppress(Exception):
        if array.is_virtual:
            others += [source.file_name for source in array.virtual_sources() if source.file_name != "."]
    if others:
        kind = "is a virtual array that reads" if array.is_virtual else "keeps its values in"
        reason = f"{where} {kind} another file, {others[0]}"
        raise _Refused(reason)
    if array.dtype.kind == "O" and array.size and array.size > MOST_TEXTS:
        reason = f"{where} declares {array.size:,} texts"
        raise _Refused(reason)
    packing, n_bytes, pieces = None, 0, []
    with suppress(Exception):
        if array.chunks:
            packing, n_bytes = array.compression, array.dtype.itemsize
            for edge in array.chunks:
                n_bytes *= edge
            array.id.chunk_iter(lambda piece: pieces.append((piece.chunk_offset, piece.size)))
    if n_bytes > MOST_CHUNK_BYTES:
        reason = f"{where} has chunks of {n_bytes / 2**30:.1f} GiB"
        raise _Refused(reason)
    for offset, size in pieces:
        if packing != "gzip" or size <= harmless:
            continue
        packed = b""
        with suppress(Exception):
            _, packed = array.id.read_direct_chunk(offset)
        if unpacks_beyond("gzip", packed, n_bytes + SLACK):
            reason = f"a chunk of {where} unpacks to more than the {n_bytes:,} bytes that it declares"
            raise _Refused(reason)


def _read(node: Any) -> int:
    """Reads what the readers may read of a node; returns the bytes of its texts.

    Raises:
        MemoryError: it needs more memory than `_limit_memory` gave.
        OSError: a chunk cannot be unpacked.
    """
    import h5py

    for name in node.attrs:
        with _only_memory_errors():
            node.attrs[name]
    texts = 0
    with _only_memory_errors():
        if isinstance(node, h5py.Group):
            pass
        elif h5py.check_string_dtype(node.dtype) and node.dtype.kind == "O" and node.ndim == 1:
            for start in range(0, node.shape[0], TEXTS_AT_ONCE):
                texts += sum(map(len, node[start : start + TEXTS_AT_ONCE]))
                if texts > TEXT_BYTES:
                    break
        elif not node.ndim or node.size * node.dtype.itemsize <= SMALL_BYTES:
            node[()]
        else:
            node[:1], node[-1:]
    return texts


@contextmanager
def _only_memory_errors() -> Iterator[None]:
    """Passes on what a lack of memory raises, and drops what else a library raises."""
    try:
        yield
    except MemoryError:
        raise
    except OSError as error:
        if "filter returned failure" in str(error):
            raise
    except Exception:
        pass


def _limit_memory() -> None:
    """Lets this process take so much memory from here on, where the system can limit it."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY_BYTES, taken + MEMORY_BYTES))


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent))  # last, so that no file here hides one of a library
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        _inspect(sys.argv[1])
    except _Refused as found:
        os.write(1, f"{_REFUSED}{found}".encode(errors="replace"))
    except Exception:
        pass
    os._exit(0)  # skip the clean-up of the library, which may crash
