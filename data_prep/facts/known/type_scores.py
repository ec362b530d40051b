"""Which cell type each niche looks like, by marker lists.

The evidence for a gene is its log2 fold change in the niche in standard errors (`marker_rule`), less the median of all
genes of the niche: a type is of interest if its genes are raised more than others are. A gene that is lowered speaks
against a type, but a list holds genes that the type lacks in some tissues: lowered genes weigh a fifth. The score of
a type is Stouffer's weighted sum of z over the genes of its lists (Stouffer et al. 1949), with a prior of
``PRIOR_GENES`` genes without evidence, so that three lucky genes do not win against sixty:

    score = sum(w z) / sqrt(sum(w²) + PRIOR_GENES median(w)²) + PER_LISTING log2(number of lists)

Where a niche has many markers, any list scores high. So a type also needs a lift: its weighted sum less that of as many
random genes, in standard deviations of such sums, is above what chance gives (a competitive test in the words of Goeman
and Bühlmann 2007).

The last part says that a type that several files describe is likelier than one that only one knows.

`docs/known.md` has the names that the method gives on real slides, and the choice of the constants.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from data_prep.facts.marker_rule import MARKER, MarkerTable
from data_prep.knowledge.cell_types import KnownTypes

LARGEST_Z = 8.0
"""A gene counts at most so many standard errors: one gene does not decide."""
LOWERED = 0.2
"""Weight of the evidence of a lowered gene."""
PRIOR_GENES = 5.0
PER_LISTING = 0.5
FEWEST_GENES = 3
"""A type with fewer measured genes is not compared."""
RELATED = 0.25
"""Two types that share this share of the genes of the smaller one are too much alike to be rivals."""
CLEARLY = 3.0
"""A wider type is named instead of its kind from this score on."""


@dataclass(frozen=True)
class Likeness:
    """How much a niche looks like one cell type.

    Attributes:
        name: of the type.
        score: see the head of the module.
        n_genes: genes of its lists that the slide has, with counts.
        n_markers: how many of them are markers of the niche.
        lift: how far its genes are raised above random genes of the niche, in standard deviations.
    """

    name: str
    score: float
    n_genes: int
    n_markers: int
    lift: float


@dataclass(frozen=True)
class LooksLike:
    """What a niche looks like.

    Attributes:
        best: the type with the highest score, or the wider one that it is a kind of, where that is clear, too; None
            where no type can be compared.
        next: the best type that is no kind of ``best``, nor related to it (``RELATED``); None for none.
        margin: score of the winner less the score of ``next``; the score itself where there is no next.
    """

    best: Likeness | None
    next: Likeness | None
    margin: float


@dataclass(frozen=True, eq=False)
class TypeScores:
    """Scores of all types in all niches.

    Attributes:
        types: the types.
        scores: (n_types, n_niches); -inf for a type with too few genes.
        n_genes: (n_types,) genes of the type with counts.
        n_markers: (n_types, n_niches) how many of these are markers.
        shared: (n_types, n_types) genes with counts that two types share, as a share of those of the smaller one.
        lifts: (n_types, n_niches) how far the type's genes are raised above random genes; see the head of the module.
    """

    types: KnownTypes
    scores: np.ndarray
    n_genes: np.ndarray
    n_markers: np.ndarray
    shared: np.ndarray
    lifts: np.ndarray

    @classmethod
    def measure(cls, types: KnownTypes, markers: MarkerTable, has_counts: np.ndarray) -> TypeScores:
        """Scores types.

        Args:
            types: of the slide.
            markers: marker statistics of the slide.
            has_counts: (n_genes,) whether a gene has any count in the labelled tissue.
        """
        z = np.where(np.isfinite(markers.error), markers.log2fc / markers.error, 0.0).astype(float)
        z -= np.median(z[has_counts], axis=0) if has_counts.any() else 0.0
        z = np.clip(z, -LARGEST_Z, LARGEST_Z)
        z = np.where(z < 0, LOWERED * z, z)
        weights = types.weights.multiply(has_counts[:, None]).tocsc()
        weights.eliminate_zeros()
        typical = float(np.median(weights.data)) if weights.nnz else 1.0
        spread = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=0)).ravel() + PRIOR_GENES * typical**2)
        n_lists = np.array([len(lists) for lists in types.lists], dtype=float)
        n_genes = np.diff(weights.indptr)
        scores = (weights.T @ z) / spread[:, None] + PER_LISTING * np.log2(np.maximum(n_lists, 1))[:, None]
        scores[n_genes < FEWEST_GENES] = -np.inf
        member = (weights > 0).astype(float)
        n_markers = member.T @ (markers.label == MARKER).astype(float)
        smaller = np.minimum(n_genes[:, None], n_genes[None])
        shared = (member.T @ member).toarray() / np.maximum(smaller, 1)
        lifts = _lifts(weights, z, has_counts)
        return cls(types, scores, n_genes, np.rint(n_markers).astype(int), shared, lifts)

    def likeness(self, at: int, niche: int) -> Likeness:
        """One type in one niche, by number and code."""
        return Likeness(
            name=self.types.names[at],
            score=float(self.scores[at, niche]),
            n_genes=int(self.n_genes[at]),
            n_markers=int(self.n_markers[at, niche]),
            lift=float(self.lifts[at, niche]),
        )

    def ranked(self, niche: int) -> list[int]:
        """The types that can be compared, by falling score in a niche."""
        order = np.argsort(-self.scores[:, niche], kind="stable")
        return [int(at) for at in order if np.isfinite(self.scores[at, niche])]

    def top(self, niche: int, n: int) -> tuple[Likeness, ...]:
        """The types with the highest scores in a niche, the highest first."""
        return tuple(self.likeness(at, niche) for at in self.ranked(niche)[:n])

    def looks_like(self, niche: int) -> LooksLike:
        """What a niche looks like, sure or not."""
        return self._best[niche]

    def margin_of(self, at: int, niche: int) -> float:
        """Score of a type less that of its best rival; below 0 where that one is better."""
        score = float(self.scores[at, niche])
        rival = next((other for other in self.ranked(niche) if self._are_rivals(at, other)), None)
        return score if rival is None else score - float(self.scores[rival, niche])

    @cached_property
    def _best(self) -> list[LooksLike]:
        return [self._looks_like(niche) for niche in range(self.scores.shape[1])]

    def _looks_like(self, niche: int) -> LooksLike:
        order = self.ranked(niche)
        if not order:
            return LooksLike(None, None, -np.inf)
        first = named = order[0]
        for wider in self.types.family(first):
            if self.scores[wider, niche] >= CLEARLY:
                named = wider
        rival = next((at for at in order if self._are_rivals(named, at) and self._are_rivals(first, at)), None)
        score = float(self.scores[first, niche])
        margin = score if rival is None else score - float(self.scores[rival, niche])
        lift = float(self.lifts[first, niche])
        return LooksLike(
            replace(self.likeness(named, niche), score=score, lift=lift),
            None if rival is None else self.likeness(rival, niche),
            margin,
        )

    def _are_rivals(self, at: int, other: int) -> bool:
        """Whether a niche may look like one of two types only."""
        is_kind = at in self.types.family(other) or other in self.types.family(at)
        return at != other and not is_kind and self.shared[at, other] < RELATED


def _lifts(weights: sp.csc_matrix, z: np.ndarray, has_counts: np.ndarray) -> np.ndarray:
    """(n_types, n_niches) weighted sums of z less those of random genes, in standard deviations of such sums.

    Args:
        weights: (n_genes, n_types).
        z: (n_genes, n_niches) evidence, as it is summed up.
        has_counts: (n_genes,) genes that random ones are drawn from.
    """
    if not has_counts.any():
        return np.zeros((weights.shape[1], z.shape[1]))
    mean, spread = z[has_counts].mean(axis=0), z[has_counts].std(axis=0)
    total = np.asarray(weights.sum(axis=0)).ravel()[:, None]
    length = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=0)).ravel())[:, None]
    return (weights.T @ z - total * mean) / np.maximum(length * spread, 1e-9)
