"""Figures as PNG files with one byte per pixel: each figure has the colours of one table of at most 256 colours."""

from __future__ import annotations

import base64
import io
from functools import lru_cache

import numpy as np

from data_prep.figures import palette

_COMPRESSION = 1
"""zlib's fastest level. Level 6 takes 50 % longer for files that are 5 % smaller."""


def encode_png(image: np.ndarray) -> bytes:
    """Encode a uint8 picture of shape (height, width, 3) without loss.

    A picture in the colours of one of ``palette``'s tables is stored as indices into that table, any other as RGB.
    """
    from PIL import Image

    key = image[..., 0].astype(np.uint16)
    key <<= 8
    key |= image[..., 1]
    picture = None
    for table, index_of_key in _tables():
        index = np.take(index_of_key, key)
        # Red and green identify a colour of the table (tested); a picture with any other colour differs here.
        if np.array_equal(np.take(table, index, axis=0), image):
            picture = Image.fromarray(index)
            picture.putpalette(table.tobytes())
            break
    picture = picture or Image.fromarray(image)
    buffer = io.BytesIO()
    picture.save(buffer, format="png", compress_level=_COMPRESSION)
    return buffer.getvalue()


def data_url(png: bytes) -> str:
    """A PNG file as a `data:` URL, for web pages and for the chat protocol."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


@lru_cache(maxsize=1)
def _tables() -> list[tuple[np.ndarray, np.ndarray]]:
    """Each table of colours, and its index for each red and green, (2^16,) uint8; 0 for colours that it lacks."""
    tables = []
    for table in (palette.figure_table(), palette.twin_table()):
        index = np.zeros(2**16, np.uint8)
        red, green, _ = table.astype(np.int64).T
        index[red * 256 + green] = np.arange(len(table))
        tables.append((table, index))
    return tables
