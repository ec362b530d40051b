"""Exactly one thing changes from rung to rung."""

from dataclasses import replace

import numpy as np
import pytest

from inference.evaluation.metrics import score_auroc
from inference.evaluation.rank_test import count_scores
from inference.evaluation.single_effect import FIRST_SEED, PAIRS, Planting, plant


def test_effect_share_mean_and_partners_are_as_planted():
    planting = Planting(effect=2.0, share=0.1, n_spots=4000, mean=5.0, dispersion=0.1)
    slide, niche, genes, raised = plant(planting, FIRST_SEED)
    inside = slide.spots_of(niche)
    assert inside.sum() == 400
    assert raised.sum() == PAIRS
    assert len(genes) == 2 * PAIRS
    counts = slide.counts[:, : 2 * PAIRS].toarray()
    fold = np.log2(counts[inside].mean(axis=0) / counts[~inside].mean(axis=0))
    assert fold[raised].mean() == pytest.approx(2.0, abs=0.15)
    assert fold[~raised].mean() == pytest.approx(0.0, abs=0.15)
    depth = np.exp(0.4**2 / 2)  # mean of a lognormal
    assert counts[:, ~raised].mean() == pytest.approx(5.0 * depth, rel=0.1)


def test_dispersion_is_as_planted():
    even, wild = (
        plant(replace(Planting(mean=5.0, n_spots=4000), dispersion=d), FIRST_SEED)[0].counts[:, PAIRS].toarray()
        for d in (0.01, 3.0)
    )
    assert wild.var() > 4 * even.var()


@pytest.mark.parametrize("change", [{"effect": 3.0}, {"mean": 3.0}, {"dispersion": 0.1}])
def test_noise_and_effect_move_no_spot(change):
    a, b = plant(Planting(), FIRST_SEED)[0], plant(replace(Planting(), **change), FIRST_SEED)[0]
    assert (a.xy == b.xy).all()
    assert (a.niche == b.niche).all()
    assert (a.counts != b.counts).nnz > 0


def test_without_an_effect_nothing_tells_the_genes_apart():
    found = [plant(replace(Planting(), effect=0.0), FIRST_SEED + i) for i in range(20)]
    z = np.concatenate([count_scores(slide, genes, [niche] * len(genes))[0] for slide, niche, genes, _ in found])
    label = np.concatenate([raised for *_, raised in found])
    assert score_auroc(label, z).value == pytest.approx(0.5, abs=0.08)


def test_same_seed_same_slide():
    first, second = (plant(Planting(), FIRST_SEED + 5)[0] for _ in range(2))
    assert (first.counts != second.counts).nnz == 0
    assert (plant(Planting(), FIRST_SEED + 6)[0].xy != first.xy).any()
