"""Features of spots for the tasks of docs/field_tasks.md: genes or components, and their means over neighbourhoods."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from field.sections import Section

from data_prep.pooling import pooling_matrix

MOST_GENES = 500
"""A panel of at most so many genes is used as it is. Of larger ones, principal components of the variable genes."""
VARIABLE, COMPONENTS = 2000, 50
"""The usual numbers of variable genes and of components."""
AROUND = (7, 37)
"""Spots in the two neighbourhoods: one and three rings of a hexagonal grid."""


def variable_codes(sections: Sequence[Section], n: int) -> np.ndarray:
    """Codes of the n genes that vary most over the sections; all genes of a panel of `MOST_GENES` or fewer."""
    n_genes = sections[0].slide.n_genes
    if n_genes <= MOST_GENES:
        return np.arange(n_genes)
    variance = np.zeros(n_genes)
    for section in sections:
        mean = np.asarray(section.value.mean(axis=0, dtype=np.float64)).ravel()
        variance += np.asarray(section.value.power(2).mean(axis=0, dtype=np.float64)).ravel() - mean**2
    return np.argsort(-variance, kind="stable")[:n]


def features(sections: Sequence[Section], genes: np.ndarray) -> list[np.ndarray]:
    """(n_spots, n_features) of each section; the components are fitted on all sections but the last."""
    value = [standardised(section.value[:, genes].toarray()) for section in sections]
    return components(value) if len(genes) > MOST_GENES else value


def components(value: Sequence[np.ndarray], n: int = COMPONENTS) -> list[np.ndarray]:
    """Principal components that are fitted on all parts but the last, standardised within each part."""
    from sklearn.decomposition import PCA

    known = np.vstack(value[:-1] if len(value) > 1 else value)
    # Exact solvers: a randomised one changes the components, and the scores, with the order of the genes.
    pca = PCA(n, svd_solver="full" if len(known) < known.shape[1] else "covariance_eigh").fit(known)
    return [standardised(pca.transform(own)) for own in value]


def neighbourhoods(xy: np.ndarray, value: np.ndarray) -> np.ndarray:
    """(n_spots, n_features · 2) means of the features over the neighbourhoods of `AROUND`, the spot included."""
    return np.hstack([pooled(xy, value, k) for k in AROUND])


def pooled(xy: np.ndarray, value: np.ndarray, k: int) -> np.ndarray:
    """Means over the k nearest spots, the spot included; over all spots if there are fewer."""
    k = min(k, len(xy))
    return pooling_matrix(xy, k) @ value / k


def standardised(value: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and standard deviation 1; constant columns become 0."""
    spread = value.std(axis=0)
    return np.where(spread > 1e-9, (value - value.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0), 0.0)
