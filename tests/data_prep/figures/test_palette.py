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


def test_thirty_niches_differ_from_each_other_and_from_grey() -> None:
    colours = palette.niche_table()[:30].astype(float)
    distance = np.linalg.norm(colours[:, None] - colours[None], axis=-1)
    assert distance[~np.eye(30, dtype=bool)].min() > 45
    assert np.ptp(colours, axis=1).min() > 30
    named = np.array(list(palette.NICHE_COLOURS.values()))
    np.testing.assert_array_equal(palette.niche_table()[: len(named)], named)


def test_a_twin_is_told_apart_without_red_and_green_vision() -> None:
    """Brightness of blue tells the second map, brightness of the rest the first, and both are no background."""
    steps = palette.twin_table()[: palette.TWIN_LEVELS**2].reshape(palette.TWIN_LEVELS, palette.TWIN_LEVELS, 3)
    assert (np.diff(steps[..., 0].astype(int), axis=0) > 10).all()
    assert (np.diff(steps[..., 0].astype(int), axis=1) == 0).all()
    assert (np.diff(steps[..., 2].astype(int), axis=1) > 10).all()
    assert (np.diff(steps[..., 2].astype(int), axis=0) == 0).all()
    assert np.linalg.norm(255.0 - steps[-1, -1]) > 50
