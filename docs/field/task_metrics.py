"""The scores of docs/field_tasks.md, and their errors.

Maps are compared gene by gene, proportions type by type. Errors are bootstrap errors over independent units: patches of
tissue (`data_prep.facts.spatial_blocks`) or genes. Differences between two ways are paired: both are scored on the same
units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

RESAMPLES = 300
"""Bootstrap samples: the error of the error is 4 %."""
ERRORS = 2.0
"""A difference of more errors than this is called better or worse."""
SSIM_MEAN, SSIM_SPREAD = 0.01**2, 0.03**2
"""The usual constants of the structural similarity, range 1 (Wang et al., IEEE Trans. Image Processing 2004)."""


@dataclass(frozen=True)
class Estimate:
    """A score and its standard error."""

    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ± {self.error:.3f}"

    @property
    def verdict(self) -> str:
        """Whether a difference is "better", "worse" or "equal" to within `ERRORS`."""
        if abs(self.value) <= ERRORS * self.error or self.value == 0:
            return "equal"
        return "better" if self.value > 0 else "worse"


@dataclass(frozen=True)
class Scored:
    """What one way reached on one set of slides.

    Attributes:
        way: name of the way.
        scores: name of the score → its value; the first one decides, and is better the larger it is.
        draws: (RESAMPLES,) values of the first score on bootstrap samples, the same samples for every way.
    """

    way: str
    scores: dict[str, Estimate]
    draws: np.ndarray

    @property
    def main(self) -> Estimate:
        """The first score."""
        return next(iter(self.scores.values()))

    def gain_over(self, other: Scored) -> Estimate:
        """How much larger the first score is than that of another way, with the paired error."""
        return Estimate(self.main.value - other.main.value, float((self.draws - other.draws).std()))


@dataclass(frozen=True)
class Result:
    """One task on one set of slides.

    Attributes:
        slides: the set, with the kind of labels where there are several.
        unseen: what is unseen in the held-out part, and how much of it there is.
        ways: the ways in order.
        baseline: the way that the gains are measured from.
    """

    slides: str
    unseen: str
    ways: tuple[Scored, ...]
    baseline: str

    def way(self, name: str) -> Scored | None:
        """A way by its name; None if it did not run."""
        return next((scored for scored in self.ways if scored.way == name), None)


def confusion(truth: np.ndarray, said: np.ndarray, n_classes: int) -> np.ndarray:
    """(n_classes, n_classes) counts: rows are the true classes, columns those that were said."""
    return np.bincount(truth * n_classes + said, minlength=n_classes**2).reshape(n_classes, n_classes)


def accuracy(table: np.ndarray) -> np.ndarray:
    """Share of the spots that got their class, of (..., n, n) confusion tables."""
    return np.trace(table, axis1=-2, axis2=-1) / np.maximum(table.sum(axis=(-2, -1)), 1)


def macro_f1(table: np.ndarray) -> np.ndarray:
    """Mean F1 over the classes that occur, of (..., n, n) confusion tables."""
    right = np.diagonal(table, axis1=-2, axis2=-1)
    true, said = table.sum(axis=-1), table.sum(axis=-2)
    f1 = 2 * right / np.maximum(true + said, 1)
    occurs = true > 0
    return (f1 * occurs).sum(axis=-1) / np.maximum(occurs.sum(axis=-1), 1)


def pearson(truth: np.ndarray, map_: np.ndarray) -> np.ndarray:
    """(n_columns,) Pearson correlation of the columns; 0 where one of them is constant."""
    return cosine(truth - truth.mean(axis=0), map_ - map_.mean(axis=0))


def cosine(truth: np.ndarray, map_: np.ndarray) -> np.ndarray:
    """(n_columns,) cosine between the columns; 0 where one of them is zero."""
    length = np.linalg.norm(truth, axis=0) * np.linalg.norm(map_, axis=0)
    return np.where(length > 1e-12, (truth * map_).sum(axis=0) / np.where(length > 1e-12, length, 1.0), 0.0)


def ssim(truth: np.ndarray, map_: np.ndarray, windows: sp.spmatrix | None = None) -> np.ndarray:
    """(n_columns,) structural similarity of the maps, each divided by its maximum.

    Args:
        truth: (n_spots, n_columns) maps, at least 0.
        map_: maps of the same shape.
        windows: (n_spots, n_spots) zeros and ones: row i has the spots of the window around spot i. The similarity is
            the mean over the windows. None takes the whole tissue as the only window (Li et al., Nature Methods 2022).
    """
    size = sp.csr_matrix(np.ones((1, len(truth)))) if windows is None else windows
    mean = sp.diags(1 / np.asarray(size.sum(axis=1)).ravel()) @ size
    a, b = (map_ / np.maximum(map_.max(axis=0), 1e-12) for map_ in (truth, map_))
    mean_a, mean_b = mean @ a, mean @ b
    spread = mean @ (a * a) - mean_a**2 + mean @ (b * b) - mean_b**2
    shared = mean @ (a * b) - mean_a * mean_b
    light = (2 * mean_a * mean_b + SSIM_MEAN) / (mean_a**2 + mean_b**2 + SSIM_MEAN)
    return (light * (2 * shared + SSIM_SPREAD) / (spread + SSIM_SPREAD)).mean(axis=0)


def divergence(truth: np.ndarray, map_: np.ndarray) -> np.ndarray:
    """(n_columns,) Jensen-Shannon divergence in bits, 0 to 1, of the columns as distributions over their rows.

    A column of zeros counts as an even distribution.
    """
    p, q = (_shares(values) for values in (truth, map_))
    middle = (p + q) / 2
    return (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2


def resampled(score: Callable[[np.ndarray], np.ndarray], n_units: int, seed: int = 0) -> np.ndarray:
    """(RESAMPLES,) values of a score on bootstrap samples of its units.

    Args:
        score: takes (RESAMPLES, n_units) numbers of copies of each unit and returns a value for each row.
        n_units: number of units. The same seed draws the same samples, so that differences are paired.
        seed: seed of the samples.
    """
    rng = np.random.default_rng(seed)
    return score(rng.multinomial(n_units, np.full(n_units, 1 / n_units), size=RESAMPLES))


def medians(values: np.ndarray) -> tuple[Estimate, np.ndarray]:
    """The median over units (genes), and its (RESAMPLES,) values on bootstrap samples of them."""
    picked = np.random.default_rng(0).integers(len(values), size=(RESAMPLES, len(values)))
    draws = np.median(values[picked], axis=1)
    return Estimate(float(np.median(values)), float(draws.std())), draws


def _shares(values: np.ndarray) -> np.ndarray:
    values = np.maximum(values, 0.0)
    total = values.sum(axis=0)
    return np.where(total > 0, values / np.where(total > 0, total, 1.0), 1 / len(values))


def _relative_entropy(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    return (p * np.log2(np.where(p > 0, p / np.where(q > 0, q, 1.0), 1.0))).sum(axis=0)
