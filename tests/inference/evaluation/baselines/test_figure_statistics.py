"""Figures are read back from their pixels, and their numbers say what they are named for."""

import numpy as np
import pytest

from data_prep.figures import palette
from data_prep.figures.frame import tissue_slices
from data_prep.figures.spec import FigureSpec
from inference.evaluation.baselines.figure_statistics import FigureStatistics, map_correlation, read_figure

SIZE = 128


def paint(level, niche=None, size=SIZE):
    """A focus picture of a square tissue with a level (side, side) and a niche (side, side)."""
    picture = np.full((size, size, 3), 255, np.uint8)
    step = np.rint(level * (palette.LEVELS - 1)).astype(int)
    colours = palette.expression_table()[step]
    if niche is not None:
        colours = np.where(niche[..., None], colours, palette.grey_table()[step])
    picture[tissue_slices(size)] = colours
    return picture


@pytest.fixture(scope="module")
def grid():
    side = SIZE - SIZE // 16
    return np.meshgrid(np.arange(side) / side, np.arange(side) / side)


def test_level_and_niche_are_read_back(grid):
    x, y = grid
    niche = x > 0.5
    reading = read_figure(paint(y, niche))
    assert (reading.colour == niche).all()
    assert reading.tissue.all()
    assert np.abs(reading.level - y).max() < 0.01
    assert not reading.black.any()


def test_every_figure_of_a_slide_has_the_same_finite_numbers(facts):
    genes, niches = [str(gene) for gene in facts.slide.genes], facts.slide.niches
    specs = [
        FigureSpec("focus", (genes[0],), niches[0]),
        FigureSpec("closeup", (genes[0],), niches[0]),
        FigureSpec("pair", (), niches[0], other=niches[1]),
        FigureSpec("spill", (genes[0],), niches[0], other=niches[1]),
        FigureSpec("mask", (), niches[0]),
        FigureSpec("niche", (), niches[0]),
        FigureSpec("expression", (genes[0],)),
        FigureSpec("twin", (genes[0], genes[1])),
    ]
    numbers = [FigureStatistics.measure(picture).numbers("left") for picture in facts.canvas.pictures(specs)]
    assert {len(some) for some in numbers} == {len(numbers[0])}
    assert np.isfinite(numbers).all()
    blank = FigureStatistics.measure(np.full((SIZE, SIZE, 3), 255, np.uint8)).numbers()
    assert np.isfinite(blank).all()
    assert len(blank) == len(numbers[0])


def test_places_and_slopes_follow_the_brightness(grid):
    x, y = grid
    spot = np.exp(-((x - 0.8) ** 2 + (y - 0.2) ** 2) / 0.01)
    found = FigureStatistics.measure(paint(spot))
    assert found.bright == pytest.approx((0.8, 0.2), abs=0.05)
    assert np.unravel_index(found.level.argmax(), (3, 3)) == (0, 2)
    margin = {word: found.numbers(word)[-5] for word in ("upper right", "upper left", "centre")}
    assert margin["upper right"] > 0 > max(margin["upper left"], margin["centre"])
    assert (found.numbers("compact")[-6:] == 0).all()
    ramp = FigureStatistics.measure(paint(x))
    assert ramp.slope == pytest.approx((1.0, 0.0), abs=0.02)
    assert ramp.half[0] > 1
    assert abs(ramp.half[1]) < 0.05
    assert ramp.numbers("right")[-2] == pytest.approx(1, abs=0.02)
    assert ramp.numbers("left")[-2] == pytest.approx(-1, abs=0.02)


def test_two_maps_are_correlated_over_the_tissue(grid):
    x, y = grid
    assert map_correlation(paint(x), paint(x)) == pytest.approx(1)
    assert map_correlation(paint(x), paint(1 - x)) == pytest.approx(-1, abs=0.01)
    assert map_correlation(paint(x), paint(y)) == pytest.approx(0, abs=0.02)
    assert map_correlation(paint(x), paint(np.zeros_like(x))) == 0
