"""Where the parts of a picture are: the tissue in a square at the top, the evidence bars in a strip below it.

Every kind of figure has the same layout, so the tissue of a figure can be mirrored or turned without its bars.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STRIP = 16
"""The strip at the bottom takes 1/16 of the picture: one row of 8-pixel patches of a picture of 128 pixels."""


def strip_height(size: int) -> int:
    """Height in pixels of the strip of the bars in a picture with this edge length."""
    return size // STRIP


def tissue_slices(size: int) -> tuple[slice, slice]:
    """Rows and columns of the square in which the tissue is drawn.

    Args:
        size: edge length of the picture in pixels.
    """
    strip = strip_height(size)
    return slice(size - strip), slice(strip // 2, strip // 2 + size - strip)


@dataclass(frozen=True)
class Frame:
    """The part of the tissue that a picture shows: a square.

    Attributes:
        centre: (x, y) in the units of the slide.
        width: edge length of the square in the units of the slide; the centres of the outermost pixels lie on its edge.
    """

    centre: tuple[float, float]
    width: float

    @classmethod
    def around(cls, low: np.ndarray, high: np.ndarray) -> Frame:
        """The smallest frame that contains a box.

        Args:
            low: (2,) smallest x and y.
            high: (2,) largest x and y.
        """
        x, y = ((low + high) / 2).tolist()
        return cls((x, y), max(float((high - low).max()), 1e-9))

    def to_pixels(self, xy: np.ndarray, side: int) -> np.ndarray:
        """Positions in pixels of the square of the tissue, (n, 2): the centre of its first pixel is (0, 0).

        Args:
            xy: (n, 2) positions in the units of the slide.
            side: edge length of the square in pixels.
        """
        return (xy - self.centre) * ((side - 1) / self.width) + (side - 1) / 2

    def contains(self, xy: np.ndarray) -> np.ndarray:
        """(n,) whether each position lies in the frame."""
        near: np.ndarray = np.abs(xy - self.centre) <= self.width / 2
        return near[:, 0] & near[:, 1]
