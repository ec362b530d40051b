"""Pictures of up to four panels, two by two, each with a letter in its upper left corner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from data_prep.figures import palette

PANELLED_KINDS = ("montage", "composition")
"""Kinds of figures that consist of panels."""
_GLYPHS = {
    "A": "01101001111110011001",
    "B": "11101001111010011110",
    "C": "01111000100010000111",
    "D": "11101001100110011110",
    "E": "11111000111010001111",
    "F": "11111000111010001000",
    "G": "01111000101110010111",
    "H": "10011001111110011001",
}
"""Letters on a grid of 4 × 5 pixels. Pillow's bitmap font needs 6 × 11 pixels, too many for a panel of 64 pixels."""
_GLYPH_HEIGHT, _GLYPH_WIDTH = 5, 4
_PANEL_PER_PIXEL = 64
"""A panel of this size in pixels has letters of one pixel per grid point. Larger panels have larger letters."""


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
    glyph = np.array([int(bit) for bit in _GLYPHS[letter]], bool).reshape(_GLYPH_HEIGHT, _GLYPH_WIDTH)
    corner = panel[letter_slices(panel.shape[0])]
    corner[:] = palette.BACKGROUND
    corner[1:-1, 1:-1][np.kron(glyph, np.ones((scale, scale), bool))] = palette.ASKED


def _letter_scale(panel_size: int) -> int:
    return max(1, panel_size // _PANEL_PER_PIXEL)
