"""Planted lists are found, and decoys are not. `tests.benchmarks.known_claims` has the numbers of many slides."""

from collections import Counter

import pytest

from data_prep.claims import CONTRADICTED, SUPPORTED
from data_prep.synth.planted_knowledge import plant_knowledge
from tests.benchmarks.known_claims import KINDS, Checked, check_planted

SEEDS = range(200, 208)


@pytest.fixture(scope="module")
def checked() -> list[Checked]:
    return [one for seed in SEEDS for one in check_planted(plant_knowledge(seed))]


@pytest.fixture(scope="module")
def unplanted() -> list[Checked]:
    return [one for seed in SEEDS for one in check_planted(plant_knowledge(seed, planted=False))]


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_planted_is_found_and_hardly_ever_contradicted(checked: list[Checked], kind: str) -> None:
    found = Counter(one.verdict for one in checked if one.kind == kind and one.is_true)
    assert found.total() >= 25
    assert found[SUPPORTED] >= 0.75 * found.total()
    assert found[CONTRADICTED] <= 0.04 * found.total()


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_not_planted_is_hardly_ever_supported(checked: list[Checked], kind: str) -> None:
    false = Counter(one.verdict for one in checked if one.kind == kind and one.is_false)
    assert false.total() >= 60
    assert false[SUPPORTED] <= 0.02 * false.total(), [
        one.words for one in checked if one.kind == kind and one.is_false and one.verdict == SUPPORTED
    ]


@pytest.mark.parametrize("kind", ["programme", "signature", "signals_to", "looks_like"])
def test_lists_that_have_nothing_to_do_with_the_niches_are_not_supported(unplanted: list[Checked], kind: str) -> None:
    assert not any(one.is_true for one in unplanted)
    false = Counter(one.verdict for one in unplanted if one.kind == kind and one.is_false)
    assert false[SUPPORTED] <= 0.01 * false.total()
