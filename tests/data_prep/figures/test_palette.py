"""Colours: brightness of the expression scale, in colour and in grey."""

import numpy as np

from data_prep.figures import palette

LUMA = np.array([0.299, 0.587, 0.114])


def test_colour_and_grey_have_the_same_brightness() -> None:
    colour, grey = palette.expression_table() @ LUMA, palette.grey_table() @ LUMA
    assert np.abs(colour - grey).max() < 1.0
    assert (np.diff(colour) > 0).all()


def test_niche_colours_differ_from_each_other_and_from_the_scale() -> None:
    """Two colours that a model could take for each other would make the names of colours useless."""
    colours = np.array(list(palette.NICHE_COLOURS.values()), float)
    distance = np.linalg.norm(colours[:, None] - colours[None], axis=-1)
    assert distance[~np.eye(len(colours), dtype=bool)].min() > 60
