"""Task 3 of docs/field_tasks.md: the proportions of cell types in spots that hold several cells.

The cells of a section are counted in the squares of a grid. The cells of other sections, without their positions, are
the reference. The truth is the share of each type among the cells of a square.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from field.sections import Fold, how_held_out
from field.task_metrics import Estimate, Result, Scored, divergence, resampled

from data_prep.facts.spatial_blocks import spatial_blocks
from data_prep.facts.spot_graph import spot_graph
from data_prep.facts.thinning import thin

BASELINE = "NNLS"
CELLS = 10
"""Mean number of cells in a square that has cells; a Visium spot holds 1 to 10, a legacy spot up to 40."""
FEWEST, MOST = 5, 30
"""Squares with fewer or more cells are left out."""
ROUNDS = 300
"""Rounds of the multiplicative updates; on STARmap the next 300 change a share by 0.0003 on average."""
STRENGTHS = (0.0, 0.3, 1.0, 3.0, 10.0)
"""Weights of the neighbours to choose from, in squares of median depth."""
MIXTURES = 3000
"""Made-up mixtures of reference cells that teach the regression."""


@dataclass(frozen=True, eq=False)
class Mixtures:
    """Squares of a held-out section and the reference.

    Attributes:
        counts: (n_squares, n_genes) counts.
        xy: (n_squares, 2) middles of the squares.
        cells: (n_reference, n_genes) counts of the cells of the training sections.
        type: (n_reference,) codes of their types.
        types: names of the types.
        truth: (n_squares, n_types) shares of the types among the cells of each square.
    """

    counts: np.ndarray
    xy: np.ndarray
    cells: sp.csr_matrix
    type: np.ndarray
    types: tuple[str, ...]
    truth: np.ndarray

    @cached_property
    def signature(self) -> np.ndarray:
        """(n_types, n_genes) mean counts of a cell of each type."""
        member = sp.csr_matrix(
            (np.ones(len(self.type)), (self.type, np.arange(len(self.type)))), shape=(len(self.types), len(self.type))
        )
        return np.asarray((member @ self.cells).todense()) / np.bincount(self.type, minlength=len(self.types))[:, None]

    @cached_property
    def near(self) -> sp.csr_matrix:
        """(n_squares, n_squares) weights of the neighbours of each square, with sum 1 or, without neighbours, 0."""
        graph = spot_graph(self.xy)
        graph.data[:] = 1.0
        return sp.diags(1 / np.maximum(np.asarray(graph.sum(axis=1)).ravel(), 1)) @ graph


def mean_proportions(mixtures: Mixtures) -> np.ndarray:
    """The control: the proportions of the reference in every square."""
    share = np.bincount(mixtures.type, minlength=len(mixtures.types)) / len(mixtures.type)
    return np.tile(share, (len(mixtures.counts), 1))


def non_negative_least_squares(mixtures: Mixtures) -> np.ndarray:
    """Non-negative least squares of the counts on the mean counts of the types."""
    from scipy.optimize import nnls

    return np.array([nnls(mixtures.signature.T, counts)[0] for counts in mixtures.counts])


def ridge(mixtures: Mixtures) -> np.ndarray:
    """Ridge regression that made-up mixtures of reference cells teach, from expression to proportions."""
    from sklearn.linear_model import RidgeCV

    rng = np.random.default_rng(0)
    n_types = len(mixtures.types)
    share = rng.dirichlet(np.full(n_types, 0.5), MIXTURES)
    picked = np.array([np.repeat(np.arange(n_types), n) for n in rng.multinomial(CELLS, share)])
    order = np.argsort(mixtures.type, kind="stable")
    size = np.bincount(mixtures.type, minlength=n_types)
    first = np.cumsum(size) - size
    chosen = order[first[picked] + (rng.random(picked.shape) * size[picked]).astype(int)]
    made = np.asarray(mixtures.cells[chosen.ravel()].todense()).reshape(MIXTURES, CELLS, -1).sum(axis=1)
    truth = (picked[..., None] == np.arange(n_types)).mean(axis=1)
    train, test = (_log_shares(counts) for counts in (made, mixtures.counts))
    centre, spread = train.mean(axis=0), np.maximum(train.std(axis=0), 1e-6)
    model = RidgeCV(alphas=10.0 ** np.arange(6)).fit((train - centre) / spread, truth)
    return np.maximum(model.predict((test - centre) / spread), 0.0)


def poisson(mixtures: Mixtures) -> np.ndarray:
    """Poisson regression with fixed signatures (Kullback-Leibler factorisation): numbers of cells are the offsets."""
    return poisson_weights(mixtures.counts, mixtures.signature, mixtures.near, 0.0)


def smooth_poisson(mixtures: Mixtures) -> np.ndarray:
    """Ours: the same with one factor a gene between reference and squares, and with neighbours as prior.

    The factor is the ratio of the counts of all squares to those that the plain regression expects, so it takes out
    what differs between the sections in a gene. The weight of the neighbours is chosen by count splitting.
    """
    signature = mixtures.signature * gene_factors(mixtures)
    strength = choose_strength(mixtures.counts, signature, mixtures.near)
    return poisson_weights(mixtures.counts, signature, mixtures.near, strength)


WAYS: dict[str, Callable[[Mixtures], np.ndarray]] = {
    "mean proportions (control)": mean_proportions,
    BASELINE: non_negative_least_squares,
    "regression taught by mixtures": ridge,
    "Poisson regression": poisson,
    "ours: Poisson, gene factors, neighbours": smooth_poisson,
}


def deconvolve(slides: str, parts: Sequence[Fold], ways: dict[str, Callable[[Mixtures], np.ndarray]] = WAYS) -> Result:
    """Every way on the squares of every held-out section: means over the sections, errors over patches of squares."""
    binned = [bin_cells(fold) for fold in parts]
    scored = []
    for way, estimate in ways.items():
        found = [_section_scores(one, shares(estimate(one)), seed) for seed, one in enumerate(binned)]
        draws = {name: np.mean([part[name][1] for part in found], axis=0) for name in found[0]}
        value = {name: float(np.mean([part[name][0] for part in found])) for name in found[0]}
        scores = {name: Estimate(value[name], float(draws[name].std())) for name in value}
        scored.append(Scored(way, scores, draws["PCC"]))
    squares = sum(len(mixtures.counts) for mixtures in binned)
    unseen = f"{how_held_out(parts)}, {len(parts)} sections, {squares:,} squares of about {CELLS} cells"
    return Result(slides, unseen, tuple(scored), BASELINE)


def bin_cells(fold: Fold) -> Mixtures:
    """The squares of the held-out section that hold enough cells, and the reference.

    Cells without a type take no part. Types are those of the reference; a cell of another type leaves its square.
    """
    label = np.concatenate([section.label for section in fold.training])
    kept = label != ""
    types = np.unique(label[kept].astype(str))
    cells = sp.vstack([section.slide.counts.tocsr() for section in fold.training], format="csr")[kept]
    test = fold.held_out
    known = np.isin(test.label.astype(str), types)
    square = squares_of(test.slide.xy[known])
    code = np.searchsorted(types, test.label[known].astype(str))
    n_cells = np.bincount(square)
    member = sp.csr_matrix((np.ones(len(square)), (square, np.arange(len(square)))))
    used = (n_cells >= FEWEST) & (n_cells <= MOST)
    counts = np.asarray((member @ test.slide.counts.tocsr()[known]).todense(), dtype=np.float64)
    xy = (member @ test.slide.xy[known]) / n_cells[:, None]
    truth = (member @ np.eye(len(types))[code]) / n_cells[:, None]
    return Mixtures(
        counts[used],
        xy[used],
        cells.astype(np.float64),
        np.searchsorted(types, label[kept].astype(str)),
        tuple(types),
        truth[used],
    )


def squares_of(xy: np.ndarray) -> np.ndarray:
    """Square of each cell, numbered from 0; squares with cells hold about `CELLS` of them on average."""
    low, extent = xy.min(axis=0), np.ptp(xy, axis=0)
    side = np.sqrt(CELLS * extent.prod() / len(xy))
    for _ in range(20):
        found = np.unique(np.floor((xy - low) / side).astype(int), axis=0, return_inverse=True)[1].ravel()
        side *= np.sqrt(CELLS * (found.max() + 1) / len(xy))
    return found


def poisson_weights(counts: np.ndarray, signature: np.ndarray, near: sp.spmatrix, strength: float) -> np.ndarray:
    """(n_squares, n_types) numbers of cells that make the counts most probable.

    Each number has a gamma prior whose mean is that of the neighbours' numbers. The updates are those of expectation
    maximisation (Lee and Seung, Nature 1999, for no prior).

    Args:
        counts: (n_squares, n_genes).
        signature: (n_types, n_genes) counts of one cell.
        near: (n_squares, n_squares) weights of the neighbours.
        strength: weight of the prior, in squares of median depth.
    """
    total = signature.sum(axis=1)
    prior = strength * total  # as many counts as a square would have
    weight = np.tile(counts.sum(axis=1, keepdims=True) / total.mean() / len(total), (1, len(total)))
    for _ in range(ROUNDS):
        expected = weight @ signature
        weight *= np.divide(counts, expected, out=np.zeros_like(counts), where=expected > 0) @ signature.T
        weight = (
            (weight + prior * (near @ weight / np.maximum(total, 1e-9))) / np.maximum(total + prior, 1e-9)
            if strength
            else weight / np.maximum(total, 1e-9)
        )
    return weight


def gene_factors(mixtures: Mixtures) -> np.ndarray:
    """(n_genes,) counts of all squares over those that the plain Poisson regression expects, at least a tenth."""
    weight = poisson(mixtures)
    expected = weight.sum(axis=0) @ mixtures.signature
    pseudo = 0.01 * expected.mean()
    return np.clip((mixtures.counts.sum(axis=0) + pseudo) / (expected + pseudo), 0.1, 10.0)


def choose_strength(counts: np.ndarray, signature: np.ndarray, near: sp.spmatrix) -> float:
    """The weight of the neighbours with the smallest Poisson deviance on the other half of the counts."""
    whole = thin(sp.csc_matrix(counts), np.ones(len(counts)), 0)
    seen = thin(whole, np.full(len(counts), 0.5), 1)
    left_out = (whole - seen).toarray()
    deviance = []
    for strength in STRENGTHS:
        mean = np.maximum(poisson_weights(seen.toarray().astype(float), signature, near, strength) @ signature, 1e-9)
        deviance.append((mean - left_out * np.log(mean)).sum())
    return STRENGTHS[int(np.argmin(deviance))]


def shares(weight: np.ndarray) -> np.ndarray:
    """Rows with sum 1; a row of zeros becomes an even one."""
    total = weight.sum(axis=1, keepdims=True)
    return np.where(total > 0, weight / np.where(total > 0, total, 1.0), 1 / weight.shape[1])


def _section_scores(mixtures: Mixtures, estimate: np.ndarray, seed: int) -> dict[str, tuple[float, np.ndarray]]:
    """Each score and its values on bootstrap samples of patches of squares."""
    block = spatial_blocks(mixtures.xy)
    n_blocks = int(block.max()) + 1
    member = sp.csr_matrix((np.ones(len(block)), (block, np.arange(len(block)))))
    truth, n_types = mixtures.truth, mixtures.truth.shape[1]
    # All scores follow from sums over the squares, so a sample of patches costs one product.
    values = [np.ones((len(truth), 1)), truth, estimate, truth**2, estimate**2, truth * estimate]
    values.append(divergence(truth.T, estimate.T)[:, None])
    sums = member @ np.hstack(values)

    def scores(copies: np.ndarray) -> np.ndarray:
        n, *parts, divergences = np.split(copies @ sums, np.cumsum([1, *[n_types] * 5]), axis=1)
        x, y, xx, yy, xy = (part / n for part in parts)
        spread = np.maximum(xx - x**2, 0) * np.maximum(yy - y**2, 0)
        varies = spread > 1e-16
        correlation = np.where(varies, (xy - x * y) / np.sqrt(np.where(varies, spread, 1.0)), 0.0)
        occurs = x > 0
        pcc = (correlation * occurs).sum(axis=1) / np.maximum(occurs.sum(axis=1), 1)
        rmse = np.sqrt(np.maximum((xx + yy - 2 * xy).mean(axis=1), 0))
        return np.stack([pcc, rmse, (divergences / n).ravel()], axis=1)

    value, samples = scores(np.ones((1, n_blocks)))[0], resampled(scores, n_blocks, seed)
    return {name: (float(value[i]), samples[:, i]) for i, name in enumerate(("PCC", "RMSE", "JS"))}


def _log_shares(counts: np.ndarray) -> np.ndarray:
    return np.log1p(1e4 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0))
