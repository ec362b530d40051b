"""The evidence bar: it grows by a block for each factor of ten, and never covers the tissue."""

import numpy as np
import pytest

from data_prep.figures import palette
from data_prep.figures.canvas import Canvas
from data_prep.figures.evidence_bar import draw_bars, filled_share
from data_prep.figures.frame import strip_height, tissue_slices
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide
from tests.data_prep.figures.pixel_reading import has_colour


def filled(picture: np.ndarray, colour: tuple[int, int, int] = palette.ASKED) -> int:
    """Columns of the strip that a bar fills."""
    strip = picture[len(picture) - strip_height(len(picture)) :]
    return int(has_colour(strip, colour).any(axis=0).sum())


def test_each_block_is_a_factor_of_ten() -> None:
    share = filled_share(np.array([0.0, 0.3, 1.0, 10.0, 100.0, 1e3, 1e4, 1e6]))
    np.testing.assert_allclose(share, [0, 0, 0, 0.25, 0.5, 0.75, 1, 1])


@pytest.mark.parametrize("size", [64, 128, 448])
def test_blocks_begin_at_quarters_of_the_picture(size: int) -> None:
    pictures = np.full((2, size, size, 3), 255, np.uint8)
    draw_bars(pictures, [np.array([10.0, 1e9])], [palette.ASKED], palette.TISSUE)
    assert has_colour(pictures[0], palette.ASKED).any(axis=0)[: size // 4].all()
    assert not has_colour(pictures[0], palette.ASKED)[:, size // 4 :].any()
    ticks = np.flatnonzero(~has_colour(pictures[1], palette.ASKED).any(axis=0))
    assert set(ticks) >= {size // 4, size // 2, 3 * size // 4}
    assert len(ticks) <= 3 * max(1, size // 128)


def test_the_bar_grows_with_the_counts(slide: Slide) -> None:
    lengths = [filled(Canvas(slide.with_counts(slide.counts * factor)).focus(["L"], "left")[0]) for factor in (1, 10)]
    block = 128 // 4
    assert lengths[1] - lengths[0] == pytest.approx(block, abs=2)


def test_the_bar_tells_counts_in_a_sixteenth_of_the_picture(slide: Slide) -> None:
    """400 spots of 20 counts fill a square of 114 pixels, so 1,024 pixels hold 31.5 of them, and 630 counts."""
    evidence = Canvas(slide).levels(["L"], within_niche=True).evidence[0]
    assert evidence == pytest.approx(630, rel=0.05)
    assert Canvas(slide, 448).levels(["L"], within_niche=True).evidence[0] == pytest.approx(evidence, rel=0.05)


def test_a_close_figure_tells_the_counts_of_its_own_scale(corner: Slide) -> None:
    """BRIGHT has 2 counts a spot in the niche and 40 outside. A spot is drawn 8 times as large as on the tissue."""
    canvas = Canvas(corner)
    whole, close = canvas.focus(["BRIGHT"], "small")[0], canvas.closeup(["BRIGHT"], "small")[0]
    ratio = 10 ** ((filled(whole) - filled(close)) / 32)
    assert ratio == pytest.approx(20 * (42 / 14) ** 2, rel=0.3)


def test_every_expression_figure_has_a_bar_and_no_other_has(slide: Slide) -> None:
    canvas = Canvas(slide)
    for picture in (
        canvas.focus(["L"], "left")[0],
        canvas.closeup(["L"], "left")[0],
        canvas.expression(["L"])[0],
        canvas.spill(["FLAT"], "left", "right")[0],
    ):
        assert 40 < filled(picture) < 128
    twin = canvas.twin(["L"], ["FLAT"])[0]
    assert 40 < filled(twin, palette.TWIN_FIRST) < 128
    assert filled(twin, palette.TWIN_SECOND) == pytest.approx(filled(twin, palette.TWIN_FIRST), abs=1)
    assert 10 < filled(canvas.montage(["L"], "left")[:64, :64]) < 64
    for picture in (
        canvas.mask("left"),
        canvas.niche("left"),
        canvas.niches("left"),
        canvas.pair("left", "right"),
        canvas.share(["round"], "left")[0],
    ):
        assert (picture[-8:] == 255).all()


@pytest.mark.parametrize("size", [64, 128, 448])
def test_the_tissue_keeps_off_the_strip(size: int) -> None:
    slide = make_slide(3, n_spots=500)
    canvas = Canvas(slide, size)
    outside = np.ones((size, size), bool)
    outside[tissue_slices(size)] = False
    for picture in (canvas.mask(slide.niches[0]), canvas.pair(*slide.niches[:2]), canvas.niches()):
        assert (picture[outside] == 255).all()


def test_no_counts_fill_nothing(slide: Slide) -> None:
    counts = slide.counts.toarray()
    counts[:, 0] = 0
    for picture in (
        Canvas(slide.with_counts(counts)).focus(["L"], "left")[0],
        Canvas(slide.with_counts(counts)).closeup(["L"], "left")[0],
    ):
        assert filled(picture) == 0
