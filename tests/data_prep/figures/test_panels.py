"""Pictures of panels: where each panel and its letter are."""

import numpy as np
import pytest

from data_prep.figures import palette
from data_prep.figures.panels import arrange_panels, letter_slices, panel_slices
from data_prep.figures.spec import PANELS, TYPE_PANELS

GREY = 100


@pytest.mark.parametrize("size", [64, 128, 256, 448])
def test_a_letter_covers_only_its_corner(size: int) -> None:
    panels = np.full((4, size // 2, size // 2, 3), GREY, np.uint8)
    picture = arrange_panels(panels, PANELS, size)
    for where in panel_slices(size):
        panel = picture[where]
        corner = panel[letter_slices(size // 2)]
        assert set(np.unique(corner)) == {0, 255}
        assert (corner[[0, -1]] == palette.BACKGROUND).all()
        assert (corner[:, [0, -1]] == palette.BACKGROUND).all()
        assert (panel == GREY).all(axis=-1).sum() == panel[..., 0].size - corner[..., 0].size


def test_letters_grow_with_the_panel() -> None:
    heights = [letter_slices(size)[0].stop for size in (32, 64, 128, 224)]
    assert heights == [8, 8, 14, 20]


def test_every_letter_looks_different() -> None:
    panel = np.full((1, 64, 64, 3), GREY, np.uint8)
    pictures = [arrange_panels(panel, letter, 128)[letter_slices(64)].tobytes() for letter in (*PANELS, *TYPE_PANELS)]
    assert len(set(pictures)) == 8


def test_panels_keep_their_order_and_missing_ones_are_background() -> None:
    panels = np.stack([np.full((64, 64, 3), value, np.uint8) for value in (10, 20, 30)])
    picture = arrange_panels(panels, PANELS, 128)
    assert [int(picture[where][-1, -1, 0]) for where in panel_slices(128)] == [10, 20, 30, 255]
