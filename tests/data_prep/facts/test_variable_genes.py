"""Variable genes: ranked by the variance of what is drawn, block by block as all at once."""

import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep import gene_columns
from data_prep.facts.variable_genes import gene_variances, variable_genes
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide


@pytest.fixture(scope="module")
def slide() -> Slide:
    return make_slide(5, n_spots=300, n_genes=60)


def test_a_constant_gene_is_least_variable(slide: Slide) -> None:
    counts = slide.counts.toarray()
    counts[:, 3] = 5 * slide.depth / np.median(slide.depth)
    changed = dataclasses.replace(slide, counts=sp.csc_matrix(counts))
    changed.__dict__["depth"] = slide.depth
    ranked = variable_genes(changed)
    assert len(ranked) == slide.n_genes
    assert ranked[-1] == slide.genes[3]
    assert variable_genes(changed, 4) == ranked[:4]


def test_blocks_do_not_show(slide: Slide, monkeypatch: pytest.MonkeyPatch) -> None:
    dense = slide.counts.toarray() * (np.median(slide.depth) / slide.depth)[:, None]
    expected = slide.genes[np.argsort(-np.log1p(dense).var(axis=0), kind="stable")]
    assert variable_genes(slide) == expected.tolist()
    monkeypatch.setattr(gene_columns, "GENE_BLOCK", 7)
    assert variable_genes(slide) == expected.tolist()


def test_the_order_of_the_spots_changes_no_digit(slide: Slide) -> None:
    order = np.random.default_rng(2).permutation(slide.n_spots)
    other = dataclasses.replace(slide, counts=slide.counts[order])
    np.testing.assert_array_equal(gene_variances(other), gene_variances(slide))
