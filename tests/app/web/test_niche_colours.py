"""People can tell the niches' colours apart."""

import numpy as np
import pytest

from app.web.niche_colours import NO_NICHE, niche_colours, oklab, rgb

LEAST = 0.09
"""Distance in OKLab that people see at a glance: more than four times the least that they notice, about 0.02."""


def lab(colours: list[str]) -> np.ndarray:
    return oklab(np.array([rgb(colour) for colour in colours]))


@pytest.mark.parametrize("n", [10, 21, 40])
def test_no_two_of_many_niches_look_alike(n: int) -> None:
    shown = lab(list(niche_colours()[:n]))
    distance = np.linalg.norm(shown[:, None] - shown[None], axis=2)
    assert distance[~np.eye(n, dtype=bool)].min() > LEAST


def test_no_niche_looks_like_tissue_without_one() -> None:
    shown, greys = lab(list(niche_colours())), lab(list(NO_NICHE.values()))
    assert np.linalg.norm(shown[:, None] - greys[None], axis=2).min() > LEAST
    assert np.hypot(shown[:, 1], shown[:, 2]).min() > 2 * np.hypot(greys[:, 1], greys[:, 2]).max()


@pytest.mark.parametrize("page", ["#ffffff", "#111a29"])
def test_colours_stand_out_from_a_light_and_a_dark_page(page: str) -> None:
    assert np.linalg.norm(lab(list(niche_colours())) - lab([page]), axis=1).min() > 2 * LEAST


def test_oklab_of_known_colours() -> None:
    assert oklab(np.array([[255, 255, 255]])) == pytest.approx(np.array([[1.0, 0.0, 0.0]]), abs=1e-3)
    assert oklab(np.array([[255, 0, 0]])) == pytest.approx(np.array([[0.628, 0.225, 0.126]]), abs=1e-3)
