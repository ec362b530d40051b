"""Projection: which spot a pixel shows, and which cells are merged."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.figures.frame import tissue_slices
from data_prep.figures.projection import MARGIN, DrawableSpots, Projection
from data_prep.slide import Slide, SlideMeta


def slide_at(xy: np.ndarray, niche: np.ndarray) -> Slide:
    counts = sp.csc_matrix(np.arange(1, 2 * len(xy) + 1).reshape(-1, 2), dtype=np.float32)
    return Slide("s", counts, xy, np.array(["G", "H"]), niche.astype(np.int32), ("a", "b"), SlideMeta())


def project(slide: Slide, *, by_niche: bool = True, labelled: bool = True) -> Projection:
    return Projection(DrawableSpots(slide, labelled=labelled), 64, by_niche=by_niche)


@pytest.fixture
def dense() -> Slide:
    """20,000 cells in 64 × 64 pixels: several in each."""
    rng = np.random.default_rng(1)
    xy = rng.random((20_000, 2)) * [100, 50]
    return slide_at(xy, xy[:, 0] > 50)


def test_wide_spots_are_drawn_one_by_one() -> None:
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(8.0), np.arange(8.0)))
    projection = project(slide_at(np.stack([x, y], 1), x > 3))
    assert not projection.drawn.is_merged
    shown = projection.shown(projection.frame)
    assert set(shown) == set(range(65))  # 64 spots, and 64 for none
    columns = projection.drawn.xy[np.minimum(shown, 63), 0].reshape(64, 64)
    assert (np.diff(np.where(shown.reshape(64, 64) < 64, columns, np.nan)[30])[8:-8] >= 0).all()


def test_the_margin_stays_empty_and_the_tissue_is_centred(dense: Slide) -> None:
    projection = project(dense)
    shown = (projection.shown(projection.frame) < len(projection.drawn)).reshape(64, 64)[tissue_slices(64)]
    side = len(shown)
    assert side == 60
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    margin = int(MARGIN * side)
    assert columns[0] >= margin
    assert columns[-1] < side - margin
    assert abs((rows[0] + rows[-1]) / 2 - (side - 1) / 2) <= 1
    assert len(columns) == pytest.approx(2 * len(rows), rel=0.1)  # the aspect is kept


@pytest.mark.parametrize("by_niche", [True, False])
def test_merged_cells_keep_their_counts_and_their_niche(dense: Slide, by_niche: bool) -> None:
    drawn = project(dense, by_niche=by_niche).drawn
    assert len(drawn) < dense.n_spots / 2
    assert drawn.cells.sum() == dense.n_spots
    assert drawn.depth.sum() == pytest.approx(dense.depth.sum())
    np.testing.assert_allclose(drawn.add_up(dense.counts).sum(axis=0), dense.counts.sum(axis=0).A1, rtol=1e-5)
    assert (drawn.niche[drawn.of_spot] == (dense.niche if by_niche else -1)).all()


def test_a_pixel_with_cells_of_the_asked_niche_shows_them(dense: Slide) -> None:
    niche = dense.niche.copy()
    niche[::200] = 1
    projection = project(replace(dense, niche=niche))
    frame, of_drawn = projection.frame, np.append(projection.drawn.niche, -1)
    asked, most = (of_drawn[projection.shown(frame, code)] == 1 for code in (1, None))
    assert asked.sum() > most.sum() + 20
    assert asked[most].all()


def test_spots_without_a_niche_are_not_drawn_among_labelled_ones(dense: Slide) -> None:
    niche = np.where(dense.xy[:, 0] < 30, -1, dense.niche).astype(np.int32)
    some, every = (project(replace(dense, niche=niche), labelled=flag) for flag in (True, False))
    assert some.drawn.cells.sum() == (niche >= 0).sum()
    assert (some.drawn.of_spot[niche < 0] == -1).all()
    assert some.frame.width == pytest.approx(every.frame.width * 70 / 100, rel=0.02)
    assert every.drawn.cells.sum() == dense.n_spots
    labelled = dense.counts[niche >= 0].sum(axis=0)
    np.testing.assert_allclose(some.drawn.add_up(dense.counts).sum(axis=0), labelled.A1, rtol=1e-5)
