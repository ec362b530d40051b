"""The marker rule: its labels, its indifference to depth, and no markers where there is nothing to find."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import false_discovery_control, norm

from data_prep.errors import NicheLensError
from data_prep.facts import marker_rule
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import MarkerTable, measure_markers
from data_prep.slide import Slide
from data_prep.synth.tissue import make_tissue
from tests.data_prep.facts.toy_slides import slide_of

FIELDS = tuple(field.name for field in dataclasses.fields(MarkerTable))


def _measure(slide: Slide) -> MarkerTable:
    return measure_markers(LabelledTissue.of(slide))


def test_labels_follow_the_thresholds() -> None:
    log2fc = np.array([1.0, 0.99, 3.0, 3.0, 0.2, 0.2, -2.0])
    error = np.array([0.1, 0.1, 0.5, 0.5, 0.39, 0.41, 1.4])
    q = np.array([0.009, 0.001, 0.02, 0.001, 0.5, 0.5, 0.2])
    detected = np.array([0.1, 0.5, 0.5, 0.05, 0.5, 0.5, 0.5])
    assert marker_rule.label_genes(log2fc, error, q, detected).tolist() == [1, -1, -1, -1, 0, -1, 0]


def test_q_is_a_wald_test_adjusted_within_each_niche(partly_labelled: Slide) -> None:
    table = _measure(partly_labelled)
    p = 2 * norm.sf(np.abs(table.log2fc.astype(float) / table.error))
    for code in range(4):
        np.testing.assert_allclose(table.q_value[:, code], false_discovery_control(p[:, code]), rtol=1e-4, atol=1e-37)


def test_fold_changes_and_detection_compare_labelled_spots(partly_labelled: Slide) -> None:
    table, counts = _measure(partly_labelled), partly_labelled.counts.toarray()
    inside, rest = partly_labelled.niche == 2, (partly_labelled.niche >= 0) & (partly_labelled.niche != 2)
    rates = [(counts[part].sum(axis=0) + 0.5) / partly_labelled.depth[part].sum() for part in (inside, rest)]
    np.testing.assert_allclose(table.log2fc[:, 2], np.log2(rates[0] / rates[1]), rtol=1e-5)
    np.testing.assert_allclose(table.frac_in[:, 2], (counts[inside] > 0).mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(table.frac_out[:, 2], (counts[rest] > 0).mean(axis=0), rtol=1e-6)
    assert table.depth_ratio[2] == np.median(partly_labelled.depth[inside]) / np.median(partly_labelled.depth[rest])


def test_planted_markers_are_found_and_others_are_not() -> None:
    slide, truth = make_tissue(3, n_spots=900, n_niches=4, layout="hex", pattern="voronoi")
    table = _measure(slide)
    called, refused = table.label == marker_rule.MARKER, table.label == marker_rule.NOT_MARKER
    assert called.sum() >= 15
    assert (truth.log2fc[called] > 0.8).mean() > 0.9
    assert truth.log2fc[called].min() > 0.5
    assert truth.log2fc[refused].max() < 1.3
    assert refused.mean() > 0.5


def test_depth_alone_makes_no_marker() -> None:
    rng = np.random.default_rng(2)
    niche = np.repeat([0, 1], [150, 150])
    depth = np.where(niche == 0, 12.0, 1.0)[:, None]
    counts = rng.poisson(rng.gamma(0.5, 0.3, 400)[None, :] * depth)
    kept = counts.sum(axis=1) > 0
    table = _measure(slide_of(counts[kept], niche[kept], ("deep", "shallow")))
    assert table.depth_ratio[0] > 5
    assert not (table.label == marker_rule.MARKER).any()


def test_markers_of_a_deep_niche_are_found() -> None:
    """A niche of six times the depth: its markers and those of the shallow rest show in spite of it."""
    rng = np.random.default_rng(6)
    niche = np.repeat([0, 1], [200, 200])
    raised = np.ones((2, 300))
    raised[0, :10], raised[1, 10:20] = 6.0, 6.0
    rate = rng.gamma(2.0, 0.2, 300) * raised[niche] * np.where(niche == 0, 6.0, 1.0)[:, None]
    label = _measure(slide_of(rng.poisson(rate), niche, ("deep", "shallow"))).label
    assert (label[:10, 0] == marker_rule.MARKER).sum() >= 8
    assert (label[10:20, 1] == marker_rule.MARKER).sum() >= 8
    assert not (label[20:] == marker_rule.MARKER).any()


def test_a_patch_is_no_marker_of_a_large_niche() -> None:
    """One patch of spots carries a gene: independent spots would call it a marker, patches of tissue do not."""
    rng = np.random.default_rng(7)
    xy = rng.random((1000, 2))
    niche = (xy[:, 0] > 0.5).astype(int)
    counts = rng.poisson(1.0, (1000, 60))
    patch = np.hypot(*(xy - [0.25, 0.5]).T) < 0.08
    counts[patch, 0] += rng.poisson(40.0, patch.sum())
    table = _measure(slide_of(counts, niche, ("left", "right"), xy))
    assert table.log2fc[0, 0] > 1.5
    assert table.label[0, 0] == marker_rule.UNCLEAR


def test_a_dozen_shallow_spots_are_not_marked_by_chance() -> None:
    """Of thousands of rare genes some have two or three counts in a small patch. That does not make them markers."""
    rng = np.random.default_rng(11)
    patch, patches = np.repeat(np.arange(10), 12), 10
    niche = np.append(patch, np.full(600, patches))
    middle = np.array([patch + 0.5, np.full(patch.size, 0.5)]).T
    xy = np.concatenate([middle + 0.05 * rng.random(middle.shape), rng.random((600, 2)) * [patches, 1]])
    counts = rng.poisson(rng.gamma(1.0, 0.02, 6000), (niche.size, 6000))
    table = _measure(slide_of(counts, niche, tuple("abcdefghijk"), xy))
    assert (table.frac_in[:, :patches] >= marker_rule.DETECTED_MIN).sum() > 500
    assert not (table.label == marker_rule.MARKER).any()


def test_no_q_is_rounded_to_zero() -> None:
    """A gene that is raised thirtyfold in many deep spots has a p that four bytes cannot hold."""
    rng = np.random.default_rng(5)
    niche = np.repeat([0, 1], 200)
    counts = rng.poisson(np.where(niche[:, None] == 0, [60.0, 60.0], [2.0, 60.0]))
    table = _measure(slide_of(counts, niche, ("a", "b")))
    assert abs(table.log2fc[0, 0]) / table.error[0, 0] > 15
    assert 0 < table.q_value[0, 0] < 1e-50


def test_one_niche_is_refused() -> None:
    with pytest.raises(NicheLensError, match="at least two"):
        _measure(slide_of(np.ones((20, 3)), np.zeros(20), ("only",)))


def test_a_niche_without_spots_is_unclear() -> None:
    table = _measure(slide_of(np.ones((40, 3)), np.repeat([0, 2], 20), ("a", "none", "b")))
    assert (table.label[:, 1] == marker_rule.UNCLEAR).all()
    assert np.isinf(table.error[:, 1]).all()
    assert all(np.isfinite(getattr(table, name)).all() for name in FIELDS if name != "error")


def test_blocks_of_genes_give_the_whole_table(partly_labelled: Slide, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _measure(partly_labelled)
    monkeypatch.setattr(marker_rule, "GENE_BLOCK", 7)
    parts = _measure(partly_labelled)
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))
