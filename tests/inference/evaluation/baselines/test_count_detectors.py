"""The detectors agree with scanpy, and each pair is scored separately."""

import numpy as np
import pytest

from inference.evaluation.baselines.count_detectors import score_counts, score_fold_with_error


def test_z_agrees_with_scanpy(facts):
    import pandas as pd
    import scanpy as sc
    from anndata import AnnData

    slide = facts.slide
    kept = slide.niche >= 0
    rate = slide.counts.toarray()[kept] / slide.depth[kept, None] * np.median(slide.depth[kept])
    adata = AnnData(np.log1p(rate), obs=pd.DataFrame({"niche": np.array(slide.niches)[slide.niche[kept]]}))
    adata.var_names = [str(gene) for gene in slide.genes]
    adata.obs["niche"] = adata.obs["niche"].astype("category")
    sc.tl.rank_genes_groups(adata, "niche", method="wilcoxon", tie_correct=True)
    niche = slide.niches[1]
    theirs = sc.get.rank_genes_groups_df(adata, niche).set_index("names").scores
    genes = [str(gene) for gene in slide.genes]
    z, fold = score_counts(slide, genes, [niche] * len(genes))
    assert z == pytest.approx(theirs[genes].to_numpy(), abs=5e-3)  # ties hang on the last bit
    theirs_fold = facts.markers.log2fc[:, 1]
    clear = np.abs(theirs_fold) > 1
    assert clear.sum() > 3
    assert (np.sign(fold[clear]) == np.sign(theirs_fold[clear])).all()


def test_each_pair_is_scored_by_itself(facts):
    genes = [str(facts.slide.genes[i]) for i in (4, 0, 4)]
    niches = [facts.slide.niches[i] for i in (0, 1, 2)]
    z, fold = score_counts(facts.slide, genes, niches)
    for i in range(3):
        one, two = score_counts(facts.slide, genes[i : i + 1], niches[i : i + 1])
        assert (z[i], fold[i]) == (one[0], two[0])


def test_a_fold_change_with_its_error_is_surer_of_more_counts(facts, marker):
    from data_prep.facts.thinning import thin

    gene, niche = marker
    full = score_fold_with_error(facts.slide, [gene], [niche])[0]
    thinned = facts.slide.with_counts(thin(facts.slide.counts, np.full(facts.slide.n_spots, 0.1), 0))
    assert full > 0
    assert abs(score_fold_with_error(thinned, [gene], [niche])[0]) < full
    genes = [str(gene) for gene in facts.slide.genes]
    score = score_fold_with_error(facts.slide, genes, [niche] * len(genes))
    fold = facts.markers.log2fc[:, facts.slide.niche_index(niche)]
    assert np.corrcoef(score, fold)[0, 1] > 0.8
