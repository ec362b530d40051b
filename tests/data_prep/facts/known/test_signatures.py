"""Signatures: the genes of a list are one gene, and single genes do not decide."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.facts.known.signatures import FEWEST_GENES, measure_signature
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import measure_markers
from data_prep.slide import Slide
from tests.data_prep.facts.known.bands import bands

LIST = np.arange(10)


def in_a(slide: Slide, codes: np.ndarray = LIST) -> tuple[float, float]:
    """Ratio and error of a list in the niche A."""
    measured = measure_signature(LabelledTissue.of(slide), codes).of(0)
    return measured.value, measured.error


def test_a_list_that_is_doubled_has_a_log2_ratio_of_one() -> None:
    value, error = in_a(bands(10, {(gene, "A"): 2.0 for gene in range(10)}))
    assert value == pytest.approx(1.0, abs=0.1)
    assert error < 0.1
    assert in_a(bands(10))[0] == pytest.approx(0.0, abs=0.1)


def test_a_list_is_measured_as_the_sum_of_its_genes() -> None:
    """Genes of equal totals weigh the same. Then the ratio and its noise are those of a gene that is their sum."""
    slide = bands(10, {(0, "A"): 3.0})
    first = slide.counts[:, [0]].toarray()[:, 0]
    rng = np.random.default_rng(1)
    columns = [first]
    for _ in range(2):
        shuffled = first.copy()
        for code in range(3):
            shuffled[slide.niche == code] = rng.permutation(first[slide.niche == code])
        columns.append(shuffled)
    counts = slide.counts.toarray()
    counts[:, :3], counts[:, 9] = np.stack(columns, axis=1), np.sum(columns, axis=0)
    tissue = LabelledTissue.of(replace(slide, counts=sp.csc_matrix(counts)))
    signature, markers = measure_signature(tissue, np.arange(3)), measure_markers(tissue)
    np.testing.assert_allclose(signature.log2_ratio, markers.log2fc[9], rtol=1e-5)
    assert (signature.error >= markers.error[9] * 0.999).all(), "the genes are a sample, too"


def test_the_error_grows_with_one_dominant_gene() -> None:
    """Both lists have about the same ratio. One of them is raised by one gene alone."""
    many, many_error = in_a(bands(10, {(gene, "A"): 2.0 for gene in range(10)}))
    one, one_error = in_a(bands(10, {(0, "A"): 30.0}))
    assert min(many, one) > 0.5
    assert one_error > 4 * many_error
    assert one < 3.5 * one_error


def test_a_loud_gene_speaks_by_the_root_of_its_counts() -> None:
    """One gene of 400 counts is raised fourfold among nine of 4 counts that are flat; depth hardly changes."""
    rng = np.random.default_rng(5)
    slide = bands(10)
    counts = slide.counts.toarray()
    counts[:, 0] = rng.poisson(np.where(slide.niche == 0, 1600, 400))
    counts[:, -1] = 100_000
    value, _ = in_a(replace(slide, counts=sp.csc_matrix(counts)))
    # The gene's total is twice 400 a spot, as A is a third of the tissue: it weighs 1 / sqrt(800).
    loud, quiet = 1 / np.sqrt(800), 1 / np.sqrt(4)
    weighed = np.log2((1600 * loud + 36 * quiet) / (400 * loud + 36 * quiet))
    assert value == pytest.approx(weighed, abs=0.05)
    assert weighed < 0.75 * np.log2((1600 + 36) / (400 + 36))


@pytest.mark.parametrize("codes", [np.array([0, 1]), np.array([], np.int64), np.array([0, 1, 2, 3])])
def test_a_list_of_two_genes_with_counts_is_not_measured(codes: np.ndarray) -> None:
    slide = bands(4, {(0, "A"): 4.0, (1, "A"): 4.0})
    counts = slide.counts.toarray()
    counts[:, 2:4] = 0.0
    signature = measure_signature(LabelledTissue.of(replace(slide, counts=sp.csc_matrix(counts))), codes)
    assert signature.n_genes == min(len(codes), 2) < FEWEST_GENES
    assert np.isnan(signature.log2_ratio).all()


def test_counts_of_unlabelled_spots_make_no_gene() -> None:
    slide = bands(3)
    counts, niche = slide.counts.toarray(), slide.niche.copy()
    niche[:50] = -1
    counts[50:, 2] = 0.0
    tissue = LabelledTissue.of(replace(slide, counts=sp.csc_matrix(counts), niche=niche))
    assert measure_signature(tissue, np.arange(3)).n_genes == 2


def test_deeper_sequencing_of_a_niche_raises_no_list() -> None:
    slide = bands(10)
    counts = slide.counts.toarray()
    counts[slide.niche == 0] = np.random.default_rng(2).poisson(5 * counts[slide.niche == 0])
    assert in_a(replace(slide, counts=sp.csc_matrix(counts)))[0] == pytest.approx(0.0, abs=0.1)


def test_the_order_of_the_genes_does_not_matter() -> None:
    slide = bands(10, {(gene, "A"): 1.0 + gene / 5 for gene in range(10)})
    assert in_a(slide, LIST) == pytest.approx(in_a(slide, LIST[::-1]), rel=1e-9)


def test_the_error_is_that_of_other_draws_of_genes_and_counts() -> None:
    """Lists of ten from genes of which half are raised: the ratios spread as their errors say."""
    found = []
    for seed in range(30):
        raised = np.random.default_rng(seed).random(10) < 0.5
        found.append(in_a(bands(10, {(int(gene), "A"): 3.0 for gene in np.flatnonzero(raised)}, seed=seed)))
    value, error = np.array(found).T
    assert 0.6 < np.median(error) / value.std() < 1.8
