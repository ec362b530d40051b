"""The grid of a slide is recognised, and the distance between its spots suggests the unit."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.facts.spot_spacing import HEXAGONS, SCATTERED, SQUARES, known_pitch, measure_spacing
from data_prep.slide import Slide
from tests.data_prep.facts.toy_slides import slide_of


def made(xy: np.ndarray, technology: str = "") -> Slide:
    slide = slide_of(np.ones((len(xy), 2)), np.zeros(len(xy)), ("A",), xy)
    return replace(slide, meta=replace(slide.meta, technology=technology))


def hexagons(pitch: float, side: int = 20) -> np.ndarray:
    row, column = np.divmod(np.arange(side * side), side)
    return np.stack([(column + row % 2 / 2) * pitch, row * pitch * np.sqrt(3) / 2], axis=1)


def squares(pitch: float, jitter: float, side: int = 20) -> np.ndarray:
    row, column = np.divmod(np.arange(side * side), side)
    return np.stack([column, row], axis=1) * pitch + np.random.default_rng(0).normal(
        0, jitter * pitch, (side * side, 2)
    )


@pytest.mark.parametrize(
    ("xy", "technology", "grid", "nearest", "words"),
    [
        (hexagons(100), "10x Visium", HEXAGONS, 100, "fits microns"),
        (hexagons(137), "10x Visium", HEXAGONS, 137, "suggests pixels of 0.73 µm"),
        (hexagons(137), "", HEXAGONS, 137, "does not tell"),
        (squares(1, 0.03), "Spatial Transcriptomics", SQUARES, 1, "positions on the array"),
        (squares(32, 0.02), "legacy ST", SQUARES, 32, "suggests pixels of 6"),
        (np.random.default_rng(1).random((900, 2)) * 600, "", SCATTERED, 10, "fits cells in microns"),
        (np.random.default_rng(1).random((900, 2)) * 9000, "", SCATTERED, 150, "fits no cells in microns"),
    ],
)
def test_the_distance_suggests_a_unit(xy: np.ndarray, technology: str, grid: str, nearest: float, words: str) -> None:
    spacing = measure_spacing(made(xy, technology))
    assert spacing.grid == grid
    assert spacing.nearest == pytest.approx(nearest, rel=0.1)
    assert words in spacing.guess


def test_spots_at_one_position_are_counted_and_the_order_does_not_matter() -> None:
    xy = hexagons(50)
    xy[[3, 7, 9]] = xy[0]
    spacing = measure_spacing(made(xy))
    assert spacing.n_shared == 4
    assert measure_spacing(made(xy[np.random.default_rng(0).permutation(len(xy))])) == spacing


def test_a_technology_is_known_by_a_part_of_its_name() -> None:
    assert (known_pitch("10x Visium (CytAssist)"), known_pitch("Visium HD"), known_pitch("MERFISH")) == (
        100.0,
        0.0,
        0.0,
    )


def test_spots_that_share_their_positions_tell_no_unit() -> None:
    spacing = measure_spacing(made(np.repeat(hexagons(100, side=8), 2, axis=0), "10x Visium"))
    assert (spacing.nearest, spacing.pitch) == (0, 100)
    assert spacing.guess == "is 0 for most spots, so it does not tell the unit"
