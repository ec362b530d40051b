"""Pictures of a slide: what each pixel means, that brightness is expression, and that y points down."""

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.errors import NicheLensError
from data_prep.figures import palette
from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import KINDS, FigureSpec
from data_prep.slide import Slide, SlideMeta

LUMA = np.array([0.299, 0.587, 0.114])


@pytest.fixture
def slide() -> Slide:
    """A 20 × 20 square array: niche 'left' and niche 'right'; L is left only, FLAT everywhere, TOP above."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(20.0), np.arange(20.0)))
    niche = (x >= 10).astype(np.int32)
    counts = np.stack([20.0 * (niche == 0), np.full(400, 20.0), 20.0 * (y < 10), np.zeros(400)], axis=1)
    counts[:, 3] = 100.0 - counts.sum(axis=1)  # every spot has the same depth
    genes = np.array(["L", "FLAT", "TOP", "REST"])
    sparse = sp.csc_matrix(counts, dtype=np.float32)
    cell_type = (y >= 15).astype(np.int32)
    xy = np.stack([x, y], 1)
    return Slide("toy", sparse, xy, genes, niche, ("left", "right"), SlideMeta(), cell_type, ("round", "flat"))


def _is_tissue(picture: np.ndarray) -> np.ndarray:
    return (picture != np.array(palette.BACKGROUND)).any(axis=-1)


def _is_coloured(picture: np.ndarray) -> np.ndarray:
    return np.ptp(picture.astype(int), axis=-1) > 6


def test_focus_colours_the_niche_and_greys_the_rest(slide: Slide) -> None:
    picture = Canvas(slide).focus(["FLAT"], "left")[0]
    assert picture.shape == (128, 128, 3)
    tissue, coloured = _is_tissue(picture), _is_coloured(picture)
    columns = np.flatnonzero(tissue.any(axis=0))
    middle = (columns[0] + columns[-1]) / 2
    assert coloured[tissue & (np.arange(128)[None, :] < middle - 4)].all()
    assert not coloured[:, np.arange(128) > middle + 4].any()
    assert (~tissue).mean() < 0.15  # neighbouring spots touch: no white between them


def test_brightness_is_expression(slide: Slide) -> None:
    level = Canvas(slide).levels(["L", "FLAT"], within_niche=True)
    left = slide.niche == 0
    assert level[left, 0].min() == pytest.approx(1.0)
    assert level[~left, 0].max() == 0.0
    assert level[:, 1].min() > 0.5


def test_y_points_down(slide: Slide) -> None:
    picture = Canvas(slide).expression(["TOP"])[0] @ LUMA
    assert picture[10:50, 20:100].mean() > 3 * picture[80:118, 20:100].mean()


def test_same_pixels_alone_and_in_a_block(slide: Slide) -> None:
    canvas = Canvas(slide)
    block = canvas.focus(["L", "FLAT", "TOP"], "right")
    for i, gene in enumerate(["L", "FLAT", "TOP"]):
        np.testing.assert_array_equal(block[i], Canvas(slide).focus([gene], "right")[0])


def test_niches_have_their_named_colours_and_the_asked_one_is_black(slide: Slide) -> None:
    canvas = Canvas(slide)
    names = canvas.niche_colours()
    plain, asked = canvas.niches(), canvas.niches("left")
    for name in slide.niches:
        assert (plain == np.array(palette.NICHE_COLOURS[names[name]])).all(axis=-1).mean() > 0.3
    assert (asked == 0).all(axis=-1).mean() > 0.3
    one = canvas.niche("right")
    assert (one == np.array(palette.NICHE_COLOURS[names["right"]])).all(axis=-1).mean() > 0.3


def test_a_rare_cell_is_seen_among_many_in_its_pixel() -> None:
    rng = np.random.default_rng(0)
    n = 60_000
    niche = np.zeros(n, np.int32)
    niche[:60] = 1
    counts = sp.csc_matrix(np.ones((n, 1), np.float32))
    slide = Slide("dense", counts, rng.random((n, 2)), np.array(["G"]), niche, ("many", "rare"), SlideMeta())
    coloured = _is_coloured(Canvas(slide).focus(["G"], "rare")[0])
    assert coloured.sum() >= 50


def test_montage_has_a_panel_for_each_gene(slide: Slide) -> None:
    canvas = Canvas(slide)
    picture = canvas.montage(["L", "TOP"], "left")
    assert _is_tissue(picture[:64, 64:]).any()
    assert not _is_tissue(picture[64:]).any()
    np.testing.assert_array_equal(picture[10:64, 10:64], Canvas(slide, 64).focus(["L"], "left")[0][10:, 10:])
    with pytest.raises(NicheLensError, match="1 to 4"):
        canvas.montage(["L"] * 5, "left")


def test_draw_knows_every_kind_and_refuses_others(slide: Slide) -> None:
    canvas = Canvas(slide)
    for kind in KINDS:
        genes = {"niches": (), "niche": (), "depth": (), "composition": ("round",)}.get(kind, ("L",))
        assert canvas.draw(FigureSpec(kind, genes, "left")).size == (128, 128)
    with pytest.raises(NicheLensError, match="unknown"):
        canvas.draw(FigureSpec("pie"))
    with pytest.raises(NicheLensError, match="64-px"):
        canvas.draw(FigureSpec("niches", size=64))


def test_full_brightness_starts_at_the_clip_quantile() -> None:
    """Of 101 spots the two with the most counts are drawn alike."""
    x = np.arange(101.0)
    counts = np.stack([x, 200 - x], axis=1)
    xy = np.stack([x % 10, x // 10], axis=1)
    slide = Slide(
        "ramp", sp.csc_matrix(counts, dtype=np.float32), xy, np.array(["RAMP", "REST"]), x * 0, (), SlideMeta()
    )
    level = Canvas(slide).levels(["RAMP"], within_niche=False)[:, 0]
    np.testing.assert_allclose(level, np.minimum(x / 99, 1), rtol=1e-6)
