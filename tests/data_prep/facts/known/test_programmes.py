"""Programmes: sets among the markers of a niche, of the genes that could be seen."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import fisher_exact, hypergeom

from data_prep.facts.known.programmes import FEWEST_SEEN, MOST_SEEN, Programmes
from data_prep.facts.marker_rule import MARKER, NOT_MARKER, UNCLEAR

N = 1200
LABEL = np.full((N, 2), NOT_MARKER, np.int8)
LABEL[:60, 0] = MARKER
LABEL[1000:, :] = UNCLEAR
SET = np.r_[0:12, 100:118, 1000:1010]
"""Twelve markers of the first niche, eighteen other genes, and ten of too few counts."""


def measure(sets: dict[str, np.ndarray], label: np.ndarray = LABEL) -> Programmes:
    sizes = {name: len(codes) + 5 for name, codes in sets.items()}
    return Programmes.measure(sets, sizes, SimpleNamespace(label=label))


def test_only_genes_that_could_be_seen_count() -> None:
    found = measure({"SET": SET}).of("SET", 0)
    assert (found.n_hits, found.n_seen, found.n_genes, found.is_tested) == (12, 30, 45, True)
    assert found.n_expected == pytest.approx(30 * 60 / 1000)


def test_genes_of_too_few_counts_speak_neither_for_a_set_nor_against_it() -> None:
    """Twenty times as many unclear genes, in the set and outside, leave all numbers as they are."""
    more = np.vstack([LABEL, np.full((4000, 2), UNCLEAR, np.int8)])
    ours = measure({"SET": SET}).of("SET", 0)
    theirs = measure({"SET": np.r_[SET, N : N + 200]}, more).of("SET", 0)
    assert (ours.log2_odds, ours.q_value, ours.n_hits, ours.n_seen, ours.n_expected) == (
        *(theirs.log2_odds, theirs.q_value, theirs.n_hits, theirs.n_seen, theirs.n_expected),
    )


def test_the_p_value_is_that_of_fisher_s_exact_test() -> None:
    table = [[12, 48], [18, 922]]
    expected = fisher_exact(table, alternative="greater").pvalue
    # The other niche has no marker, so its p is 1 and comes second of two.
    assert measure({"SET": SET}).of("SET", 0).q_value == pytest.approx(2 * expected)
    assert measure({"SET": SET}).of("SET", 1).q_value == pytest.approx(1.0)


def test_the_odds_ratio_is_that_of_haldane_with_woolf_s_error() -> None:
    odds = measure({"SET": SET}).of("SET", 0).log2_odds
    cells = np.array([12.5, 48.5, 18.5, 922.5])
    assert odds.value == pytest.approx(np.log2(12.5 * 922.5 / 48.5 / 18.5))
    assert odds.error == pytest.approx(np.sqrt((1 / cells).sum()) / np.log(2))


def test_a_set_is_as_frequent_among_markers_as_chance_has_it() -> None:
    """Random sets: p values are not smaller than they should be, and no set passes after adjustment."""
    rng = np.random.default_rng(0)
    sets = {f"S{at}": rng.choice(1000, 40, replace=False) for at in range(300)}
    found = measure(sets)
    p = hypergeom.sf(found.n_hits[:, 0] - 1, 1000, 40, 60)
    assert (p <= 0.05).mean() <= 0.08
    assert found.q_value.min() > 0.05


@pytest.mark.parametrize(
    ("n_seen", "is_tested"), [(FEWEST_SEEN - 1, False), (FEWEST_SEEN, True), (MOST_SEEN + 1, False)]
)
def test_sets_of_few_or_very_many_genes_are_not_tested(n_seen: int, is_tested: bool) -> None:
    found = measure({"SET": np.arange(n_seen)})
    assert found.of("SET", 0).is_tested == is_tested
    assert (found.of("SET", 0).q_value < 1) == is_tested


def test_sets_that_are_not_tested_cost_the_others_nothing() -> None:
    small = {f"SMALL_{at}": np.arange(3) for at in range(500)}
    assert measure({"SET": SET} | small).of("SET", 0).q_value == measure({"SET": SET}).of("SET", 0).q_value


def test_without_sets_there_is_nothing() -> None:
    assert measure({}).labels == {}
    assert measure({"EMPTY": np.zeros(0, np.int64)}).of("EMPTY", 0).n_seen == 0
