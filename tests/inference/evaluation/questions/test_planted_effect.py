"""A planted slide has the effect that was asked for, and no other factor varies."""

from dataclasses import replace

import numpy as np
import pytest

from inference.evaluation.baselines.count_detectors import score_counts
from inference.evaluation.questions.planted_effect import FIRST_SEED, PAIRS, PlantedEffect, draw_planted_slide
from inference.evaluation.scores.metrics import score_auroc


def test_effect_share_mean_and_partners_are_as_planted():
    effect = PlantedEffect(effect=2.0, share=0.1, n_spots=4000, mean=5.0, dispersion=0.1)
    planted = draw_planted_slide(effect, FIRST_SEED)
    inside, is_raised = planted.slide.spots_of(planted.niche), planted.is_raised
    assert inside.sum() == 400
    assert is_raised.sum() == PAIRS
    assert len(planted.genes) == 2 * PAIRS
    counts = planted.slide.counts[:, : 2 * PAIRS].toarray()
    fold = np.log2(counts[inside].mean(axis=0) / counts[~inside].mean(axis=0))
    assert fold[is_raised].mean() == pytest.approx(2.0, abs=0.15)
    assert fold[~is_raised].mean() == pytest.approx(0.0, abs=0.15)
    depth = np.exp(0.4**2 / 2)  # mean of a lognormal
    assert counts[:, ~is_raised].mean() == pytest.approx(5.0 * depth, rel=0.1)


def test_dispersion_is_as_planted():
    low, high = (
        draw_planted_slide(PlantedEffect(mean=5.0, n_spots=4000, dispersion=dispersion), FIRST_SEED)
        for dispersion in (0.01, 3.0)
    )
    counts_low, counts_high = (planted.slide.counts[:, PAIRS].toarray() for planted in (low, high))
    assert counts_high.var() > 4 * counts_low.var()


@pytest.mark.parametrize("change", [{"effect": 3.0}, {"mean": 3.0}, {"dispersion": 0.1}])
def test_noise_and_effect_move_no_spot(change):
    a, b = (
        draw_planted_slide(effect, FIRST_SEED).slide for effect in (PlantedEffect(), replace(PlantedEffect(), **change))
    )
    assert (a.xy == b.xy).all()
    assert (a.niche == b.niche).all()
    assert (a.counts != b.counts).nnz > 0


def test_without_an_effect_genes_cannot_be_told_apart():
    slides = [draw_planted_slide(PlantedEffect(effect=0.0), FIRST_SEED + i) for i in range(20)]
    z = np.concatenate([score_counts(p.slide, p.genes, [p.niche] * len(p.genes))[0] for p in slides])
    label = np.concatenate([p.is_raised for p in slides])
    assert score_auroc(label, z).value == pytest.approx(0.5, abs=0.08)


def test_the_same_seed_gives_the_same_slide():
    first, second = (draw_planted_slide(PlantedEffect(), FIRST_SEED + 5).slide for _ in range(2))
    assert (first.counts != second.counts).nnz == 0
    assert (draw_planted_slide(PlantedEffect(), FIRST_SEED + 6).slide.xy != first.xy).any()
