"""Read pixels of figures."""

import numpy as np

from data_prep.figures import palette
from data_prep.figures.frame import tissue_slices

LUMA = np.array([0.299, 0.587, 0.114])


def tissue_of(picture: np.ndarray) -> np.ndarray:
    """The square of a picture that shows the tissue, without the strip of the bars."""
    return picture[tissue_slices(len(picture))]


def is_tissue(picture: np.ndarray) -> np.ndarray:
    return ~has_colour(picture, palette.BACKGROUND)


def is_coloured(picture: np.ndarray) -> np.ndarray:
    return np.ptp(picture.astype(int), axis=-1) > 6


def has_colour(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return (picture == np.array(colour, np.uint8)).all(axis=-1)


def brightness(picture: np.ndarray) -> np.ndarray:
    return picture @ LUMA
