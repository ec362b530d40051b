"""Niche matching: which niche of one slide is which niche of another, by their markers and their place.

Names of niches decide nothing. The score of two niches is

    0.8 × marker similarity + 0.2 × place similarity

Marker similarity is the cosine of their profiles (`niche_profiles`) over the genes that both slides detect. Its error
is the larger of two jackknives: over groups of genes, and over the spatial blocks of both slides. The error of a margin
comes from the same jackknives. `docs/across.md` has what was measured.

Two niches match if each is the best of the other, if their markers are certainly alike, and if the second best is
certainly worse. What has no such partner stays unmatched, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.facts.block_jackknife import jackknife_error
from data_prep.facts.facts import Facts
from data_prep.facts.niche_profiles import NicheProfiles
from data_prep.facts.place_similarity import place_similarity
from data_prep.facts.shared_genes import FEWEST_SHARED, shared_genes

PLACE_WEIGHT = 0.2
"""Markers alone decide well on layers. Place helps among many cell types: 165 instead of 158 of 174 niches of embryo
sections have their like as the best, and 124 instead of 112 match. From 0.3 on, 2 matches there are wrong."""
LEAST_SIMILARITY = 0.4
"""Marker similarity less two errors of a match. On 19 sections with known labels 274 matches are right and none is
wrong. At 0.2, 16 more are right and 2 wrong, all on tumours of different donors; at 0.5, 14 fewer are right."""
ERRORS = 2.0
"""A similarity and a margin must stand when they move by this many standard errors (about 95 %)."""
_GENE_GROUPS = 40
"""Groups of genes that a jackknife leaves out, as many as there are spatial blocks at most."""


@dataclass(frozen=True)
class BestMatch:
    """The niche of another slide that is most like a niche.

    Attributes:
        niche: name of the niche.
        best: name of the most similar niche of the other slide.
        score: of the two, 0.8 × markers + 0.2 × place.
        score_error: its standard error; place counts as known.
        markers: marker similarity, -1..1.
        markers_error: its standard error.
        place: place similarity, 0..1.
        second: name of the second best niche.
        margin: score less that of the second best.
        margin_error: its standard error.
        reason: why the two do not match; "" if they do.
    """

    niche: str
    best: str
    score: float
    score_error: float
    markers: float
    markers_error: float
    place: float
    second: str
    margin: float
    margin_error: float
    reason: str

    @property
    def is_match(self) -> bool:
        """Whether the two niches match."""
        return not self.reason


@dataclass(frozen=True)
class RankedNiche:
    """A niche of another slide, and how much it resembles a niche.

    Attributes:
        niche: name.
        score: (1 - place weight) × markers + place weight × place.
        score_error: its standard error; place counts as known.
        markers: marker similarity, -1..1.
        place: place similarity, 0..1.
    """

    niche: str
    score: float
    score_error: float
    markers: float
    place: float


@dataclass(frozen=True, eq=False)
class SlideSimilarity:
    """How much each niche of one slide resembles each niche of another.

    Attributes:
        niches_a: names of the niches of the first slide, n_a.
        niches_b: names of the niches of the second one, n_b.
        n_genes: number of genes that were compared.
        markers: (n_a, n_b) marker similarity.
        place: (n_a, n_b) place similarity.
        place_weight: weight of the place in the score, 0..1.
        left_out: marker similarity without each gene group, block of the first slide, and block of the second slide:
            three arrays (n_units, n_a, n_b).
        in_blocks: (n_a, n_b) whether both niches lie in enough blocks for a jackknife over them.
    """

    niches_a: tuple[str, ...]
    niches_b: tuple[str, ...]
    n_genes: int
    markers: np.ndarray
    place: np.ndarray
    place_weight: float
    left_out: tuple[np.ndarray, np.ndarray, np.ndarray]
    in_blocks: np.ndarray

    @property
    def score(self) -> np.ndarray:
        """(n_a, n_b) scores."""
        return (1 - self.place_weight) * self.markers + self.place_weight * self.place

    def turned(self) -> SlideSimilarity:
        """The same seen from the second slide."""
        genes, a, b = (np.swapaxes(values, 1, 2) for values in self.left_out)
        return SlideSimilarity(
            niches_a=self.niches_b,
            niches_b=self.niches_a,
            n_genes=self.n_genes,
            markers=self.markers.T,
            place=self.place.T,
            place_weight=self.place_weight,
            left_out=(genes, b, a),
            in_blocks=self.in_blocks.T,
        )

    def ranking(self, niche: str) -> list[RankedNiche]:
        """The niches of the second slide by their score with a niche of the first, the highest first."""
        i = self.niches_a.index(niche)
        return [
            RankedNiche(
                niche=self.niches_b[j],
                score=float(self.score[i, j]),
                score_error=(1 - self.place_weight) * self._error((i, int(j))),
                markers=float(self.markers[i, j]),
                place=float(self.place[i, j]),
            )
            for j in np.argsort(-self.score[i], kind="stable")
        ]

    def best_matches(self) -> list[BestMatch]:
        """The best match of each niche of the first slide, with the reason where it is none."""
        score = self.score
        found = []
        for i, niche in enumerate(self.niches_a):
            first, second = np.argsort(-score[i], kind="stable")[:2]
            back, rival = np.argsort(-score[:, first], kind="stable")[:2]
            whole, error = float(self.markers[i, first]), self._error((i, first))
            margin = float(score[i, first] - score[i, second])
            margin_error = self._margin_error((i, first), (i, second))
            lead_back = float(score[back, first] - score[rival, first])
            lead_back -= ERRORS * self._margin_error((back, first), (rival, first))
            found.append(
                BestMatch(
                    niche=niche,
                    best=self.niches_b[first],
                    score=float(score[i, first]),
                    score_error=(1 - self.place_weight) * error,
                    markers=whole,
                    markers_error=error,
                    place=float(self.place[i, first]),
                    second=self.niches_b[second],
                    margin=margin,
                    margin_error=margin_error,
                    reason=self._reason(
                        niche, whole - ERRORS * error, margin - ERRORS * margin_error, (back, rival), lead_back
                    ),
                )
            )
        return found

    def _reason(self, niche: str, markers: float, lead: float, back: tuple[int, int], lead_back: float) -> str:
        """Why a niche has no match; "" if it has one.

        Args:
            niche: its name.
            markers: marker similarity to its best, less its errors.
            lead: margin of its best over its second best, less its errors.
            back: the niches of this slide that are most like that best one, the first and the second.
            lead_back: margin of the first over the second of them, less its errors.
        """
        first, second = (self.niches_a[number] for number in back)
        if first != niche:
            return f"its best match is more like {first}"
        if markers < LEAST_SIMILARITY:
            return f"markers too little alike: {markers:.2f} after {ERRORS:g} errors, a match has {LEAST_SIMILARITY:g}"
        if lead <= 0:
            return f"the second best is as good within {ERRORS:g} errors"
        return "" if lead_back > 0 else f"its best match is as like {second} within {ERRORS:g} errors"

    def _margin_error(self, pair: tuple[int, int], other: tuple[int, int]) -> float:
        return (1 - self.place_weight) * self._error(pair, other)

    def _error(self, pair: tuple[int, int], other: tuple[int, int] | None = None) -> float:
        """Error of a marker similarity, or of the difference of two."""
        pairs = [values[:, *pair] - (0.0 if other is None else values[:, *other]) for values in self.left_out]
        genes, a, b = (float(jackknife_error(values, np.ones(len(values), bool))) for values in pairs)
        usable = self.in_blocks[pair] and (other is None or self.in_blocks[other])
        return max(genes, float(np.hypot(a, b))) if usable else genes


def similarity(a: Facts, b: Facts, place_weight: float = PLACE_WEIGHT) -> SlideSimilarity:
    """Compare each niche of a slide with each niche of another.

    Args:
        a: facts of the first slide.
        b: facts of the second one.
        place_weight: weight of the place, 0..1; 0 for markers alone.

    Raises:
        NicheLensError: the slides share, or detect, too few genes.
    """
    genes = shared_genes(a.slide, b.slide)
    return _similarity(a, b, NicheProfiles.of(a, genes), NicheProfiles.of(b, genes), place_weight)


def _similarity(a: Facts, b: Facts, of_a: NicheProfiles, of_b: NicheProfiles, place_weight: float) -> SlideSimilarity:
    genes, rows_a, rows_b = np.intersect1d(of_a.genes, of_b.genes, return_indices=True)
    if len(genes) < FEWEST_SHARED:
        message = (
            f"{a.slide.name} and {b.slide.name} both detect only {len(genes)} genes in a tenth of a niche's spots; "
            f"niches are matched over at least {FEWEST_SHARED}, so use slides with more counts"
        )
        raise NicheLensError(message)
    whole_a, whole_b = of_a.shrunken[rows_a], of_b.shrunken[rows_b]
    without_a, without_b = of_a.left_out[:, rows_a], of_b.left_out[:, rows_b]
    squares_a, squares_b = (whole_a**2).sum(axis=0), (whole_b**2).sum(axis=0)
    products = whole_a.T @ whole_b
    markers = _cosine(products, squares_a, squares_b)
    groups = [slice(start, None, _GENE_GROUPS) for start in range(min(_GENE_GROUPS, len(genes)))]
    left_out = (
        np.stack(
            [
                _cosine(
                    products - whole_a[group].T @ whole_b[group],
                    squares_a - (whole_a[group] ** 2).sum(axis=0),
                    squares_b - (whole_b[group] ** 2).sum(axis=0),
                )
                for group in groups
            ]
        ),
        _cosine(np.swapaxes(without_a, 1, 2) @ whole_b, (without_a**2).sum(axis=1), squares_b[None]),
        _cosine(whole_a.T @ without_b, squares_a[None], (without_b**2).sum(axis=1)),
    )
    return SlideSimilarity(
        niches_a=of_a.niches,
        niches_b=of_b.niches,
        n_genes=len(genes),
        markers=markers,
        place=place_similarity(a.shapes, b.shapes, markers),
        place_weight=place_weight,
        left_out=left_out,
        in_blocks=of_a.in_blocks[:, None] & of_b.in_blocks,
    )


def all_similarities(
    slides: Sequence[Facts], place_weight: float = PLACE_WEIGHT
) -> dict[tuple[int, int], SlideSimilarity]:
    """The similarity of each two slides, by their numbers (i, j) with i < j.

    Args:
        slides: facts of at least two slides.
        place_weight: weight of the place, 0..1.

    Raises:
        NicheLensError: two slides share, or detect, too few genes.
    """
    for i, a in enumerate(slides):
        for b in slides[i + 1 :]:
            shared_genes(a.slide, b.slide)
    profiles = [NicheProfiles.of(facts, facts.slide.genes.tolist()) for facts in slides]
    return {
        (i, j): _similarity(slides[i], slides[j], profiles[i], profiles[j], place_weight)
        for i in range(len(slides))
        for j in range(i + 1, len(slides))
    }


def _cosine(products: np.ndarray, squares_a: np.ndarray, squares_b: np.ndarray) -> np.ndarray:
    """(..., n_a, n_b) cosines from products and squared lengths; 0 where a profile is empty."""
    lengths = np.sqrt(squares_a[..., :, None] * squares_b[..., None, :])
    return np.divide(products, lengths, out=np.zeros(products.shape), where=lengths > 0)
