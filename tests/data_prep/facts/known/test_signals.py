"""Signals: both sides of a border, the least part of a complex, and a p value that is even where nothing signals."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import kstest

from data_prep.facts.known.signals import PairColumns, Signals, _permutation_z
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import measure_markers
from data_prep.slide import Slide
from data_prep.synth.layout import smooth_fields
from tests.data_prep.facts.known.bands import bands
from tests.data_prep.facts.toy_slides import slide_of

A, B, C = range(3)
BORDERS = ((A, B), (B, A), (B, C), (C, B))
RAISED = {(0, "A"): 4.0, (1, "B"): 4.0, (2, "B"): 4.0, (4, "A"): 4.0, (5, "C"): 4.0}
"""G0 and G4 are raised in A, G1 and G2 in B, G5 in C; G3 is flat."""


def measure(slide: Slide, *pairs: tuple[tuple[int, ...], tuple[int, ...]]) -> Signals:
    tissue = LabelledTissue.of(slide)
    columns = PairColumns(tuple(ligand for ligand, _ in pairs), tuple(receptor for _, receptor in pairs))
    return Signals.measure(tissue, measure_markers(tissue), columns, BORDERS)


@pytest.fixture(scope="module")
def slide() -> Slide:
    return bands(6, RAISED)


def test_a_signal_is_raised_on_both_sides_of_a_border(slide: Slide) -> None:
    found = measure(slide, ((0,), (1,)))
    there, back = found.of(0, A, B), found.of(0, B, A)
    assert there.ligand.value == pytest.approx(2.0, abs=0.15)
    assert there.log2_fold.value == pytest.approx((there.ligand.value + there.receptor.value) / 2)
    assert there.log2_fold.error == pytest.approx(np.hypot(there.ligand.error, there.receptor.error) / 2)
    assert there.q_value < 1e-4
    assert back.log2_fold.value < 0
    assert back.q_value > 0.5


def test_niches_that_do_not_border_have_no_signal(slide: Slide) -> None:
    """G0 in A and G5 in C are raised, but A and C lie apart."""
    assert measure(slide, ((0,), (5,))).of(0, A, C) is None


def test_one_side_is_not_enough(slide: Slide) -> None:
    found = measure(slide, ((0,), (3,)), ((3,), (1,)), ((0,), (4,)))
    one_side, other_side, same_side = (found.of(pair, A, B) for pair in range(3))
    assert min(one_side.ligand.value, other_side.receptor.value) > 1.5
    assert max(abs(one_side.receptor.value), abs(other_side.ligand.value)) < 0.2
    assert same_side.receptor.value < 0
    assert same_side.q_value > 0.5


def test_of_a_complex_the_least_raised_part_counts(slide: Slide) -> None:
    found = measure(slide, ((0,), (1, 2)), ((0,), (1, 3)), ((0,), (3,)), ((0,), (3, 1)))
    both, with_flat, flat, turned = (found.of(pair, A, B) for pair in range(4))
    assert both.receptor.value > 1.5
    assert with_flat == turned
    assert (with_flat.receptor, with_flat.log2_fold) == (flat.receptor, flat.log2_fold)
    assert with_flat.q_value == pytest.approx(flat.q_value, rel=0.05)
    assert with_flat.q_value > both.q_value


def test_of_a_complex_the_least_detected_part_counts() -> None:
    slide = bands(6, RAISED)
    counts = slide.counts.toarray()
    counts[:, 2] *= np.random.default_rng(1).random(slide.n_spots) < 0.1
    found = measure(slide.with_counts(counts), ((0,), (1,)), ((0,), (1, 2)), ((2,), (1,)))
    common, rare, rare_ligand = (found.of(pair, A, B).detected for pair in range(3))
    assert common > 0.9
    assert max(rare, rare_ligand) < 0.25


def p_values(strength: float, scale: float, seed: int) -> np.ndarray:
    """p of 200 pairs of genes from A to B, at a depth that varies over the tissue. The niches change nothing.

    Args:
        strength: standard deviation of the patches of each gene, log2.
        scale: their width; a block is a third wide.
        seed: of the counts.
    """
    side, n_genes = 30, 400
    rng = np.random.default_rng(seed)
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(side), np.arange(side)))
    xy = np.stack([x, y], axis=1) / side * 2 - 1
    log2 = strength * smooth_fields(rng, xy, n_genes, scale) + 0.7 * smooth_fields(rng, xy, 1, 0.3)
    slide = slide_of(rng.poisson(3 * np.exp2(log2)), x * 3 // side, ("A", "B", "C"), xy)
    pairs = PairColumns(tuple((at,) for at in range(0, n_genes, 2)), tuple((at,) for at in range(1, n_genes, 2)))
    return ndtr(-_permutation_z(LabelledTissue.of(slide), pairs, [(A, B)]))[:, 0]


def test_the_p_value_is_even_where_nothing_signals() -> None:
    p = np.concatenate([p_values(0.0, 0.1, seed) for seed in range(4)])
    assert kstest(p, "uniform").statistic < 0.06
    assert p.mean() == pytest.approx(0.5, abs=0.05)
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.03)


def test_patches_that_are_smaller_than_a_block_make_no_signal() -> None:
    p = np.concatenate([p_values(0.5, 0.05, seed) for seed in range(4)])
    assert (p < 0.05).mean() <= 0.06
    assert (p < 0.001).mean() <= 0.005


def test_whole_pieces_of_tissue_are_exchanged_and_not_single_spots() -> None:
    """A patch that covers half of A is one piece of luck. Spots that are exchanged one by one would find it sure."""
    side = 30
    rng = np.random.default_rng(4)
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(side), np.arange(side)))
    patch = (x < 10) & (y < 6)
    fold = np.ones((side * side, 30))
    fold[patch, 0] = fold[patch, 1] = 6.0
    slide = slide_of(rng.poisson(5 * fold), x * 3 // side, ("A", "B", "C"), np.stack([x, y], axis=1).astype(float))
    found = measure(slide, ((0,), (2,))).of(0, A, B)
    assert found.ligand.value > 0.5
    assert found.q_value > 1e-4


def test_the_same_pairs_give_the_same_numbers_whatever_stands_beside_them(slide: Slide) -> None:
    alone, beside = measure(slide, ((0,), (1,))), measure(slide, ((0,), (1,)), ((0,), (1,)))
    assert alone.of(0, A, B).log2_fold == beside.of(0, A, B).log2_fold
    assert beside.of(0, A, B) == beside.of(1, A, B)
    assert alone.of(0, A, B) == measure(slide, ((0,), (1,))).of(0, A, B), "the permutations have a seed"


def test_without_pairs_or_borders_there_is_nothing(slide: Slide) -> None:
    assert measure(slide).q_value.shape == (0, 4)
    tissue = LabelledTissue.of(slide)
    none = Signals.measure(tissue, measure_markers(tissue), PairColumns(((0,),), ((1,),)), ())
    assert none.q_value.shape == (1, 0)
    assert none.of(0, A, B) is None
