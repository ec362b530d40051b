"""Figures as PNG files: one byte a pixel, since all figures share one table of at most 256 colours."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np

from data_prep.figures import palette

_COMPRESSION = 1
"""zlib's quickest: on figures, level 6 takes half as long again for files a twentieth smaller."""


def encode_png(image: np.ndarray) -> bytes:
    """PNG of a uint8 picture of shape (height, width, 3), without loss.

    A picture in the colours of ``palette.figure_table`` is stored as places in that table, any other as RGB.
    """
    from PIL import Image

    table = palette.figure_table()
    key = image[..., 0].astype(np.uint16)
    key <<= 8
    key |= image[..., 1]
    index = np.take(_places(), key)
    # Red and green tell the colours of the table apart (a test holds that); of another colour something differs.
    if np.array_equal(np.take(table, index, axis=0), image):
        picture = Image.fromarray(index)
        picture.putpalette(table.tobytes())
    else:
        picture = Image.fromarray(image)
    buffer = io.BytesIO()
    picture.save(buffer, format="png", compress_level=_COMPRESSION)
    return buffer.getvalue()


@lru_cache(maxsize=1)
def _places() -> np.ndarray:
    """(2^16,) uint8: place in the table of figures for each red and green; 0 for those that are not in there."""
    places = np.zeros(2**16, np.uint8)
    table = palette.figure_table().astype(np.int64)
    places[table[:, 0] * 256 + table[:, 1]] = np.arange(len(table))
    return places
