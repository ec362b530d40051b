"""Pooling of maps by held-out counts, corrected for the depth of the halves."""

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.facts.choices.count_halves import CountHalves
from data_prep.facts.choices.heldout_deviance import mean_rates, shrunken
from data_prep.facts.choices.map_pooling import FIGURE_RULE, MapScores, _Half, score_maps
from data_prep.facts.niche_views import Tissue
from tests.data_prep.facts.toy_slides import slide_of


def halves_of(rate: np.ndarray) -> CountHalves:
    """Halves of Poisson counts with these rates, (n_spots, n_genes), on a square array."""
    side = int(len(rate) ** 0.5)
    xy = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2).astype(float)
    counts = np.random.default_rng(0).poisson(rate).astype(np.float32)
    tissue = Tissue.of([slide_of(counts, np.full(len(counts), -1), (), xy)], counts.shape[1])
    return CountHalves.of(tissue, 0)


def scores(rate: np.ndarray) -> MapScores:
    return score_maps(halves_of(rate))


def test_all_counts_have_half_of_the_noise_of_their_halves() -> None:
    """Where nothing varies, a map costs its noise, and nothing else."""
    flat = scores(np.full((900, 30), 8.0))
    for pool in (1, 4, 13):
        cost = flat.held_out[pool].gain.sum()
        assert cost < 0
        assert flat.overall[pool].gain.sum() == pytest.approx(cost / 2, rel=0.15)


def test_maps_of_halves_are_shrunken_as_those_of_all_counts() -> None:
    left = np.repeat(np.where(np.arange(900) % 30 < 15, 0.3, 3.0)[:, None], 10, axis=1)
    rate = np.hstack([left, 3.3 - left])
    halves, genes, spots = halves_of(rate), np.arange(20), np.arange(900)
    whole, pool = halves.whole, sp.identity(900, format="csr")
    full = shrunken(whole.counts.toarray(), whole.depth, mean_rates(whole.counts, whole.depth))
    half = np.mean([_Half.of(half, genes, spots, halves.block).rates(pool) for half in halves.halves], axis=0)
    for part in (full < full.mean() / 2, full > full.mean()):
        assert half[part].mean() == pytest.approx(full[part].mean(), rel=0.03)


def test_smooth_maps_want_large_pools_and_rough_ones_none() -> None:
    x = np.arange(900) % 30
    smooth = np.repeat(np.where(x < 15, 1.0, 3.0)[:, None], 20, axis=1)
    rough = np.random.default_rng(1).choice([2.0, 60.0], size=(900, 20))

    def best(rate: np.ndarray) -> int:
        overall = scores(rate).overall
        return max((pool for pool in overall if pool != FIGURE_RULE), key=lambda pool: overall[pool].score)

    assert best(smooth) >= 13
    assert best(rough) == 1
