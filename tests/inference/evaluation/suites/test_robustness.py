"""Each change of a picture changes what its name says, and nothing else."""

import numpy as np
import pytest

from inference.evaluation.baselines.pixel_statistics import read_focus
from inference.evaluation.suites.robustness import SHIFTS, recolour_niche, shift


@pytest.fixture
def picture(facts):
    return facts.canvas.focus([str(facts.slide.genes[0])], facts.slide.niches[0])[0]


@pytest.mark.parametrize("way", SHIFTS)
def test_a_shift_is_by_one_pixel(picture, way):
    down, right = SHIFTS[way]
    after = shift(picture, down, right)
    assert after.shape == picture.shape
    y, x = 60, 70
    assert (after[y + down, x + right] == picture[y, x]).all()
    assert (shift(after, -down, -right)[2:-2, 2:-2] == picture[2:-2, 2:-2]).all()


def test_a_shift_uncovers_background():
    black = np.zeros((4, 4, 3), np.uint8)
    assert (shift(black, 1, 0)[0] == 255).all()
    assert (shift(black, 0, -1)[:, -1] == 255).all()
    assert (shift(black, 1, 0)[1:] == 0).all()


def test_another_colour_scale_repaints_the_niche_only(picture):
    before = read_focus(picture)
    after = recolour_niche(picture)
    changed = (after != picture).any(axis=-1)
    assert not changed[~before.inside].any()
    assert changed[before.inside].all()
    darkest, brightest = (before.level[before.inside] == v for v in (0.0, 1.0))
    assert (after[before.inside][darkest] == (68, 1, 84)).all()  # viridis from end to end
    assert (after[before.inside][brightest] == (253, 231, 37)).all()
