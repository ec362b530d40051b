"""Pictures of a slide: what each pixel means, that brightness is expression, and that y points down."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.errors import NicheLensError
from data_prep.figures import palette
from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import KINDS, FigureSpec
from data_prep.slide import Slide, SlideMeta
from data_prep.synth.tissue import make_slide
from tests.data_prep.figures.pixel_reading import brightness, has_colour, is_coloured, is_tissue, tissue_of

GENES = {"share": ("round",), "composition": ("round",), "twin": ("L", "TOP"), "montage": ("L", "TOP")}
NO_GENES = ("pair", "mask", "niche", "niches", "depth")


def spec_of(kind: str) -> FigureSpec:
    genes = () if kind in NO_GENES else GENES.get(kind, ("L",))
    return FigureSpec(kind, genes, "left", other="right")


def test_focus_colours_the_niche_and_greys_the_rest(slide: Slide) -> None:
    picture = tissue_of(Canvas(slide).focus(["FLAT"], "left")[0])
    assert picture.shape == (120, 120, 3)
    tissue, coloured = is_tissue(picture), is_coloured(picture)
    columns = np.flatnonzero(tissue.any(axis=0))
    middle = (columns[0] + columns[-1]) / 2
    assert coloured[tissue & (np.arange(120)[None, :] < middle - 4)].all()
    assert not coloured[:, np.arange(120) > middle + 4].any()
    assert (~tissue).mean() < 0.15  # neighbouring spots touch: no white between them


def test_brightness_is_expression(slide: Slide) -> None:
    canvas = Canvas(slide)
    level = canvas.levels(["L", "FLAT"], within_niche=True).brightness
    left = canvas.views.by_niche.drawn.niche == 0
    assert level[left, 0].min() == pytest.approx(1.0)
    assert level[~left, 0].max() == 0.0
    assert level[:, 1].min() > 0.5


def test_y_points_down(slide: Slide) -> None:
    picture = brightness(Canvas(slide).expression(["TOP"])[0])
    assert picture[10:50, 20:100].mean() > 3 * picture[70:110, 20:100].mean()


def test_many_pictures_are_those_drawn_one_by_one() -> None:
    slide = make_slide(4, n_spots=900, n_niches=3, n_genes=12)
    genes, (one, two, _) = [str(gene) for gene in slide.genes], slide.niches
    specs = [
        *(FigureSpec("focus", (gene,), one) for gene in genes),
        FigureSpec("niche", (), two),
        *(FigureSpec("spill", (gene,), two, other=one) for gene in genes[:3]),
        *(FigureSpec("twin", pair) for pair in ((genes[0], genes[1]), (genes[2],), (genes[3], genes[4]))),
        *(FigureSpec("closeup", (gene,), niche) for niche in slide.niches for gene in genes[:4]),
        *(FigureSpec("expression", (gene,)) for gene in genes[::-1]),
        FigureSpec("pair", (), two, other=one),
        FigureSpec("focus", (genes[0],), two),
    ]
    together = Canvas(slide).pictures(specs)
    for spec, picture in zip(specs, together, strict=True):
        np.testing.assert_array_equal(picture, Canvas(slide).pixels(spec))


def test_twin_shows_the_first_gene_in_orange_and_the_second_in_blue(slide: Slide) -> None:
    picture = tissue_of(Canvas(slide).twin(["L"], ["TOP"])[0]).astype(int)
    both, first, second, none = (
        picture[rows, columns].reshape(-1, 3).mean(axis=0)
        for rows, columns in (
            (slice(10, 50), slice(10, 50)),
            (slice(70, 110), slice(10, 50)),
            (slice(10, 50), slice(70, 110)),
            (slice(70, 110), slice(70, 110)),
        )
    )
    assert first[0] > 200 > 20 > first[2]
    assert second[2] > 200 > 20 > second[0]
    assert none.max() < 20
    assert both.min() > 150
    assert both.sum() < 3 * 255 - 60  # not the white of the background
    np.testing.assert_array_equal(picture, tissue_of(Canvas(slide).pixels(FigureSpec("twin", ("L", "TOP")))))


def test_twin_of_one_gene_shows_the_depth_beside_it(slide: Slide) -> None:
    counts = slide.counts.toarray()
    counts[slide.xy[:, 1] >= 10] *= 3  # the lower half is sequenced deeper
    picture = tissue_of(Canvas(slide.with_counts(counts)).twin(["L"])[0]).astype(int)
    assert picture[80:110, :, 2].mean() > 150
    assert picture[10:40, 10:50, 2].mean() < 40
    assert picture[80:110, 10:50, 0].mean() > 200


def test_share_is_the_share_of_a_cell_type_in_the_niche(slide: Slide) -> None:
    picture = tissue_of(Canvas(slide).share(["flat"], "left")[0])
    assert is_coloured(picture[:, 5:55][is_tissue(picture[:, 5:55])]).all()
    assert has_colour(picture[100:115, 8:55], tuple(palette.expression_table()[-1])).all()
    assert has_colour(picture[8:80, 8:55], tuple(palette.expression_table()[0])).all()
    assert not is_coloured(picture[:, 65:]).any()
    with pytest.raises(NicheLensError, match="no cell type 'square'"):
        Canvas(slide).share(["square"], "left")


def test_niches_have_their_named_colours_and_the_asked_one_is_black(slide: Slide) -> None:
    canvas = Canvas(slide)
    names = canvas.niche_colours()
    plain, asked = canvas.niches(), canvas.niches("left")
    for name in slide.niches:
        assert has_colour(plain, palette.NICHE_COLOURS[names[name]]).mean() > 0.3
        assert canvas.niche_swatches()[name] == palette.NICHE_COLOURS[names[name]]
    assert has_colour(asked, palette.ASKED).mean() > 0.3
    one = canvas.niche("right")
    assert has_colour(one, palette.ASKED).mean() > 0.3
    assert has_colour(one, palette.TISSUE).mean() > 0.3


def test_every_one_of_thirty_niches_has_a_colour_of_its_own() -> None:
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(30.0), np.arange(30.0)))
    names = tuple(f"niche {i}" for i in range(30))
    counts = sp.csc_matrix(np.ones((900, 1), np.float32))
    slide = Slide("many", counts, np.stack([x, y], 1), np.array(["G"]), x.astype(np.int32), names, SlideMeta())
    canvas = Canvas(slide)
    swatches = canvas.niche_swatches()
    assert len(set(swatches.values())) == 30
    picture = canvas.niches()
    for colour in swatches.values():
        assert has_colour(picture, colour).sum() > 100
    assert len(canvas.niche_colours()) == len(palette.NICHE_COLOURS)


def test_a_rare_cell_is_seen_among_many_in_its_pixel() -> None:
    rng = np.random.default_rng(0)
    n = 60_000
    niche = np.zeros(n, np.int32)
    niche[:60] = 1
    counts = sp.csc_matrix(np.ones((n, 1), np.float32))
    slide = Slide("dense", counts, rng.random((n, 2)), np.array(["G"]), niche, ("many", "rare"), SlideMeta())
    coloured = is_coloured(Canvas(slide).focus(["G"], "rare")[0])
    assert coloured.sum() >= 50


def test_montage_has_a_panel_for_each_gene(slide: Slide) -> None:
    canvas = Canvas(slide)
    picture = canvas.montage(["L", "TOP"], "left")
    assert is_tissue(picture[:64, 64:]).any()
    assert not is_tissue(picture[64:]).any()
    np.testing.assert_array_equal(picture[10:64, 10:64], Canvas(slide, 64).focus(["L"], "left")[0][10:, 10:])
    with pytest.raises(NicheLensError, match="1 to 4"):
        canvas.montage(["L"] * 5, "left")


@pytest.mark.parametrize("size", [63, 128])
def test_draw_knows_every_kind_and_refuses_others(slide: Slide, size: int) -> None:
    canvas = Canvas(slide, size)
    for kind in KINDS:
        assert canvas.draw(replace(spec_of(kind), size=size)).size == (size, size)
    with pytest.raises(NicheLensError, match="unknown"):
        canvas.draw(FigureSpec("pie", size=size))
    with pytest.raises(NicheLensError, match="64-px"):
        canvas.draw(FigureSpec("niches", size=64))


def test_full_brightness_starts_at_the_clip_quantile() -> None:
    """Of 101 spots the two with the most counts are drawn alike."""
    x = np.arange(101.0)
    counts = np.stack([x, 200 - x], axis=1)
    xy = np.stack([x // 10, x % 10], axis=1)
    slide = Slide(
        "ramp", sp.csc_matrix(counts, dtype=np.float32), xy, np.array(["RAMP", "REST"]), x * 0, (), SlideMeta()
    )
    canvas = Canvas(slide)
    level = canvas.levels(["RAMP"], within_niche=False).brightness[:, 0]
    order = canvas.views.whole.drawn.of_spot
    np.testing.assert_allclose(level[order], np.minimum(x / 99, 1), rtol=1e-6)
