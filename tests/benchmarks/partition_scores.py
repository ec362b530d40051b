"""Scores of a partition of spots: agreement with an annotation, and how it lies in space.

Agreement counts annotated spots only; the scores in space count all spots. A spot that a method leaves without a niche
(label -1) belongs to one more part, so leaving spots out cannot raise a score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from data_prep.facts.spot_graph import spot_graph

PAS_NEIGHBOURS, PAS_OTHERS = 10, 6
"""A spot is abnormal if at least six of its ten nearest spots have another label (Shang & Zhou 2022)."""
SILHOUETTE_SPOTS = 5000
"""The silhouette needs all distances: of larger slides, this many spots are drawn."""


@dataclass(frozen=True)
class SpaceScores:
    """How a partition lies in space.

    Attributes:
        asw: mean silhouette width of the spots' coordinates, -1 to 1; high for compact niches, low for thin layers.
        coherence: share of the edges of the graph of six nearest spots that join two spots of one niche.
        pas: share of abnormal spots: at least six of their ten nearest spots have another label.
    """

    asw: float
    coherence: float
    pas: float


@dataclass(frozen=True)
class Agreement:
    """How a partition agrees with an annotation: adjusted Rand index, adjusted and normalised mutual information."""

    ari: float
    ami: float
    nmi: float


def score_agreement(labels: np.ndarray, annotated: np.ndarray) -> Agreement:
    """Agreement of found labels with annotated codes, shape (n_spots,), over the spots whose code is not -1."""
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, normalized_mutual_info_score

    known = annotated >= 0
    a, b = annotated[known], labels[known]
    return Agreement(
        float(adjusted_rand_score(a, b)),
        float(adjusted_mutual_info_score(a, b)),
        float(normalized_mutual_info_score(a, b)),
    )


def score_space(labels: np.ndarray, xy: np.ndarray) -> SpaceScores:
    """How labels, shape (n_spots,), lie on coordinates, shape (n_spots, 2)."""
    from scipy.spatial import cKDTree
    from sklearn.metrics import silhouette_score

    edges = sp.triu(spot_graph(xy), k=1).tocoo()
    _, near = cKDTree(xy).query(xy, k=min(PAS_NEIGHBOURS + 1, len(xy)))
    others = (labels[near[:, 1:]] != labels[:, None]).sum(axis=1)
    asw = 0.0  # of one niche
    if 1 < len(np.unique(labels)) < len(xy):
        few = SILHOUETTE_SPOTS if len(xy) > SILHOUETTE_SPOTS else None
        asw = float(silhouette_score(xy, labels, sample_size=few, random_state=0))
    return SpaceScores(
        asw, float(np.mean(labels[edges.row] == labels[edges.col])), float(np.mean(others >= PAS_OTHERS))
    )
