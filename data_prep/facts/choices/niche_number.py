"""How many niches held-out counts tell apart.

Each half is clustered into many parts, whose spots then move to the part that their own counts fit best (a Poisson
mixture). Without that step, a border of two niches is a part of its own in pooled counts. The parts are merged, the
pair first that loses the least likelihood, and each number of parts is scored on the other half.

Cell types, and spots that differ by more than Poisson noise, let every further part predict better: a difference that
repeats in both halves need not be a niche. But a niche is a place, so its spots must also lie together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse as sp

from data_prep.facts.choices.heldout_deviance import HeldOut, indicator, mean_rates, shrunken
from data_prep.facts.choices.label_scores import LabelScores
from data_prep.niche_options import Preparation

FEWEST, MOST = 2, 15
"""Numbers that are scored. The niche finder stops at 12: a number at its limit needs higher ones to compare with."""
FIRST_PARTS = 24
ROUNDS = 5
"""Rounds in which spots move between parts."""
LEAST_GAIN = 0.0075
"""One niche more must add so much of what all niches gain."""
TOGETHER = 0.1
"""The two parts that a niche more tells apart must lie apart so clearly (`_coherence`), in both halves."""
NEAREST = 6


@dataclass(frozen=True)
class NumberScores:
    """Scores of numbers of niches.

    Attributes:
        curve: number of parts → how well they predict, both ways together; numbers that both halves reach.
        coherence: number of parts → how clearly the last two that are told apart lie apart, less its error, in the
            half where they do less; chance gives about 0, and two separate places nearly 1.
    """

    curve: dict[int, HeldOut]
    coherence: dict[int, float]

    def decided(self) -> int | None:
        """The largest number whose last niche predicts better and lies together.

        None if none does, or if the highest number that was scored does: then there may be more.
        """
        chosen = None
        for fewer, more in pairwise(sorted(self.curve)):
            gain, _ = self.curve[fewer].behind(self.curve[more])
            is_gain = gain > 0 and gain >= LEAST_GAIN * float(self.curve[more].score)
            if is_gain and self.coherence[more] >= TOGETHER:
                chosen = more
        return None if chosen == max(self.curve) else chosen


def score_numbers(scores: LabelScores, preparation: Preparation) -> NumberScores:
    """Score all numbers of parts from `FEWEST` to `MOST`."""
    near = scores.neighbours(NEAREST)
    curves: list[dict[int, HeldOut]] = []
    coherences: list[dict[int, float]] = []
    for way in range(2):
        n_first = min(FIRST_PARTS, len(scores.spots) // 10)
        counts, depth = scores.fitted(way)
        label = _moved(counts, depth, scores.partition(way, preparation, n_first))
        levels = merge_parts(counts, depth, label)
        numbers = [number for number in sorted(levels) if FEWEST <= number <= MOST]
        curves.append({number: scores.of_labels(way, levels[number][label]) for number in numbers})
        coherences.append({n: _coherence(levels[n][label], levels[n - 1][label], near) for n in numbers})
    shared = sorted(curves[0].keys() & curves[1].keys())
    return NumberScores(
        {number: curves[0][number] + curves[1][number] for number in shared},
        {number: min(coherence[number] for coherence in coherences) for number in shared},
    )


def _coherence(label: np.ndarray, merged: np.ndarray, near: np.ndarray) -> float:
    """How clearly two parts lie apart: Cohen's kappa of a spot's part and those of its neighbours, less an error.

    The error is 1 / √n for n spots in the smaller part.

    Args:
        label: (n,) parts.
        merged: (n,) the same with two of the parts as one.
        near: (n, k) neighbours.
    """
    first = np.array([label[merged == part].min() for part in range(merged.max() + 1)])
    second = np.array([label[merged == part].max() for part in range(merged.max() + 1)])
    (joint,) = np.flatnonzero(first != second)
    in_joint, is_first = merged == joint, label == first[joint]
    pairs = in_joint[:, None] & in_joint[near]
    if not pairs.any():
        return 0.0
    one, other = np.broadcast_to(is_first[:, None], near.shape)[pairs], is_first[near][pairs]
    chance = one.mean() * other.mean() + (1 - one.mean()) * (1 - other.mean())
    kappa = ((one == other).mean() - chance) / (1 - chance) if chance < 1 else 0.0
    smaller = min(is_first.sum(), in_joint.sum() - is_first.sum())
    return float(kappa - 1 / np.sqrt(smaller))


def merge_parts(counts: sp.csr_matrix, depth: np.ndarray, label: np.ndarray) -> dict[int, np.ndarray]:
    """Number of parts → (n_first,) the part that each first part belongs to. Nearest pairs are merged first.

    Args:
        counts: (n, n_genes) counts.
        depth: (n,) their depth.
        label: (n,) first parts, numbered from 0 without gaps.
    """
    mean = mean_rates(counts, depth)
    sums, exposure = _sums(counts, depth, label)
    n = len(sums)
    alive, part = list(range(n)), np.arange(n)
    own = _likelihood(sums, exposure, mean)
    cost = np.full((n, n), np.inf)

    def compare(one: int, others: Sequence[int]) -> None:
        joint = _likelihood(sums[one] + sums[others], exposure[one] + exposure[others], mean)
        cost[one, others] = cost[others, one] = own[one] + own[others] - joint

    for place in range(n - 1):
        compare(place, list(range(place + 1, n)))
    levels = {n: part.copy()}
    while len(alive) > 1:
        kept, gone = sorted(int(place) for place in np.unravel_index(cost.argmin(), cost.shape))
        sums[kept] += sums[gone]
        exposure[kept] += exposure[gone]
        alive.remove(gone)
        cost[gone] = cost[:, gone] = np.inf
        own[kept] = _likelihood(sums[kept : kept + 1], exposure[kept : kept + 1], mean)[0]
        part[part == gone] = kept
        if len(alive) > 1:
            compare(kept, [place for place in alive if place != kept])
        levels[len(alive)] = np.unique(part, return_inverse=True)[1]
    return levels


def _moved(counts: sp.csr_matrix, depth: np.ndarray, label: np.ndarray) -> np.ndarray:
    """(n,) the part that the own counts of each spot fit best, numbered without gaps."""
    mean = mean_rates(counts, depth)
    for _ in range(ROUNDS):
        label = np.unique(label, return_inverse=True)[1]
        rates = shrunken(*_sums(counts, depth, label), mean)
        fit = counts @ np.log(rates / mean).T - depth[:, None] * (rates - mean).sum(axis=1)
        label = fit.argmax(axis=1)
    return np.unique(label, return_inverse=True)[1]


def _sums(counts: sp.csr_matrix, depth: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    n = int(label.max()) + 1
    return np.asarray((indicator(label, n) @ counts).todense(), dtype=np.float64), np.bincount(label, depth, n)


def _likelihood(sums: np.ndarray, exposure: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """(n,) Poisson log likelihood of groups of spots by their own rates, less that by the mean."""
    rates = shrunken(sums, exposure, mean)
    return (sums * np.log(rates / mean)).sum(axis=-1) - exposure * (rates - mean).sum(axis=-1)
