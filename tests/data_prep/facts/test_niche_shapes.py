"""Niche shapes: each form is recognised where it is plain, and place, extent and contacts are what one sees."""

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.facts import niche_shapes
from data_prep.slide import Slide, SlideMeta


def _slide(mask_of: dict[str, np.ndarray], xy: np.ndarray) -> Slide:
    niche = np.full(len(xy), len(mask_of), np.int32)
    for code, mask in enumerate(mask_of.values()):
        niche[mask] = code
    counts = sp.csr_matrix(np.ones((len(xy), 2), np.float32))
    return Slide("toy", counts, xy, np.array(["A1", "B1"]), niche, (*mask_of, "rest"), SlideMeta())


@pytest.fixture(params=["array", "cells"])
def xy(request: pytest.FixtureRequest) -> np.ndarray:
    """1,600 positions in the unit square: a hexagonal array, or cells at random."""
    if request.param == "cells":
        return np.random.default_rng(3).random((1600, 2))
    rows, columns = np.divmod(np.arange(1600), 40)
    return np.stack([(columns + 0.5 * (rows % 2)) / 40, rows / 40], axis=1)


def test_forms(xy: np.ndarray) -> None:
    x, y = xy.T
    radius = np.hypot(x - 0.5, y - 0.5)
    scattered = np.random.default_rng(0).random(len(xy)) < 0.2
    forms = {
        "compact": np.hypot(x - 0.25, y - 0.3) < 0.2,
        "band": np.abs(y - 0.5) < 0.07,
        "ring": (radius > 0.28) & (radius < 0.4),
        "scattered": scattered,
    }
    for form, mask in forms.items():
        assert niche_shapes.measure_niches(_slide({"it": mask}, xy))["it"].form == form


def test_a_bent_band_is_a_band(xy: np.ndarray) -> None:
    radius = np.hypot(xy[:, 0], xy[:, 1])
    assert niche_shapes.measure_niches(_slide({"arc": np.abs(radius - 0.7) < 0.08}, xy))["arc"].form == "band"


def test_place_extent_and_contacts(xy: np.ndarray) -> None:
    x, y = xy.T
    slide = _slide({"corner": (x > 0.75) & (y < 0.25), "beside": (x > 0.5) & (x <= 0.75) & (y < 0.25)}, xy)
    measured = niche_shapes.measure_niches(slide)
    corner = measured["corner"]
    assert niche_shapes.compass(*corner.centroid) == "upper right"
    assert corner.area_fraction == pytest.approx(1 / 16, abs=0.01)
    assert niche_shapes.extent_band(corner.area_fraction) == "a small part"
    assert corner.contacts["beside"] == pytest.approx(0.5, abs=0.12)
    assert sum(corner.contacts.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("x", "y", "word"), [(0.5, 0.5, "centre"), (0.1, 0.5, "left"), (0.5, 0.9, "bottom"), (0.9, 0.1, "upper right")]
)
def test_compass(x: float, y: float, word: str) -> None:
    assert niche_shapes.compass(x, y) == word


def test_no_edge_bridges_a_gap() -> None:
    rng = np.random.default_rng(1)
    two = rng.random((200, 2))
    two[100:, 0] += 10
    rows, columns = niche_shapes.spot_graph(two).nonzero()
    assert ((rows < 100) == (columns < 100)).all()
