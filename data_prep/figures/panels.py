"""Pictures of up to four panels, two by two, each with a letter in its upper left corner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np

from data_prep.figures import palette

_GLYPH_TOP, _GLYPH_HEIGHT, _GLYPH_WIDTH = 3, 6, 6
"""The pixels of Pillow's bitmap font that capital letters cover. With its white rim a letter takes 8 × 8 pixels."""
_PANEL_PER_PIXEL = 64
"""A panel of this size in pixels has letters of the font's own size. Larger panels have larger letters."""


def panel_slices(size: int) -> Iterator[tuple[slice, slice]]:
    """Rows and columns of each panel of a picture, in the order of the letters.

    Args:
        size: edge length of the picture in pixels.
    """
    half = size // 2
    for y, x in ((0, 0), (0, half), (half, 0), (half, half)):
        yield slice(y, y + half), slice(x, x + half)


def letter_slices(panel_size: int) -> tuple[slice, slice]:
    """Rows and columns of a panel that its letter covers, with a white rim of one pixel.

    Args:
        panel_size: edge length of the panel in pixels.
    """
    scale = _letter_scale(panel_size)
    return slice(_GLYPH_HEIGHT * scale + 2), slice(_GLYPH_WIDTH * scale + 2)


def arrange_panels(panels: Iterable[np.ndarray], letters: Sequence[str], size: int) -> np.ndarray:
    """One picture of lettered panels, (size, size, 3) uint8.

    Args:
        panels: one to four pictures of half the size.
        letters: one letter for each panel.
        size: edge length of the picture in pixels.
    """
    picture = np.full((size, size, 3), palette.BACKGROUND, np.uint8)
    for panel, letter, where in zip(panels, letters, panel_slices(size), strict=False):
        picture[where] = panel
        _draw_letter(picture[where], letter)
    return picture


def _draw_letter(panel: np.ndarray, letter: str) -> None:
    """Write a letter into a panel, black on white."""
    scale = _letter_scale(panel.shape[0])
    glyph = _glyph(letter)
    corner = panel[letter_slices(panel.shape[0])]
    corner[:] = palette.BACKGROUND
    corner[1:-1, 1:-1][np.kron(glyph, np.ones((scale, scale), bool))] = palette.ASKED


@lru_cache
def _glyph(letter: str) -> np.ndarray:
    """(_GLYPH_HEIGHT, _GLYPH_WIDTH) bool, True on the letter."""
    from PIL import ImageFont

    mask = ImageFont.load_default_imagefont().getmask(letter, mode="1")
    drawn = np.array(mask).reshape(mask.size[::-1]) > 0
    return drawn[_GLYPH_TOP : _GLYPH_TOP + _GLYPH_HEIGHT, :_GLYPH_WIDTH]


def _letter_scale(panel_size: int) -> int:
    return max(1, panel_size // _PANEL_PER_PIXEL)
