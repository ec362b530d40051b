"""Sets of spots: halves, rims and cores, sides of a border, ninths."""

import numpy as np
import pytest

from data_prep.facts import spot_sets
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.spot_graph import edge_spots
from tests.data_prep.facts.toy_slides import slide_of

SIDE = 30


def _tissue(niche: np.ndarray, xy: np.ndarray, names: tuple[str, ...] = ("a", "b")) -> LabelledTissue:
    return LabelledTissue.of(slide_of(np.ones((len(xy), 2)), niche, names, xy))


@pytest.fixture(scope="module")
def xy() -> np.ndarray:
    """A hexagonal array with 30 × 30 spots at distance 1."""
    row, column = np.divmod(np.arange(SIDE * SIDE), SIDE)
    return np.stack([column + 0.5 * (row % 2), row * 0.75**0.5], axis=1)


@pytest.fixture(scope="module")
def disc(xy: np.ndarray) -> LabelledTissue:
    """Niche "b" is a disc of radius 8 in the middle."""
    return _tissue((np.hypot(*(xy - xy.mean(axis=0)).T) < 8).astype(int), xy)


def test_halves_are_of_equal_size_and_leave_out_the_middle(xy: np.ndarray) -> None:
    tissue = _tissue((xy[:, 0] > 20).astype(int), xy)
    for axis in (0, 1):
        sets = spot_sets.halves(tissue, axis)
        for niche in (0, 1):
            low, high = (tissue.xy[sets.code == 2 * niche + side, axis] for side in (0, 1))
            assert low.max() < np.median(tissue.xy[tissue.niche == niche, axis]) < high.min()
            assert abs(len(low) - len(high)) < 0.15 * len(low)


def test_a_rim_lies_one_step_from_other_niches_and_a_core_three(disc: LabelledTissue) -> None:
    sets = spot_sets.rim_and_core(disc)
    radius = np.hypot(*(disc.xy - disc.xy.mean(axis=0)).T)
    rim, core = radius[sets.code == 2], radius[sets.code == 3]
    assert 7 <= rim.min() <= rim.max() < 8
    assert 0 <= core.min() <= core.max() < 6.5
    assert len(core) > 80


def test_the_edge_of_the_tissue_is_no_rim(xy: np.ndarray) -> None:
    """A niche in the corner borders another niche on one side: a gene that is high there is not high all around."""
    corner = _tissue(((xy[:, 0] < 12) & (xy[:, 1] < 12)).astype(int), xy)
    assert not np.isin(spot_sets.rim_and_core(corner).code, (2, 3)).any()
    across = _tissue((np.abs(xy[:, 1] - 13) < 6).astype(int), xy)
    sets = spot_sets.rim_and_core(across)
    assert np.isin(sets.code, (2, 3)).any()
    assert not edge_spots(across.xy)[np.isin(sets.code, (2, 3))].any()


def test_a_thin_layer_has_no_core(xy: np.ndarray) -> None:
    layer = _tissue((np.abs(xy[:, 1] - 13) < 2.2).astype(int), xy)
    assert not np.isin(spot_sets.rim_and_core(layer).code, (2, 3)).any()


def test_beside_and_far(disc: LabelledTissue) -> None:
    sets = spot_sets.beside_and_far(disc, 1)
    radius = np.hypot(*(disc.xy - disc.xy.mean(axis=0)).T)
    beside, far = radius[sets.code == 0], radius[sets.code == 1]
    assert 8 <= beside.min() <= beside.max() < 10.1
    assert far.min() > 10
    assert not np.isin(sets.code, (2, 3)).any()  # the niche itself


def test_another_piece_of_tissue_is_not_far(xy: np.ndarray) -> None:
    away = xy + np.array([100.0, 0.0])
    niche = np.r_[(xy[:, 0] < 10).astype(int), np.zeros(len(xy), int)]
    tissue = _tissue(niche, np.concatenate([xy, away]))
    far = spot_sets.beside_and_far(tissue, 1).code == 1
    assert far.any()
    assert tissue.xy[far, 0].max() < 60
    assert (spot_sets.rim_and_core(tissue).code[tissue.xy[:, 0] > 60] == -1).all()


def test_ninths_are_thirds_of_the_extent(disc: LabelledTissue) -> None:
    sets = spot_sets.ninths(disc)
    assert sets.n_sets == 9
    assert np.ptp(sets.size) < 30
    lower_right = sets.code == spot_sets.PLACES.index("lower right")
    assert (disc.position[lower_right] > 0.66).all()  # y points down
    top = sets.code == spot_sets.PLACES.index("top")
    assert disc.position[top, 1].max() < 0.34
