"""Thinning: counts as if the slide had been sequenced less."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp


def thin(counts: sp.csc_matrix, keep: np.ndarray, seed: int | Sequence[int]) -> sp.csc_matrix:
    """Keep each count of spot i with probability ``keep[i]`` (binomial thinning), as if it were sequenced less.

    Fractional counts (volume-normalised imaging data) are first rounded at random to one of their two neighbours.

    Args:
        counts: n_spots × n_genes.
        keep: (n_spots,) probabilities in 0..1.
        seed: seed of the generator; same seed, same counts.
    """
    rng = np.random.default_rng(seed)
    thinned = counts.tocsc(copy=True).astype(np.float32)
    whole = np.floor(thinned.data)
    whole += rng.random(whole.size) < thinned.data - whole
    thinned.data = rng.binomial(whole.astype(np.int64), keep[thinned.indices]).astype(np.float32)
    thinned.eliminate_zeros()
    return thinned
