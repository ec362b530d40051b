"""The number of niches by held-out counts: a niche must predict better, and it must be a place."""

import numpy as np
import pytest

from data_prep.facts.choices.choice_record import NUMBER
from data_prep.facts.choices.heldout_deviance import HeldOut
from data_prep.facts.choices.niche_number import TOGETHER, NumberScores, _coherence, merge_parts
from data_prep.facts.choices.preparation_choice import choose_preparation
from data_prep.synth.planted_choices import HARMFUL, plant_choices


def scores(explained: list[float], coherence: list[float]) -> NumberScores:
    """Scores of 2, 3, ... parts in 20 equal blocks."""
    curve = {number: HeldOut(np.full(20, share), np.ones(20)) for number, share in enumerate(explained, start=2)}
    return NumberScores(curve, dict(enumerate(coherence, start=2)))


@pytest.mark.parametrize(
    ("explained", "coherence", "number"),
    [
        ([0.20, 0.30, 0.40, 0.41, 0.42], [0.9, 0.9, 0.9, 0.0, 0.0], 4),  # further parts gain, but lie nowhere
        ([0.20, 0.30, 0.40, 0.401, 0.401], [0.9] * 5, 4),  # further parts lie together, but gain nothing
        ([0.20, 0.30, 0.31, 0.40, 0.40], [0.9, 0.9, 0.0, 0.9, 0.9], 5),  # a cell type between two niches
        ([0.20, 0.30, 0.40, 0.50, 0.60], [0.9] * 5, None),  # there may be more
        ([0.20, 0.30, 0.40, 0.41, 0.42], [0.0] * 5, None),  # cell types only
    ],
)
def test_the_last_niche_predicts_better_and_lies_together(
    explained: list[float], coherence: list[float], number: int | None
) -> None:
    assert scores(explained, coherence).decided() == number


def test_places_are_coherent_and_scattered_types_are_not() -> None:
    rng = np.random.default_rng(0)
    x, y = np.meshgrid(np.arange(20), np.arange(20))
    place = np.arange(400).reshape(20, 20)
    near = np.stack([np.roll(place, shift, axis).ravel() for shift in (1, -1) for axis in (0, 1)], axis=1)
    third = np.where(y.ravel() < 5, 2, 0)  # a part that is not asked about
    halves = np.where(third == 2, 2, (x.ravel() >= 10).astype(int))
    scattered = np.where(third == 2, 2, rng.integers(2, size=400))
    merged = np.where(third == 2, 1, 0)
    assert _coherence(halves, merged, near) > 0.6
    assert _coherence(scattered, merged, near) < TOGETHER
    assert _coherence(np.where(np.arange(400) == 399, 1, third), merged, near) < 0  # one spot is no niche


def test_parts_merge_until_one_is_left() -> None:
    planted = plant_choices(3, n_niches=4, n_spots=240)
    counts = planted.slide.counts.tocsr()
    levels = merge_parts(counts, planted.slide.depth, np.arange(240) % 8)
    assert {number: len(np.unique(table)) for number, table in levels.items()} == {n: n for n in range(1, 9)}


def test_cell_types_in_all_niches_are_not_counted() -> None:
    planted = plant_choices(5, cell_types=True, depth_artefact=False, pooling=HARMFUL, n_niches=4, n_spots=600)
    chosen = choose_preparation([planted.slide]).chosen(NUMBER)
    assert chosen is None or chosen <= 6
