"""Ridge regression for many genes at once, each with some features of its own, and one penalty chosen by blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

PENALTIES = tuple(10.0**power for power in range(0, 6))
"""Penalties to choose from, for standardised features."""
PARTS = 4
"""Parts of the patches of tissue; each is left out once to choose the penalty."""


@dataclass(frozen=True, eq=False)
class Ridge:
    """A fitted regression: (n_targets, n_shared + n_own) weights, the intercepts and the penalty."""

    weight: np.ndarray
    intercept: np.ndarray
    penalty: float

    def predict(self, shared: np.ndarray, own: Sequence[np.ndarray] = ()) -> np.ndarray:
        """(n_spots, n_targets) values."""
        n = shared.shape[1]
        value = shared @ self.weight[:, :n].T + self.intercept
        for column, part in enumerate(own, n):
            value += part * self.weight[:, column]
        return value


def fit_ridge(shared: np.ndarray, target: np.ndarray, block: np.ndarray, own: Sequence[np.ndarray] = ()) -> Ridge:
    """Fit with the penalty that predicts left-out patches of tissue best.

    Args:
        shared: (n_spots, n_shared) standardised features of all targets.
        target: (n_spots, n_targets) values.
        block: (n_spots,) patch of each spot.
        own: matrices of (n_spots, n_targets): column t belongs to target t alone.
    """
    error = np.zeros(len(PENALTIES))
    for part in range(PARTS):
        test = block % PARTS == part
        if test.all() or not test.any():
            continue
        fits = _solve(shared[~test], target[~test], [of[~test] for of in own], PENALTIES)
        for index, fit in enumerate(fits):
            error[index] += ((fit.predict(shared[test], [of[test] for of in own]) - target[test]) ** 2).sum()
    return _solve(shared, target, own, (PENALTIES[int(error.argmin())],))[0]


def _solve(
    shared: np.ndarray, target: np.ndarray, own: Sequence[np.ndarray], penalties: Sequence[float]
) -> list[Ridge]:
    """Ridge regressions by their normal equations, one a penalty.

    With X'X = V d V' the shared part of (X'X + p)⁻¹ costs one decomposition for all genes. The few own features of a
    gene are then solved for first (Schur complement), the shared ones afterwards.
    """
    n_shared, n_own = shared.shape[1], len(own)
    x, y = shared - shared.mean(axis=0), target - target.mean(axis=0)
    z = [of - of.mean(axis=0) for of in own]
    value, vector = np.linalg.eigh(x.T @ x)
    reach = vector.T @ (x.T @ y)
    cross = [vector.T @ (x.T @ of) for of in z]
    fits = []
    for penalty in penalties:
        shrunk = 1 / (value + penalty)[:, None]
        left = np.empty((target.shape[1], n_own, n_own))
        right = np.empty((target.shape[1], n_own, 1))
        for i in range(n_own):
            right[:, i, 0] = (z[i] * y).sum(axis=0) - (cross[i] * shrunk * reach).sum(axis=0)
            for j in range(n_own):
                left[:, i, j] = (z[i] * z[j]).sum(axis=0) - (cross[i] * shrunk * cross[j]).sum(axis=0)
        alone = np.linalg.solve(left + penalty * np.eye(n_own), right)[..., 0]
        rest = reach - sum(cross[i] * alone[:, i] for i in range(n_own))
        weight = np.hstack([(vector @ (shrunk * rest)).T, alone])
        intercept = target.mean(axis=0) - weight[:, :n_shared] @ shared.mean(axis=0)
        intercept -= sum(own[i].mean(axis=0) * alone[:, i] for i in range(n_own))
        fits.append(Ridge(weight, intercept, penalty))
    return fits
