"""Slides of three bands, of which A borders B, and B borders C. Genes are raised where a test says so."""

from collections.abc import Mapping

import numpy as np

from data_prep.slide import Slide
from tests.data_prep.facts.toy_slides import slide_of

SIDE = 24
NICHES = ("A", "B", "C")
EVEN = 20
"""Genes that are the same everywhere and hold most counts, so that a raised gene hardly changes the depth."""


def bands(
    n_genes: int, raised: Mapping[tuple[int, str], float] | None = None, *, mean: float = 4.0, seed: int = 0
) -> Slide:
    """A 24 × 24 array whose thirds are A, B and C from left to right, with Poisson counts.

    Args:
        n_genes: genes G0, G1, ... that a test is about; twenty more follow.
        raised: (gene, niche) → its fold there; 1 elsewhere.
        mean: mean counts of a gene in a spot where it is not raised.
        seed: of the counts.
    """
    rng = np.random.default_rng(seed)
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(SIDE), np.arange(SIDE)))
    niche = x * 3 // SIDE
    fold = np.ones((len(NICHES), n_genes + EVEN))
    for (gene, name), times in (raised or {}).items():
        fold[NICHES.index(name), gene] = times
    means = np.r_[np.full(n_genes, mean), np.full(EVEN, 10.0 * mean)]
    return slide_of(rng.poisson(means * fold[niche]), niche, NICHES, np.stack([x, y], axis=1).astype(float))
