"""Store guard: looks at a zarr store before its values are read.

A store is a folder, and anybody can put anything into it: a link to a file elsewhere, a codec that unpickles (and so
runs code), or a chunk of a kilobyte that unpacks to gigabytes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.read.bombs import BOUNDED_CODECS, HEADER_CODECS, MOST_CHUNK_BYTES, SLACK, unpacks_beyond

MOST_METADATA_BYTES = 2**26
"""Largest file that describes arrays. The consolidated one of a store with thousands of arrays has megabytes."""
_METADATA = (".zarray", ".zmetadata", "zarr.json")
_PICTURES = ("images", "labels")
"""Folders of a SpatialData store with pictures, which are most of its files."""
_HEADER_BYTES = 32


def inspect(store: Path) -> str:
    """Why a store must not be read, in words; "" if nothing is wrong."""
    root = store.resolve()
    for parent, folders, files in os.walk(store):
        here = Path(parent)
        for name in (*folders, *files):
            part = here / name
            if part.is_symlink() and not part.resolve().is_relative_to(root):
                return f"holds a link at {part.relative_to(store)} to {part.readlink()}"
        if here == store:
            folders[:] = [name for name in folders if name not in _PICTURES]
        about: dict[str, Any] = {}
        for name in _METADATA:
            if name in files:
                if (here / name).stat().st_size > MOST_METADATA_BYTES:
                    return f"has a description of over {MOST_METADATA_BYTES >> 20} MiB at {here.relative_to(store)}"
                about = _read(here / name)
                if any("pickle" in codec for codec in _codecs(about)):
                    return f"holds pickled objects at {here.relative_to(store)}, which run code when they are read"
        if isinstance(about.get("shape"), list) and (reason := _bomb(here, about)):
            return f"{here.relative_to(store)} {reason}"
    return ""


def _read(file: Path) -> dict[str, Any]:
    """A description; {} if it is damaged, which zarr reports when it reads it."""
    try:
        about = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return about if isinstance(about, dict) else {}


def _codecs(about: Any) -> Iterator[str]:
    """Names of all codecs in a description, however deep they are nested; not what users wrote into attributes."""
    if isinstance(about, dict):
        for key, value in about.items():
            if key in ("id", "name") and isinstance(value, str):
                yield value.lower().rpartition(".")[2]
            elif key != "attributes" and not key.endswith(".zattrs"):
                yield from _codecs(value)
    elif isinstance(about, list):
        for value in about:
            yield from _codecs(value)


def _bomb(array: Path, about: dict[str, Any]) -> str:
    """What is wrong with the chunks of an array; "" if nothing is."""
    n_bytes = _chunk_bytes(about)
    if n_bytes > MOST_CHUNK_BYTES:
        return f"has chunks of {n_bytes / 2**30:.1f} GiB"
    codecs = set(_codecs(about)) & {*HEADER_CODECS, *BOUNDED_CODECS}
    if "sharding_indexed" in _codecs(about):
        codecs.clear()  # a piece of a shard begins anywhere in its file
    for codec in codecs:
        for piece in _pieces(array):
            with piece.open("rb") as stream:
                packed = stream.read(_HEADER_BYTES if codec in HEADER_CODECS else -1)
            if unpacks_beyond(codec, packed, n_bytes + SLACK):
                return f"has a chunk that unpacks to more than the {n_bytes:,} bytes that it declares"
    return ""


def _chunk_bytes(about: dict[str, Any]) -> int:
    """Size of an unpacked chunk; `MOST_CHUNK_BYTES` for texts and for what only zarr understands."""
    try:
        edges = about["chunks"] if "chunks" in about else about["chunk_grid"]["configuration"]["chunk_shape"]
        kind = np.dtype(about["dtype"] if "dtype" in about else about["data_type"])
        return MOST_CHUNK_BYTES if kind.hasobject else kind.itemsize * prod(int(edge) for edge in edges)
    except (KeyError, TypeError, ValueError):
        return MOST_CHUNK_BYTES


def _pieces(array: Path) -> Iterator[Path]:
    """The files with the chunks of an array."""
    for parent, _, files in os.walk(array):
        for name in files:
            if not name.startswith(".") and name != "zarr.json":
                yield Path(parent, name)
