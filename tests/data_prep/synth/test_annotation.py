"""Annotation of synthetic slides: what is left unlabelled, and cell types."""

from __future__ import annotations

import numpy as np

from data_prep.slide import MIN_NICHE_SPOTS
from data_prep.synth.annotation import add_cell_types, leave_unlabelled
from data_prep.synth.tissue import make_slide


def test_unlabelled_tissue_is_little_or_nearly_all_and_every_niche_keeps_its_least() -> None:
    slide = make_slide(3, n_spots=800, n_niches=6)
    shares = []
    for seed in range(40):
        partly = leave_unlabelled(slide, np.random.default_rng(seed))
        kept = partly.niche >= 0
        assert np.array_equal(partly.niche[kept], slide.niche[kept])
        assert np.bincount(partly.niche[kept], minlength=6).min() >= MIN_NICHE_SPOTS
        shares.append(1 - kept.mean())
    assert min(shares) < 0.2
    assert max(shares) > 0.8


def test_niches_differ_in_their_cell_types() -> None:
    slide = add_cell_types(make_slide(3, n_spots=2000, n_niches=4), np.random.default_rng(0))
    n_types = len(slide.cell_types)
    assert slide.cell_type.min() >= 0
    assert slide.cell_type.max() < n_types
    shares = np.stack([np.bincount(slide.cell_type[slide.niche == code], minlength=n_types) for code in range(4)])
    shares = shares / shares.sum(axis=1, keepdims=True)
    assert np.ptp(shares, axis=0).max() > 0.2
