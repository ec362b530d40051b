"""The estimator of log2 ratios: exposure, quasi-Poisson, jackknife and the chance of the counts, each by hand."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.stats import binomtest, norm

from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.spot_set_contrasts import SetSums, SpotSets, log_ratios


def _sets(tissue: LabelledTissue) -> SpotSets:
    return SpotSets(tissue.niche, tissue.n_niches)


def _dispersed(n_genes: int, dispersion: float = 1.0) -> SetSums:
    """Genes of one dispersion of spots, and four times that of blocks."""
    nothing = np.zeros((0, 0, n_genes))
    return SetSums(nothing, nothing, np.full(n_genes, dispersion), np.full(n_genes, 4 * dispersion))


def test_sums_are_those_of_the_spots(tissue: LabelledTissue) -> None:
    counts = tissue.counts(slice(0, 5))
    sums = SetSums.of(tissue, counts, SpotSets(np.where(tissue.niche == 2, -1, tissue.niche), tissue.n_niches))
    dense = counts.toarray()
    chosen = (tissue.niche == 1) & (tissue.block == 3)
    np.testing.assert_allclose(sums.counts[1, 3], dense[chosen].sum(axis=0))
    assert sums.depth[1, 3, 0] == tissue.depth[chosen].sum()
    assert not sums.counts[2].any()
    assert not sums.depth[2].any()


def test_the_dispersion_of_spots_is_pearsons(tissue: LabelledTissue) -> None:
    counts = tissue.counts(slice(0, 40))
    dense, chi2 = counts.toarray().astype(float), 0.0
    for code in np.unique(tissue.niche):
        inside = tissue.niche == code
        mean = tissue.depth[inside, None] * dense[inside].sum(axis=0) / tissue.depth[inside].sum()
        chi2 = chi2 + ((dense[inside] - mean) ** 2 / np.where(mean > 0, mean, 1)).sum(axis=0)
    expected = np.maximum(chi2 / (len(tissue) - 4), 1)
    assert (expected > 1.1).any()
    np.testing.assert_allclose(SetSums.of(tissue, counts, _sets(tissue)).spot_dispersion, expected, rtol=1e-9)


def test_a_patchy_gene_disperses_more_over_blocks(tissue: LabelledTissue) -> None:
    rng = np.random.default_rng(0)
    patch = np.hypot(*(tissue.position - 0.5).T) < 0.2
    share = np.stack([np.where(patch, 6.0, 2.0), np.full(len(tissue), 3.0)], axis=1) / tissue.depth.mean()
    counts = sp.csc_matrix(rng.poisson(share * tissue.depth[:, None]))
    sums = SetSums.of(tissue, counts, _sets(tissue))
    assert sums.block_dispersion[0] > 3 * sums.spot_dispersion[0]
    assert sums.block_dispersion[1] < 2 * sums.spot_dispersion[1]


def test_ratio_and_jackknife_by_hand(tissue: LabelledTissue) -> None:
    counts = tissue.counts(slice(0, 40))
    sums, dense = SetSums.of(tissue, counts, _sets(tissue)), counts.toarray()

    def ratio(kept: np.ndarray) -> np.ndarray:
        one, two = kept & (tissue.niche == 0), kept & (tissue.niche == 1)
        k1, k2 = dense[one].sum(axis=0), dense[two].sum(axis=0)
        return np.log2((k1 + 0.5) / tissue.depth[one].sum()) - np.log2((k2 + 0.5) / tissue.depth[two].sum())

    value, error, _ = log_ratios(sums.counts[0], sums.depth[0], sums.counts[1], sums.depth[1], _dispersed(40, 1e-9))
    np.testing.assert_allclose(value, ratio(np.ones(len(tissue), bool)))
    used = np.unique(tissue.block[np.isin(tissue.niche, (0, 1))])
    left_out = np.stack([ratio(tissue.block != block) for block in used])
    by_hand = np.sqrt((len(used) - 1) / len(used) * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0))
    np.testing.assert_allclose(error, by_hand)


def test_the_larger_error_counts() -> None:
    k1, k0, depth = np.full((6, 1), 4.0), np.full((6, 1), 2.0), np.full((6, 1), 100.0)
    quasi_poisson = np.sqrt(3.0 * (1 / 24.5 + 1 / 12.5)) / np.log(2)
    _, even, _ = log_ratios(k1, depth, k0, depth, _dispersed(1, 3.0))
    assert even == pytest.approx(quasi_poisson)
    patchy = np.array([[24.0], [0], [0], [0], [0], [0]])
    _, clustered, _ = log_ratios(patchy, depth, k0, depth, _dispersed(1, 3.0))
    assert clustered > 2 * quasi_poisson


def test_a_set_in_few_blocks_has_no_jackknife() -> None:
    k1, k0 = np.array([[8.0], [0], [0], [0]]), np.full((4, 1), 2.0)
    d1, d0 = np.array([[50.0], [50], [50], [0]]), np.full((4, 1), 100.0)
    value, error, _ = log_ratios(k1, d1, k0, d0, _dispersed(1))
    assert error == pytest.approx(np.sqrt(4 * (1 / 8.5 + 1 / 8.5)) / np.log(2))  # the dispersion of blocks
    assert value == pytest.approx(np.log2(8.5 / 150) - np.log2(8.5 / 400))


def _few(inside: float, outside: float, dispersion: float = 1.0, deeper: float = 50) -> tuple[float, float, float]:
    """Ratio, error and noise of few spots against tissue of so many times their depth, with even blocks."""
    k1, k0 = np.full((5, 1), inside / 5), np.full((5, 1), outside / 5)
    depth = np.full((5, 1), 400.0)
    value, error, noise = log_ratios(k1, depth, k0, deeper * depth, _dispersed(1, dispersion))
    return value.item(), error.item(), noise.item()


def _quasi_poisson(inside: float, outside: float) -> float:
    return np.sqrt(1 / (inside + 0.5) + 1 / (outside + 0.5)) / np.log(2)


@pytest.mark.parametrize(("inside", "outside"), [(2, 1), (3, 10), (4, 6), (6, 20), (8, 60)])
def test_a_ratio_of_few_counts_is_no_surer_than_the_counts(inside: int, outside: int) -> None:
    value, error, noise = _few(inside, outside)
    chance = binomtest(inside, inside + outside, 1 / 51, alternative="greater").pvalue
    assert norm.sf(value / error) == pytest.approx(chance, rel=1e-6)
    assert error > 1.05 * _quasi_poisson(inside, outside)
    assert noise > 0.95  # more counts would make it smaller


def test_few_counts_on_the_other_side_count_alike() -> None:
    k1, k0, depth = np.full((5, 1), 2.0), np.full((5, 1), 0.8), np.full((5, 1), 400.0)
    up = log_ratios(k0, depth, k1, 20 * depth, _dispersed(1))
    down = log_ratios(k1, 20 * depth, k0, depth, _dispersed(1))
    np.testing.assert_allclose(up, [-down[0], *down[1:]])
    assert up[1] > 1.05 * _quasi_poisson(4, 10)


def test_dispersed_counts_are_fewer_than_they_look() -> None:
    value, error, noise = _few(12, 30, dispersion=3.0)
    assert norm.sf(value / error) == pytest.approx(binomtest(4, 14, 1 / 51, alternative="greater").pvalue, rel=1e-6)
    assert 1 / 3 < noise < 0.9


@pytest.mark.parametrize(("inside", "outside", "is_far"), [(400, 2_000, True), (3, 100, False)])
def test_many_counts_and_small_ratios_keep_their_error(inside: int, outside: int, is_far: bool) -> None:
    value, error, _ = _few(inside, outside)
    assert error == pytest.approx(_quasi_poisson(inside, outside))
    assert (value > 2 * error) == is_far


def test_no_counts_are_never_sure() -> None:
    """Half a count in little depth looks like a large ratio."""
    value, error, _ = _few(0, 0, deeper=500)
    assert value > 3 * _quasi_poisson(0, 0)
    assert value < error * 0.7


def test_depth_and_zeros_do_not_bias() -> None:
    """Ten times the depth at the same rate gives no ratio; no counts at all give a ratio with a wide error."""
    depth = np.full((8, 1), 1000.0)
    value, *_ = log_ratios(np.full((8, 1), 100.0), 10 * depth, np.full((8, 1), 10.0), depth, _dispersed(1))
    assert abs(value[0]) < 0.01
    value, error, _ = log_ratios(np.zeros((8, 1)), depth, np.zeros((8, 1)), depth, _dispersed(1))
    assert (value, error) == (0, pytest.approx(2 / np.log(2)))


def test_a_set_without_spots_is_unknown() -> None:
    nothing, depth = np.zeros((5, 1)), np.ones((5, 1))
    value, error, _ = log_ratios(nothing, nothing, depth, depth, _dispersed(1))
    assert np.isnan(value).all()
    assert np.isnan(error).all()
