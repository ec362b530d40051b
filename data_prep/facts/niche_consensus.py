"""The vote of many partitions: which spots they keep together, how sure they are, and how many niches there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

VOTE_COMPONENTS = 16
"""Components of the votes that are clustered. Results with 10 to 25 were level."""
KNEE_SHARE = 0.9
"""Numbers of niches within this share of the knee's height are as good; the most stable of them is taken. Shares of .87
to 1 were level on 14 annotated slides; with .85 and less one of two cortex sections lost a layer."""
SEED = 0


@dataclass(frozen=True)
class NumberScore:
    """How one number of niches does.

    Attributes:
        n_niches: the number.
        explained: share of the variance of the views that niches explain, 0..1.
        stability: mean adjusted Rand index of the single partitions with their vote, up to 1.
    """

    n_niches: int
    explained: float
    stability: float


def vote(labels: np.ndarray, n_niches: int, nearest: np.ndarray | None) -> np.ndarray:
    """Cluster spots by how the partitions label them and their neighbours.

    Args:
        labels: (n, n_partitions) labels of the spots, all of them if there are neighbours to look up.
        n_niches: number of clusters.
        nearest: (n_chosen, k) rows of ``labels``: the chosen spots and their neighbours, whose labels are averaged;
            None takes every spot for itself.

    Returns:
        (n_chosen,) codes.
    """
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    ballots = []
    for column in labels.T:
        single = np.eye(int(column.max()) + 1, dtype=np.float32)[column]
        ballots.append(single if nearest is None else single[nearest].mean(axis=1))
    ballot = np.hstack(ballots)
    n_components = min(VOTE_COMPONENTS, ballot.shape[1] - 1, len(ballot) - 1)
    if n_components >= 1:
        ballot = PCA(n_components, svd_solver="covariance_eigh").fit_transform(ballot.astype(np.float64))
    return KMeans(n_niches, n_init=10, random_state=SEED).fit_predict(ballot)


def shares(labels: np.ndarray, chosen: np.ndarray, codes: np.ndarray, n_niches: int) -> np.ndarray:
    """(n, n_niches) float32 share of the partitions that put a spot into a niche; rows sum to one.

    A part of a partition counts for a niche by the share of its chosen spots that the vote put there.

    Args:
        labels: (n, n_partitions) labels of all spots.
        chosen: (n_chosen,) the spots that voted.
        codes: (n_chosen,) their niches.
        n_niches: number of niches.
    """
    total = np.zeros((len(labels), n_niches), np.float32)
    for column in labels.T:
        table = np.zeros((int(column.max()) + 1, n_niches))
        np.add.at(table, (column[chosen], codes), 1.0)
        size = table.sum(axis=1, keepdims=True)
        table = np.where(size > 0, table / np.maximum(size, 1), 1 / n_niches)
        total += table[column].astype(np.float32)
    return total / labels.shape[1]


def explained(values: np.ndarray, codes: np.ndarray) -> float:
    """Share of the variance of (n, d) values that (n,) codes explain."""
    size = np.bincount(codes)
    sums = np.stack([np.bincount(codes, column) for column in values.T.astype(np.float64)], axis=1)
    means = sums / np.maximum(size, 1)[:, None]
    centre = values.mean(axis=0, dtype=np.float64)
    between = float((size[:, None] * (means - centre) ** 2).sum())
    return between / max(float(((values - centre) ** 2).sum()), 1e-12)


def choose_number(curve: Sequence[NumberScore], scale: str) -> tuple[int, str]:
    """The number of niches of a scale, and why.

    The middle is the knee of the explained variance: the number that lies highest above the straight line from the
    fewest to the most niches (Satopaa et al. 2011). Of the numbers almost as high, the most stable is taken. "coarse"
    and "fine" are the most stable numbers below and above it.

    Args:
        curve: scores of rising numbers.
        scale: "coarse", "middle" or "fine".
    """
    number = np.array([score.n_niches for score in curve], dtype=float)
    stability = np.array([score.stability for score in curve])
    height = np.array([score.explained for score in curve])
    above = height - np.interp(number, number[[0, -1]], height[[0, -1]])
    high = np.flatnonzero(above >= KNEE_SHARE * above.max())
    middle = int(high[stability[high].argmax()])
    chosen, reason = middle, "more niches explain little more"
    if scale == "coarse" and middle > 0:
        chosen, reason = int(stability[:middle].argmax()), "the most stable number of a coarser scale"
    elif scale == "fine" and middle < len(curve) - 1:
        chosen, reason = middle + 1 + int(stability[middle + 1 :].argmax()), "the most stable number of a finer scale"
    score = curve[chosen]
    reason += f"; they explain {score.explained:.0%} of the variance of pooled expression"
    return score.n_niches, f"{reason}, single partitions agree with adjusted Rand index {score.stability:.2f}"
