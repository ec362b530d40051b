"""Projection: which spot a pixel shows, and which cells are merged."""

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.figures.projection import MARGIN, Projection
from data_prep.slide import Slide, SlideMeta


def slide_at(xy: np.ndarray, niche: np.ndarray) -> Slide:
    counts = sp.csc_matrix(np.arange(1, 2 * len(xy) + 1).reshape(-1, 2), dtype=np.float32)
    return Slide("s", counts, xy, np.array(["G", "H"]), niche.astype(np.int32), ("a", "b"), SlideMeta())


@pytest.fixture
def dense() -> Slide:
    """20,000 cells in 64 × 64 pixels: several in each."""
    rng = np.random.default_rng(1)
    xy = rng.random((20_000, 2)) * [100, 50]
    return slide_at(xy, xy[:, 0] > 50)


def test_wide_spots_are_drawn_one_by_one() -> None:
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(8.0), np.arange(8.0)))
    projection = Projection(slide_at(np.stack([x, y], 1), x > 3), 64, by_niche=True)
    assert projection.drawn.of_spot is None
    spot, inside = projection.spot_of_pixel(1)
    assert set(spot[spot >= 0]) == set(range(64))
    assert (inside == (spot % 8 > 3))[spot >= 0].all()
    assert not inside[spot < 0].any()


def test_the_margin_stays_empty_and_the_tissue_is_centred(dense: Slide) -> None:
    shown = (Projection(dense, 64, by_niche=True).spot_of_pixel()[0] >= 0).reshape(64, 64)
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    margin = int(MARGIN * 64)
    assert columns[0] >= margin
    assert columns[-1] < 64 - margin
    assert abs((rows[0] + rows[-1]) / 2 - 31.5) <= 1
    assert len(columns) == pytest.approx(2 * len(rows), rel=0.1)  # the aspect is kept


@pytest.mark.parametrize("by_niche", [True, False])
def test_merged_cells_keep_their_counts_and_their_niche(dense: Slide, by_niche: bool) -> None:
    drawn = Projection(dense, 64, by_niche=by_niche).drawn
    assert len(drawn) < dense.n_spots / 2
    assert drawn.cells.sum() == dense.n_spots
    assert drawn.depth.sum() == pytest.approx(dense.depth.sum())
    np.testing.assert_allclose(drawn.add_up(dense.counts).sum(axis=0), dense.counts.sum(axis=0).A1, rtol=1e-5)
    assert (drawn.niche[drawn.of_spot] == (dense.niche if by_niche else -1)).all()
