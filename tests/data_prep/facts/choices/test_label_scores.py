"""Scores of partitions: slides of very different size are scored together."""

import numpy as np
import pytest

from data_prep.facts.choices import label_scores
from data_prep.facts.choices.count_halves import CountHalves
from data_prep.facts.choices.label_scores import LabelScores
from data_prep.facts.niche_views import Tissue
from data_prep.synth.tissue import make_slide


def test_a_slide_with_few_clustered_spots_has_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_scores, "SPOTS", 90)
    slides = [make_slide(seed, n_spots=n, n_niches=2, n_genes=60) for seed, n in ((1, 50), (2, 1000))]
    scores = LabelScores(CountHalves.of(Tissue.of(slides, 60)), np.arange(60), 1)
    slide_of = scores.halves.whole.slide_of[scores.spots]
    n_small = int((slide_of == 0).sum())
    assert 2 <= n_small <= 6
    near = scores.neighbours(6)
    assert near.shape == (len(scores.spots), 6)
    np.testing.assert_array_equal(slide_of[near], np.repeat(slide_of[:, None], 6, axis=1))
    own = np.arange(len(near))
    assert (near != own[:, None]).all()
    for spot in np.flatnonzero(slide_of == 0):
        assert set(near[spot]) == set(np.flatnonzero(slide_of == 0)) - {spot}
