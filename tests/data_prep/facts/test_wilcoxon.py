"""Wilcoxon's test: scanpy's numbers."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scanpy as sc

from data_prep.facts import wilcoxon
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.slide import Slide
from tests.data_prep.facts.toy_slides import slide_of


@pytest.fixture(scope="module")
def slide() -> Slide:
    """Three niches with as many markers each."""
    rng = np.random.default_rng(1)
    niche = np.repeat([0, 1, 2], [40, 60, 80])
    raised = 1 + 2.0 * (niche[:, None] == np.arange(60) % 3)
    return slide_of(rng.poisson(rng.gamma(2.0, 1.0, 20).repeat(3)[None, :] * raised), niche, ("a", "b", "c"))


def test_numbers_are_scanpys(slide: Slide) -> None:
    tissue = LabelledTissue.of(slide)
    log2fc, _ = wilcoxon.rank_genes(tissue.counts(slice(None)), tissue.depth, tissue.niche, 3)
    q_value = wilcoxon.wilcoxon_q(tissue)
    table = ad.AnnData(slide.counts.toarray(), obs=pd.DataFrame({"niche": pd.Categorical(slide.niche.astype(str))}))
    sc.pp.normalize_total(table)
    sc.pp.log1p(table)
    sc.tl.rank_genes_groups(table, "niche", method="wilcoxon")
    for code in range(3):
        theirs = sc.get.rank_genes_groups_df(table, str(code)).set_index("names").loc[table.var_names]
        np.testing.assert_allclose(log2fc[:, code], theirs["logfoldchanges"], atol=1e-3)
        # Values that are equal but for rounding are tied in one and not in the other, so ranks differ by a few halves.
        np.testing.assert_allclose(np.log10(q_value[:, code]), np.log10(theirs["pvals_adj"]), rtol=0.01, atol=0.02)


def test_blocks_of_genes_do_not_show(slide: Slide, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = wilcoxon.wilcoxon_q(LabelledTissue.of(slide))
    monkeypatch.setattr(wilcoxon, "GENE_BLOCK", 7)
    np.testing.assert_array_equal(wilcoxon.wilcoxon_q(LabelledTissue.of(slide)), whole)
