"""A niche that is deeper alone: its ratio is told, and comparing counts would call everything its marker."""

import numpy as np
import pytest

from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import MARKER, measure_markers
from data_prep.facts.niche_depths import count_markers_without_depth, niche_depths
from tests.data_prep.facts.toy_slides import slide_of

RAISED = 6
"""Genes that are raised in niche B beyond its depth."""


def test_depth_alone_makes_no_marker_and_a_rule_without_depth_calls_all() -> None:
    rng = np.random.default_rng(0)
    xy = rng.random((1200, 2))
    niche = (xy[:, 0] > 0.6).astype(int)
    rate = np.full((1200, 80), 3.0)
    rate[niche == 1] *= 4.0
    rate[np.ix_(niche == 1, np.arange(RAISED))] *= 4.0
    slide = slide_of(rng.poisson(rate), niche, ("A", "B"), xy)
    tissue = LabelledTissue.of(slide)
    markers = measure_markers(tissue)
    a, b = niche_depths(slide)
    assert (a.niche, b.niche, b.n_spots) == ("A", "B", int(niche.sum()))
    assert b.ratio == pytest.approx(1 / a.ratio)
    assert b.ratio == pytest.approx(4 * (80 + 3 * RAISED) / 80, rel=0.05)
    assert int((markers.label[:, 1] == MARKER).sum()) == RAISED
    assert count_markers_without_depth(tissue, markers, "B") == 80
    assert count_markers_without_depth(tissue, markers, "A") == 0


def test_equal_depth_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    xy = rng.random((600, 2))
    niche = (xy[:, 1] > 0.5).astype(int)
    rate = np.full((600, 80), 3.0)
    rate[np.ix_(niche == 1, np.arange(RAISED))] *= 4.0
    rate[np.ix_(niche == 0, np.arange(RAISED, 2 * RAISED))] *= 4.0
    tissue = LabelledTissue.of(slide_of(rng.poisson(rate), niche, ("A", "B"), xy))
    assert count_markers_without_depth(tissue, measure_markers(tissue), "B") == RAISED


def test_a_slide_with_one_niche_has_none() -> None:
    assert niche_depths(slide_of(np.ones((30, 3)), np.zeros(30), ("A",))) == ()
