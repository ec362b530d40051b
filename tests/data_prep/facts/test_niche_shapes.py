"""Niche shapes: each form is recognised where it is plain, and place, extent and contacts are what one sees."""

import numpy as np
import pytest

from data_prep.facts import niche_shapes
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.niche_shapes import NicheShape
from tests.data_prep.facts.toy_slides import slide_of


def _measure(mask_of: dict[str, np.ndarray], xy: np.ndarray) -> dict[str, NicheShape]:
    niche = np.full(len(xy), len(mask_of))
    for code, mask in enumerate(mask_of.values()):
        niche[mask] = code
    return niche_shapes.measure_niches(
        LabelledTissue.of(slide_of(np.ones((len(xy), 2)), niche, (*mask_of, "rest"), xy))
    )


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
        assert _measure({"it": mask}, xy)["it"].form == form


def test_a_bent_band_is_a_band(xy: np.ndarray) -> None:
    radius = np.hypot(xy[:, 0], xy[:, 1])
    assert _measure({"arc": np.abs(radius - 0.7) < 0.08}, xy)["arc"].form == "band"


def test_place_extent_and_contacts(xy: np.ndarray) -> None:
    x, y = xy.T
    measured = _measure({"corner": (x > 0.75) & (y < 0.25), "beside": (x > 0.5) & (x <= 0.75) & (y < 0.25)}, xy)
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


def test_errors_tell_how_sure_a_number_is(xy: np.ndarray) -> None:
    x, y = xy.T
    one = _measure({"it": np.hypot(x - 0.5, y - 0.5) < 0.25}, xy)["it"]
    two = _measure({"it": np.minimum(np.abs(x - 0.1), np.abs(x - 0.9)) < 0.1}, xy)["it"]
    assert two.centroid == pytest.approx((0.5, 0.5), abs=0.03)
    assert two.centroid_error[0] > 2 * one.centroid_error[0] > 0
    assert 0 < one.area_error < 0.1
    assert one.contact_errors == {"rest": 0.0}
    assert 0 < one.homophily_error < 0.05
    assert one.hollow_error == 0  # all spots around its centre belong to it
    assert 0.1 < one.aspect_error / one.aspect < 0.4


def test_contact_errors_are_those_of_leaving_out_blocks(xy: np.ndarray) -> None:
    x, y = xy.T
    masks = {"it": np.hypot(x - 0.5, y - 0.5) < 0.25, "beside": (x > 0.5) & (y > 0.6)}
    niche = np.where(masks["beside"], 1, np.where(masks["it"], 0, 2))
    tissue = LabelledTissue.of(slide_of(np.ones((len(xy), 2)), niche, ("it", "beside", "rest"), xy))
    shape = niche_shapes.measure_niches(tissue)["it"]
    first, second = tissue.graph.nonzero()
    leaving = (tissue.niche[first] == 0) & (tissue.niche[second] != 0)
    blocks = tissue.block[first[leaving]]
    beside = tissue.niche[second[leaving]] == 1
    left_out = np.array([beside[blocks != block].mean() for block in np.unique(blocks)])
    n = len(left_out)
    by_hand = np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
    assert shape.contacts["beside"] == pytest.approx(beside.mean())
    assert shape.contact_errors["beside"] == pytest.approx(max(by_hand, (beside.std() / np.sqrt(len(beside)))))
