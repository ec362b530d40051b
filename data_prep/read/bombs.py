"""Bombs: pieces of a file that unpack to far more than the file says.

A compressed piece is only unpacked up to the size that its array declares for a chunk. Nothing here imports a library
for files, so that the guard of HDF5 files can use it in its own process.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Any

MOST_CHUNK_BYTES = 2**30
"""A chunk is unpacked as a whole. Those that writers choose are about a megabyte."""
SLACK = 2**16
"""Filters before the packing may add a few bytes: checksums, lengths of texts."""
HEADER_CODECS = ("blosc", "zstd")
"""Codecs whose pieces begin with their unpacked size."""
BOUNDED_CODECS: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(zlib.MAX_WBITS | 32),  # finds out by itself whether it is gzip or zlib
    "zlib": lambda: zlib.decompressobj(zlib.MAX_WBITS | 32),
    "bz2": bz2.BZ2Decompressor,
    "lzma": lzma.LZMADecompressor,
}
"""Codecs that can be stopped when a piece has unpacked to enough."""


def unpacks_beyond(codec: str, packed: bytes, limit: int) -> bool:
    """Whether a piece unpacks to more than ``limit`` bytes. False for codecs that cannot tell without unpacking.

    Args:
        codec: name of the codec, as zarr spells it.
        packed: the piece, or for "blosc" and "zstd" its beginning.
        limit: greatest size in bytes.
    """
    if codec == "blosc":
        return len(packed) >= 8 and int.from_bytes(packed[4:8], "little") > limit
    if codec == "zstd":
        return (_zstd_size(packed) or 0) > limit
    if codec not in BOUNDED_CODECS:
        return False
    try:
        return len(BOUNDED_CODECS[codec]().decompress(packed, limit + 1)) > limit
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError):
        return False  # damage is found when the piece is read


def _zstd_size(packed: bytes) -> int | None:
    """The size that the header of a Zstandard frame declares (RFC 8878, 3.1.1.1); None if it declares none."""
    if len(packed) < 18 or packed[:4] != b"\x28\xb5\x2f\xfd":
        return None
    descriptor = packed[4]
    single, flag = descriptor >> 5 & 1, descriptor >> 6
    width = (0 if not single else 1, 2, 4, 8)[flag]
    start = 5 + (not single) + (0, 1, 2, 4)[descriptor & 3]
    if not width:
        return None
    return int.from_bytes(packed[start : start + width], "little") + (256 if width == 2 else 0)
