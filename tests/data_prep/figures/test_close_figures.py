"""Figures that are cropped to a niche: the niche fills the picture, and its own brightness decides."""

from dataclasses import replace

import numpy as np

from data_prep.figures import palette
from data_prep.figures.canvas import Canvas
from data_prep.slide import Slide
from tests.data_prep.figures.pixel_reading import brightness, has_colour, is_coloured, is_tissue, tissue_of


def box(mask: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns that a mask covers."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def test_a_small_niche_fills_the_picture(corner: Slide) -> None:
    canvas = Canvas(corner)
    on_tissue = has_colour(canvas.niche("small"), palette.ASKED)
    for picture in (canvas.mask("small"), canvas.pair("small", "middle")):
        black = has_colour(tissue_of(picture), palette.ASKED)
        rows, columns = box(black)
        assert rows.stop - rows.start > 60
        assert black.sum() > 4 * on_tissue.sum()
        assert is_tissue(tissue_of(picture)[columns, rows]).all()


def test_a_stray_spot_does_not_shrink_the_niche(corner: Slide) -> None:
    niche = corner.niche.copy()
    niche[-1] = 0  # one spot in the far corner
    stray = Canvas(replace(corner, niche=niche)).mask("small")
    np.testing.assert_array_equal(stray, Canvas(corner).mask("small"))


def test_pair_shows_one_niche_black_another_orange_and_the_rest_pale(corner: Slide) -> None:
    picture = tissue_of(Canvas(corner).pair("middle", "small"))
    orange, black = has_colour(picture, palette.NICHE_COLOURS["orange"]), has_colour(picture, palette.ASKED)
    rows, columns = box(orange)
    assert orange[rows, columns].all()
    assert black[rows.start - 3, columns].all()
    assert has_colour(picture, palette.TISSUE).sum() > 500
    assert (orange | black | has_colour(picture, palette.TISSUE) | ~is_tissue(picture)).all()


def test_closeup_shows_rim_and_half_in_the_brightness_of_the_niche(corner: Slide) -> None:
    rim, half, bright = (tissue_of(picture) for picture in Canvas(corner).closeup(["RIM", "HALF", "BRIGHT"], "small"))
    rows, columns = box(is_coloured(rim))
    assert rows.stop - rows.start > 60
    inner = slice(rows.start + 25, rows.stop - 25), slice(columns.start + 25, columns.stop - 25)
    assert brightness(rim[rows.start + 3, columns]).min() > 2 * brightness(rim[inner]).max()
    middle = (columns.start + columns.stop) // 2
    left, right = half[rows, columns.start : middle - 10], half[rows, middle + 10 : columns.stop]
    assert brightness(left).min() > 2 * brightness(right).max()
    # Twenty times as much outside does not darken the niche.
    assert has_colour(bright[rows, columns], tuple(palette.expression_table()[-1])).all()


def test_spill_shows_the_gene_in_the_other_niche_only(corner: Slide) -> None:
    spill, flat = (tissue_of(picture) for picture in Canvas(corner).spill(["SPILL", "BRIGHT"], "small", "middle"))
    black = has_colour(spill, palette.ASKED)
    rows, columns = box(black)
    assert black[rows, columns].all()
    step = (rows.stop - rows.start) / 8
    near = brightness(spill[rows, columns.stop + 3 : columns.stop + int(1.5 * step)])
    far = brightness(spill[rows, columns.stop + int(4.5 * step) : columns.stop + int(7 * step)])
    assert near.min() > 3 * far.max()
    assert np.ptp(brightness(flat[rows, columns.stop + 3 : columns.stop + int(7 * step)])) < 5
    assert not is_coloured(spill[:, columns.stop + int(9.5 * step) :]).any()


def test_a_marker_that_does_not_spill_stays_dark_beside_its_niche(corner: Slide) -> None:
    """Pools stay within the other niche: else a marker of one niche would shine into the other."""
    counts = corner.counts.toarray()
    counts[corner.niche != 0, 2] = 0
    counts[corner.niche == 1, 2] = np.arange(int((corner.niche == 1).sum())) % 50 == 0  # a little, so that it pools
    slide = corner.with_counts(counts)
    picture = tissue_of(Canvas(slide).spill(["SPILL"], "small", "middle")[0])
    rows, columns = box(has_colour(picture, palette.ASKED))
    ring = brightness(picture[rows.start - 6 : rows.stop + 6, columns.stop + 2 : columns.stop + 8])
    assert ring.mean() < 80


def test_far_niches_can_be_drawn_too(corner: Slide) -> None:
    picture = Canvas(corner).spill(["SPILL"], "small", "rest")[0]
    assert has_colour(picture, palette.ASKED).any()
