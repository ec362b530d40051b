"""Programmes: are the genes of a set over-represented among the markers of a niche?

The background is the genes of the slide that could have been called: those of which the marker rule knows whether they
mark the niche. A gene with too few counts could not, so it counts neither for nor against a set. The p value is that of
the hypergeometric test (Fisher's exact test, one-sided), adjusted by Benjamini-Hochberg over all sets and niches. The
size of the effect is the log2 odds ratio with ½ added to each cell (Haldane 1956), and its standard error is Woolf's
(1955).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from data_prep.facts.marker_rule import MARKER, UNCLEAR, MarkerTable
from data_prep.facts.measurement import Measurement

FEWEST_SEEN, MOST_SEEN = 5, 500
"""Genes of a set that could be seen. Smaller sets tell nothing, larger ones ("protein binding") tell too little."""


@dataclass(frozen=True)
class Programme:
    """One set in one niche.

    Attributes:
        log2_odds: log2 odds ratio of being in the set, markers against other genes, with its error.
        q_value: adjusted p of the hypergeometric test, over all sets and niches; 1 for a set that was not tested.
        n_hits: genes of the set that are markers.
        n_expected: how many there would be by chance.
        n_seen: genes of the set that could have been called.
        n_genes: genes of the set.
        is_tested: whether enough genes, and not too many, could be seen.
    """

    log2_odds: Measurement
    q_value: float
    n_hits: int
    n_expected: float
    n_seen: int
    n_genes: int
    is_tested: bool


@dataclass(frozen=True, eq=False)
class Programmes:
    """All sets in all niches; arrays are (n_sets, n_niches).

    Attributes:
        labels: label of each set → its number.
        n_hits: genes of the set that are markers.
        n_seen: genes of the set of which the marker rule knows whether they are.
        n_markers: (n_niches,) markers.
        n_background: (n_niches,) genes that could have been called.
        n_genes: (n_sets,) genes of each set, on the slide or not.
        q_value: adjusted p.
    """

    labels: Mapping[str, int]
    n_hits: np.ndarray
    n_seen: np.ndarray
    n_markers: np.ndarray
    n_background: np.ndarray
    n_genes: np.ndarray
    q_value: np.ndarray

    @classmethod
    def measure(cls, sets: Mapping[str, np.ndarray], sizes: Mapping[str, int], markers: MarkerTable) -> Programmes:
        """Tests every set in every niche.

        Args:
            sets: label → columns of its genes on the slide.
            sizes: label → number of its genes, on the slide or not.
            markers: marker statistics of the slide.
        """
        from scipy.stats import false_discovery_control, hypergeom

        n_genes = markers.label.shape[0]
        entries = [(int(code), row) for row, codes in enumerate(sets.values()) for code in codes]
        code, row = zip(*entries, strict=True) if entries else ((), ())
        member = sp.csr_matrix((np.ones(len(entries)), (row, code)), shape=(len(sets), n_genes))
        is_marker, is_known = markers.label == MARKER, markers.label != UNCLEAR
        hits, seen = (np.rint(member @ which.astype(float)).astype(int) for which in (is_marker, is_known))
        n_markers, n_background = is_marker.sum(axis=0), is_known.sum(axis=0)
        tested = (seen >= FEWEST_SEEN) & (seen <= MOST_SEEN)
        p_value = np.where(tested, hypergeom.sf(hits - 1, n_background, seen, n_markers), 1.0)
        q_value = np.ones(p_value.shape)
        if tested.any():
            q_value[tested] = false_discovery_control(np.clip(p_value[tested], 0.0, 1.0))
        numbers = {label: at for at, label in enumerate(sets)}
        return cls(numbers, hits, seen, n_markers, n_background, np.array([sizes[label] for label in sets]), q_value)

    def of(self, label: str, niche: int) -> Programme:
        """One set in one niche."""
        at = self.labels[label]
        hits, seen = int(self.n_hits[at, niche]), int(self.n_seen[at, niche])
        markers, background = int(self.n_markers[niche]), int(self.n_background[niche])
        cells = np.array([hits, markers - hits, seen - hits, background - markers - seen + hits]) + 0.5
        log2_odds = np.log2(cells[0] * cells[3] / (cells[1] * cells[2]))
        return Programme(
            log2_odds=Measurement(float(log2_odds), float(np.sqrt((1 / cells).sum()) / np.log(2))),
            q_value=float(self.q_value[at, niche]),
            n_hits=hits,
            n_expected=seen * markers / max(background, 1),
            n_seen=seen,
            n_genes=int(self.n_genes[at]),
            is_tested=FEWEST_SEEN <= seen <= MOST_SEEN,
        )
