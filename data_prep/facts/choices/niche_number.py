"""How many niches held-out counts tell apart.

Each half is clustered into many parts, whose spots then move to the part that their own counts fit best (a Poisson
mixture). Without that step, a border of two niches is a part of its own in pooled counts. The parts are merged, the
pair first that loses the least likelihood, and each number of parts is scored on the other half.
"""

from __future__ import annotations

from collections.abc import Sequence
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
LEAST_GAIN = 0.01
"""One niche more must add so much of what all niches gain."""
STILL = 0.005
"""Gains below this are as good as none."""
DROP = 1.7
"""After the right number the gains fall: that of the last niche is so many times larger than any after it."""
CLEAR_GAIN = 0.025
"""Where the gains do not fall so, the last niche that adds this much counts. Spots of a niche that differ by more than
Poisson noise let every further part gain a little, on both halves."""


def score_numbers(scores: LabelScores, preparation: Preparation) -> dict[int, HeldOut]:
    """Number of parts → how well they predict, both ways together; numbers that both halves reach."""
    by_way = []
    for way in range(2):
        n_first = min(FIRST_PARTS, len(scores.spots) // 10)
        counts, depth = scores.fitted(way)
        label = _moved(counts, depth, scores.partition(way, preparation, n_first))
        by_way.append(
            {
                number: scores.of_labels(way, table[label])
                for number, table in merge_parts(counts, depth, label).items()
                if FEWEST <= number <= MOST
            }
        )
    first, second = by_way
    return {number: first[number] + second[number] for number in sorted(first.keys() & second.keys())}


def decided_number(curve: dict[int, HeldOut]) -> int | None:
    """The number after which one niche more gains little; None if no niche clearly gains, or the last number does."""
    steps = []
    for fewer, more in pairwise(sorted(curve)):
        gain, error = curve[fewer].behind(curve[more])
        steps.append((more, gain / max(float(curve[more].score), 1e-12), gain > error))
    for place in reversed(range(len(steps) - 1)):
        number, gain, is_clear = steps[place]
        after = max(later for _, later, _ in steps[place + 1 :])
        if is_clear and gain >= max(LEAST_GAIN, DROP * max(after, STILL)):
            if after <= CLEAR_GAIN:
                return number
            break
    clear = [number for number, gain, is_clear in steps if is_clear and gain >= CLEAR_GAIN]
    return clear[-1] if clear and clear[-1] < steps[-1][0] else None


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
