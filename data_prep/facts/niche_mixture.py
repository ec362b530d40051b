"""Mixtures of Gaussians that share one covariance: one partition of the spots for each view and number of components.

The shared covariance takes out what varies alike in every niche, cell types and depth among it. On an array that is not
pooled, a Potts prior asks neighbouring spots to agree (as in BayesSpace, Zhao et al. 2021), solved by mean field.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

AGREEMENT = 0.5
"""Weight of a neighbour in the Potts prior: six that agree outweigh a likelihood ratio of twenty."""
ROUNDS = 15
"""Rounds of mean field; labels hardly change after ten."""
RIDGE = 1e-4
"""Added to the covariance, as a share of the mean variance, so that it can be inverted."""
STARTS = 2
_MOST_ROUNDS = 200


@dataclass(frozen=True, eq=False)
class Mixture:
    """A fitted mixture of k Gaussians over d components.

    Attributes:
        centres: (k, d).
        whitening: (d, d) turns the shared covariance into the identity.
        log_share: (k,) logarithm of the share of the spots.
    """

    centres: np.ndarray
    whitening: np.ndarray
    log_share: np.ndarray

    def log_density(self, values: np.ndarray) -> np.ndarray:
        """(n, k) log of share times density, up to a constant of each row."""
        white, centres = values @ self.whitening, self.centres @ self.whitening
        return white @ centres.T - (centres**2).sum(axis=1) / 2 + self.log_share

    def labels(self, values: np.ndarray) -> np.ndarray:
        """(n,) the most likely Gaussian of each row."""
        return self.log_density(values).argmax(axis=1)


def fit_mixture(values: np.ndarray, k: int, seed: int) -> Mixture:
    """Fit a mixture of k Gaussians with one covariance.

    Args:
        values: (n, d) components of the spots.
        k: number of Gaussians, at most n.
        seed: of the starting points; equal seeds give equal mixtures.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    values = values.astype(np.float64)
    model = GaussianMixture(
        k, covariance_type="tied", n_init=STARTS, random_state=seed, max_iter=_MOST_ROUNDS,
        reg_covar=max(RIDGE * float(values.var(axis=0).mean()), 1e-12),
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a few spots at a border still move
        model.fit(values)
    return Mixture(model.means_, model.precisions_cholesky_, np.log(np.maximum(model.weights_, 1e-12)))


def smooth_labels(mixture: Mixture, values: np.ndarray, adjacency: sp.csr_matrix) -> np.ndarray:
    """(n,) labels of a mixture that is fitted again together with a Potts prior on the neighbours.

    Args:
        mixture: the start.
        values: (n, d) components of the spots.
        adjacency: (n, n) ones for neighbours.
    """
    from scipy.special import softmax

    values = values.astype(np.float64)
    n, n_components = values.shape
    ridge = RIDGE * float(values.var(axis=0).mean()) * np.eye(n_components)
    share = softmax(mixture.log_density(values), axis=1)
    for _ in range(ROUNDS):
        size = share.sum(axis=0) + 1e-9
        centres = (share.T @ values) / size[:, None]
        covariance = (values.T @ values - (centres.T * size) @ centres) / n + ridge
        whitening = np.linalg.inv(np.linalg.cholesky(covariance)).T
        mixture = Mixture(centres, whitening, np.log(size / n))
        share = softmax(mixture.log_density(values) + AGREEMENT * (adjacency @ share), axis=1)
    return share.argmax(axis=1)
