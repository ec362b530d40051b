"""The marker rule: scanpy's numbers, its thresholds, and its indifference to depth."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scanpy as sc
import scipy.sparse as sp

from data_prep.errors import NicheLensError
from data_prep.facts import marker_rule
from data_prep.slide import Slide, SlideMeta


def _slide(counts: np.ndarray, niche: np.ndarray, names: tuple[str, ...]) -> Slide:
    xy = np.random.default_rng(0).random((len(counts), 2))
    genes = np.array([f"G{i}" for i in range(counts.shape[1])])
    return Slide("toy", sp.csc_matrix(counts, dtype=np.float32), xy, genes, niche.astype(np.int32), names, SlideMeta())


def test_numbers_are_scanpys() -> None:
    rng = np.random.default_rng(1)
    niche = np.repeat([0, 1, 2], [40, 60, 80])
    raised = 1 + 2.0 * (niche[:, None] == np.arange(60) % 3)  # as many markers for each niche, so depths are level
    counts = rng.poisson(rng.gamma(2.0, 1.0, 20).repeat(3)[None, :] * raised)
    ours = marker_rule.measure_markers(_slide(counts, niche, ("a", "b", "c")))
    table = ad.AnnData(counts.astype(np.float32), obs=pd.DataFrame({"niche": pd.Categorical(niche.astype(str))}))
    sc.pp.normalize_total(table)
    sc.pp.log1p(table)
    sc.tl.rank_genes_groups(table, "niche", method="wilcoxon")
    for code in range(3):
        if max(ours.depth_ratio[code], 1 / ours.depth_ratio[code]) > marker_rule.DEPTH_RATIO_LIMIT:
            pytest.fail("the toy slide must not need thinning")
        theirs = sc.get.rank_genes_groups_df(table, str(code)).set_index("names").loc[table.var_names]
        np.testing.assert_allclose(ours.log2fc[:, code], theirs["logfoldchanges"], atol=1e-3)
        # Values that are equal but for rounding are tied in one and not in the other, so ranks differ by a few halves.
        np.testing.assert_allclose(np.log10(ours.q_value[:, code]), np.log10(theirs["pvals_adj"]), rtol=0.01, atol=0.02)


def test_labels_follow_the_thresholds() -> None:
    log2fc = np.array([1.0, 0.99, 0.49, 3.0, 3.0, 3.0])
    q = np.array([0.009, 0.001, 0.001, 0.02, 0.06, 0.001])
    detected = np.array([0.1, 0.5, 0.5, 0.5, 0.5, 0.05])
    assert marker_rule.label_genes(log2fc, q, detected).tolist() == [1, -1, 0, -1, 0, -1]


def test_depth_alone_makes_no_marker() -> None:
    rng = np.random.default_rng(2)
    niche = np.repeat([0, 1], [150, 150])
    depth = np.where(niche == 0, 12.0, 1.0)[:, None]
    counts = rng.poisson(rng.gamma(0.5, 0.3, 400)[None, :] * depth)
    counts = counts[counts.sum(axis=1) > 0]
    table = marker_rule.measure_markers(_slide(counts, niche[: len(counts)], ("deep", "shallow")))
    assert table.depth_ratio[0] > 5
    assert np.count_nonzero(table.label == 1) <= 4  # at most 1 % of the genes in a niche


def test_thinning_keeps_the_expected_share() -> None:
    counts = sp.csc_matrix(np.full((200, 50), 40.0, np.float32))
    thinned = marker_rule.thin(counts, np.full(200, 0.25), seed=3)
    assert thinned.mean() == pytest.approx(10.0, rel=0.02)
    assert (marker_rule.thin(counts, np.ones(200), seed=3) != counts).nnz == 0
    assert (marker_rule.thin(counts, np.full(200, 0.25), seed=3) != thinned).nnz == 0


def test_one_niche_is_refused() -> None:
    with pytest.raises(NicheLensError, match="at least two"):
        marker_rule.measure_markers(_slide(np.ones((20, 3)), np.zeros(20), ("only",)))


def test_blocks_of_genes_give_the_whole_table(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    niche = np.repeat([0, 1, -1], [80, 60, 20])
    slide = _slide(rng.poisson(1.0, (160, 30)) + 1, niche, ("a", "b"))
    whole = marker_rule.measure_markers(slide)
    monkeypatch.setattr(marker_rule, "GENE_BLOCK", 7)
    parts = marker_rule.measure_markers(slide)
    for name in ("log2fc", "q_value", "frac_in", "frac_out", "label"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))
