"""The changes change what they say and nothing else."""

import numpy as np
import pytest

from inference.evaluation.pixel_statistics import read_focus
from inference.evaluation.robustness import SHIFTS, moved, recoloured


@pytest.fixture
def picture(facts):
    return facts.canvas.focus([str(facts.slide.genes[0])], facts.slide.niches[0])[0]


@pytest.mark.parametrize("way", SHIFTS)
def test_a_move_is_by_one_pixel_and_uncovers_white(picture, way):
    down, right = SHIFTS[way]
    after = moved(picture, down, right)
    assert after.shape == picture.shape
    y, x = 60, 70
    assert (after[y + down, x + right] == picture[y, x]).all()
    assert (moved(after, -down, -right)[2:-2, 2:-2] == picture[2:-2, 2:-2]).all()


def test_a_move_uncovers_background():
    black = np.zeros((4, 4, 3), np.uint8)
    assert (moved(black, 1, 0)[0] == 255).all()
    assert (moved(black, 0, -1)[:, -1] == 255).all()
    assert (moved(black, 1, 0)[1:] == 0).all()


def test_another_colour_scale_repaints_the_niche_only(picture):
    before = read_focus(picture)
    after = recoloured(picture)
    changed = (after != picture).any(axis=-1)
    assert not changed[~before.inside].any()
    assert changed[before.inside].all()
    darkest, brightest = (before.level[before.inside] == v for v in (0.0, 1.0))
    assert (after[before.inside][darkest] == (68, 1, 84)).all()  # viridis from end to end
    assert (after[before.inside][brightest] == (253, 231, 37)).all()
