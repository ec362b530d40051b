"""Concepts: the cell types, gene sets and genes that a phrase means, and how far each is raised in each niche.

The evidence for a concept joins how sure and how large a rise is, as the geometric mean of two numbers that must both
be above 0. Sureness alone favours large niches, whose errors are small, and size alone favours small ones.

- sureness, in standard errors: the competitive score of a cell type (`type_scores`) less its median over the niches
  where that is above 0, so that a type that all niches show tells none from another; the log2 ratio of a signature over
  its error (`signatures`); for single genes, and for lists with too few measured genes, Stouffer's sum of the log2 fold
  changes over their errors, with ``PRIOR_GENES`` genes without evidence;
- size: the log2 fold change, shrunk towards 0 by its error as a normal prior of spread ``PRIOR_SPREAD`` does, as a
  weighted mean over the genes of the concept, with the same prior genes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from data_prep.facts.known.known_facts import KnownFacts
from data_prep.facts.known.search.word_index import Understood
from data_prep.knowledge.gene_list import GENE_SET, MARKER_LIST

Name = TypeVar("Name")

TYPE, SET, GENES = "cell type", "gene set", "genes"
"""Kinds of concept."""
MOST_TYPES, MOST_SETS, MOST_GENES = 5, 8, 30
"""Concepts of each kind that are measured, the most similar first."""
NEAREST_SHARE = 0.5
"""A concept is left out if it is less similar than this share of the most similar one of its kind: a phrase that
has the exact name of one type does not mean the others that share a word."""
SHARPNESS = 2.0
"""Similarities are raised to this power, so that the nearest concepts decide."""
LARGEST_SET = 500
"""A larger gene set is too general, as for programmes."""
LARGEST_Z, LARGEST_CHANGE = 8.0, 4.0
"""Standard errors, and log2 fold change, at which a gene's evidence is cut: one gene does not decide."""
LOWERED = 0.2
"""Weight of the evidence of a lowered gene, as for cell types: a list holds genes that a type lacks in some tissues."""
PRIOR_GENES = 3.0
PRIOR_SPREAD = 1.0
"""Typical log2 fold change of a gene that a list names."""
CHANGE_SCALE = 4.0
"""Standard errors that a log2 fold change of 1 is worth."""
BEND = 3.0
"""Evidence above this is bent: BEND asinh(e / BEND). Twelve is not four times as good as three."""
SET_WEIGHT, GENES_WEIGHT = 0.6, 1.5
"""Weight of the similarity of a gene set, and of that of genes, beside that of a cell type. Texts of genes are long, so
their similarities are small. A set for a process has genes of many tissues."""


@dataclass(frozen=True, eq=False)
class Concept:
    """Something that a phrase means, on one slide.

    Attributes:
        kind: ``TYPE``, ``SET`` or ``GENES``.
        name: of the type; label of the set; "" for genes.
        weight: text similarity times the weight of the kind.
        evidence: (n_niches,) how far it is raised; 0 where it is not, and for a type of other organs.
        at: number of the type; -1 for others.
        codes: columns of its genes with counts.
        similar: column → similarity, for genes.
    """

    kind: str
    name: str
    weight: float
    evidence: np.ndarray
    at: int = -1
    codes: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    similar: Mapping[int, float] = field(default_factory=dict)

    @property
    def is_of_other_organs(self) -> bool:
        """Whether it is a type that is not compared with this tissue."""
        return self.kind == TYPE and self.at < 0


def concepts_of(understood: Understood, known: KnownFacts) -> list[Concept]:
    """The concepts that a phrase means, measured."""
    return [*_types(understood, known), *_sets(understood, known), *_genes(understood, known)]


def combined(concepts: Sequence[Concept], evidence: Sequence[np.ndarray]) -> np.ndarray:
    """Mean evidence of concepts, weighed by similarity: first within each kind, then over the kinds.

    Eight gene sets with nearly the same name and genes are one opinion.

    Args:
        concepts: of one phrase, at least one.
        evidence: of each of them, arrays of the same shape.
    """
    values, weights = [], []
    for kind in dict.fromkeys(concept.kind for concept in concepts):
        own = [at for at, concept in enumerate(concepts) if concept.kind == kind]
        weight = np.array([concepts[at].weight for at in own]) ** SHARPNESS
        values.append(np.average(np.stack([evidence[at] for at in own]), axis=0, weights=weight))
        weights.append(weight.max())
    return np.average(np.stack(values), axis=0, weights=weights)


def evidence_of(sureness: np.ndarray, change: np.ndarray) -> np.ndarray:
    """How far something is raised, from its standard errors and its shrunk log2 fold change; lowered counts little."""
    size = np.sqrt(np.abs(sureness * CHANGE_SCALE * change))
    raised, lowered = (sureness > 0) & (change > 0), (sureness < 0) & (change < 0)
    return BEND * np.arcsinh(np.where(raised, size, np.where(lowered, -LOWERED * size, 0.0)) / BEND)


def shrunk_change(log2fc: np.ndarray, error: np.ndarray) -> np.ndarray:
    """A log2 fold change, pulled towards 0 the more, the larger its error; 0 where it is unknown."""
    known = np.isfinite(log2fc) & np.isfinite(error)
    return np.where(known, np.where(known, log2fc, 0.0) / (1 + (np.where(known, error, 1.0) / PRIOR_SPREAD) ** 2), 0.0)


def _types(understood: Understood, known: KnownFacts) -> list[Concept]:
    types = known.knowledge.types
    similar: dict[int, float] = {}
    elsewhere: dict[str, float] = {}
    for label, similarity in understood.lists.items():
        of_list = known.knowledge.lists[label].of_list
        if of_list.kind == MARKER_LIST:
            at = types.index(of_list.name)
            if at is None:
                elsewhere[of_list.name] = max(similarity, elsewhere.get(of_list.name, 0.0))
            else:
                similar[at] = max(similarity, similar.get(at, 0.0))
    found: list[Concept] = []
    for at, similarity in _nearest(similar.items(), MOST_TYPES):
        codes = types.codes(at)
        codes = codes[known.has_counts[codes]]
        if len(codes):
            weights = np.asarray(types.weights[codes, at].todense()).ravel()
            own = known.types.scores[at]
            if not np.isfinite(own).all():
                own = _stouffer(known, codes, weights)
            sureness = own - max(float(np.median(own)), 0.0)
            change = _mean_change(known, codes, weights)
            found.append(Concept(TYPE, types.names[at], similarity, evidence_of(sureness, change), at, codes))
    # A type of other organs stands for what the slide cannot show. It counts where no other name is as near.
    nearest = max((concept.weight for concept in found), default=0.0)
    for name, similarity in _nearest(elsewhere.items(), 1):
        if similarity > nearest:
            found.append(Concept(TYPE, name, similarity, np.zeros(len(known.slide.niches))))
    return found


def _sets(understood: Understood, known: KnownFacts) -> list[Concept]:
    similar = {}
    for label, similarity in understood.lists.items():
        mapped = known.knowledge.lists[label]
        is_set = mapped.of_list.kind == GENE_SET and len(mapped.of_list.genes) <= LARGEST_SET
        if is_set and known.has_counts[mapped.codes].any():
            similar[label] = SET_WEIGHT * similarity
    found = []
    for label, weight in _nearest(similar.items(), MOST_SETS):
        codes = known.knowledge.lists[label].codes
        codes = codes[known.has_counts[codes]]
        found.append(Concept(SET, label, weight, _set_evidence(known, label, codes), codes=codes))
    return found


def _set_evidence(known: KnownFacts, label: str, codes: np.ndarray) -> np.ndarray:
    signature = known.signature(label)
    if signature is None or not np.isfinite(signature.log2_ratio).any():
        equal = np.ones(len(codes))
        return evidence_of(_stouffer(known, codes, equal), _mean_change(known, codes, equal))
    ratio, error = signature.log2_ratio, signature.error
    usable = np.isfinite(ratio) & (error > 0)
    sureness = np.where(usable, ratio, 0.0) / np.where(usable, error, 1.0)
    return evidence_of(sureness, shrunk_change(ratio, error))


def _genes(understood: Understood, known: KnownFacts) -> list[Concept]:
    seen = {code: similarity for code, similarity in understood.genes.items() if known.has_counts[code]}
    similar = dict(_nearest(seen.items(), MOST_GENES))
    if not similar:
        return []
    codes, weights = np.array(list(similar)), np.array(list(similar.values()))
    evidence = evidence_of(_stouffer(known, codes, weights), _mean_change(known, codes, weights))
    weight = min(GENES_WEIGHT * float(weights.max()), 1.0)
    return [Concept(GENES, "", weight, evidence, codes=codes, similar=similar)]


def _stouffer(known: KnownFacts, codes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(n_niches,) weighed sum of the genes' fold changes in standard errors."""
    log2fc, error = (part[codes].astype(float) for part in (known.markers.log2fc, known.markers.error))
    z = np.clip(np.where(np.isfinite(error), log2fc / error, 0.0), -LARGEST_Z, LARGEST_Z)
    spread = np.sqrt((weights**2).sum() + PRIOR_GENES * np.median(weights) ** 2)
    return (weights @ np.where(z < 0, LOWERED * z, z)) / spread


def _mean_change(known: KnownFacts, codes: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(n_niches,) weighed mean of the genes' shrunk fold changes."""
    log2fc, error = (part[codes].astype(float) for part in (known.markers.log2fc, known.markers.error))
    change = np.clip(shrunk_change(log2fc, error), -LARGEST_CHANGE, LARGEST_CHANGE)
    return (weights @ np.where(change < 0, LOWERED * change, change)) / (
        weights.sum() + PRIOR_GENES * np.median(weights)
    )


def _nearest(similar: Iterable[tuple[Name, float]], most: int) -> list[tuple[Name, float]]:
    """The most similar ones, without those that are much less so than the first."""
    ordered = sorted(similar, key=lambda one: -one[1])[:most]
    return [one for one in ordered if one[1] >= NEAREST_SHARE * ordered[0][1]]
