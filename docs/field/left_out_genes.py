"""Task 2a of docs/field_tasks.md: the maps of genes that a section has not measured, from those that it has.

The genes are measured in the training sections. A slide of one section teaches with four fifths of its patches of
tissue and is scored on the last fifth, five times over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from field.features import MOST_GENES, VARIABLE, components, neighbourhoods, standardised, variable_codes
from field.maps import compare_maps
from field.ridge import fit_ridge
from field.sections import Section, folds, how_held_out
from field.task_metrics import Result
from field.thinned_counts import NEAREST, RANK, TARGETS

from data_prep.facts.normalisation import log_normalised

BASELINE = "regression on own genes"
GENE_FOLDS = 5
"""A fifth of a panel is left out at a time. On larger slides the scored genes are never features: one round will do."""
SPOT_FOLDS = 5
"""Parts of the patches of a slide with one section."""


@dataclass(frozen=True, eq=False)
class GeneLesson:
    """What the ways get to see.

    Attributes:
        train: sections or parts of one that measure the left-out genes.
        test: the section or part that does not.
        target: codes of the left-out genes.
        shared: codes of the genes that both measure.
    """

    train: tuple[Part, ...]
    test: Part
    target: np.ndarray
    shared: np.ndarray

    @cached_property
    def features(self) -> list[np.ndarray]:
        """(n_spots, n_features) of each training part and of the test part."""
        value = [standardised(part.known(self.shared)) for part in (*self.train, self.test)]
        return components(value) if len(self.shared) > MOST_GENES else value

    @cached_property
    def around(self) -> list[np.ndarray]:
        """The same features and their means over two neighbourhoods."""
        parts = zip((*self.train, self.test), self.features, strict=True)
        return [np.hstack([own, neighbourhoods(part.xy, own)]) for part, own in parts]

    @cached_property
    def measured(self) -> np.ndarray:
        """(n_train, n_targets) values of the left-out genes in the training parts."""
        return np.vstack([part.values(self.target) for part in self.train])

    @cached_property
    def block(self) -> np.ndarray:
        """(n_train,) patch of tissue of each training spot."""
        return np.concatenate([part.block for part in self.train])


@dataclass(frozen=True, eq=False)
class Part:
    """Some spots of a section."""

    section: Section
    spots: np.ndarray

    @cached_property
    def xy(self) -> np.ndarray:
        """(n_spots, 2) positions."""
        return self.section.slide.xy[self.spots]

    @cached_property
    def block(self) -> np.ndarray:
        """(n_spots,) patch of tissue of each spot."""
        return self.section.block[self.spots]

    def values(self, genes: np.ndarray) -> np.ndarray:
        """(n_spots, n_genes) log1p of the counts per median depth: what is to be predicted."""
        return self.section.value[:, genes].toarray()[self.spots].astype(np.float64)

    def known(self, genes: np.ndarray) -> np.ndarray:
        """(n_spots, n_genes) the same with the depth over these genes alone: no other gene shows in it."""
        counts = self.section.slide.counts[:, genes]
        depth = np.maximum(np.asarray(counts.sum(axis=1), dtype=np.float64).ravel(), 1.0)
        return log_normalised(counts, depth).toarray()[self.spots].astype(np.float64)


def depth_map(lesson: GeneLesson) -> np.ndarray:
    """The control: the depth of the spot over the measured genes, the same map for every gene."""
    counts = lesson.test.section.slide.counts[:, lesson.shared]
    depth = np.asarray(counts.sum(axis=1)).ravel()[lesson.test.spots]
    return np.repeat(np.log1p(depth)[:, None], len(lesson.target), axis=1)


def closest_gene(lesson: GeneLesson) -> np.ndarray:
    """The measured gene that correlates most with the left-out one in the training parts."""
    known = np.vstack([part.known(lesson.shared) for part in lesson.train])
    alike = standardised(known).T @ standardised(lesson.measured)
    return lesson.test.known(lesson.shared)[:, alike.argmax(axis=0)]


def nearest_in_expression(lesson: GeneLesson) -> np.ndarray:
    """The mean of the training spots with the most similar expression."""
    from sklearn.neighbors import NearestNeighbors

    place = components(lesson.features, min(RANK, lesson.features[0].shape[1] - 1))
    found = (
        NearestNeighbors(n_neighbors=NEAREST).fit(np.vstack(place[:-1])).kneighbors(place[-1], return_distance=False)
    )
    return lesson.measured[found].mean(axis=1)


def low_rank(lesson: GeneLesson) -> np.ndarray:
    """Least squares on the first components of the measured genes."""
    place = components(lesson.features, min(RANK, lesson.features[0].shape[1] - 1))
    known = np.vstack(place[:-1])
    weight, *_ = np.linalg.lstsq(known, lesson.measured - lesson.measured.mean(axis=0), rcond=None)
    return lesson.measured.mean(axis=0) + place[-1] @ weight


def own_regression(lesson: GeneLesson) -> np.ndarray:
    """Ridge regression on the spot's own genes."""
    return _regress(lesson, lesson.features)


def neighbourhood_regression(lesson: GeneLesson) -> np.ndarray:
    """Ridge regression on the genes of the spot and of two neighbourhoods."""
    return _regress(lesson, lesson.around)


WAYS: dict[str, Callable[[GeneLesson], np.ndarray]] = {
    "depth map (control)": depth_map,
    "closest gene": closest_gene,
    f"{NEAREST} nearest in expression": nearest_in_expression,
    f"low rank ({RANK})": low_rank,
    BASELINE: own_regression,
    "neighbourhood regression": neighbourhood_regression,
}


def leave_genes_out(
    slides: str, sections: Sequence[Section], ways: dict[str, Callable[[GeneLesson], np.ndarray]] = WAYS
) -> Result:
    """Every way on every section; a gene's score is the mean over the sections that measure it."""
    parts, maps = [], {way: [] for way in ways}
    for section, lessons in lessons_of(sections):
        genes = np.unique(np.concatenate([lesson.target for lesson in lessons]))
        whole = {way: np.zeros((section.slide.n_spots, len(genes))) for way in ways}
        for lesson in lessons:
            where = np.ix_(lesson.test.spots, np.searchsorted(genes, lesson.target))
            for way, predict in ways.items():
                whole[way][where] = np.maximum(predict(lesson), 0.0)
        parts.append((section.slide.xy, section.slide.genes[genes], section.value[:, genes].toarray()))
        for way, map_ in whole.items():
            maps[way].append(map_)
    scored, n_genes = compare_maps(parts, maps)
    held_out = folds(sections)
    unseen = how_held_out(held_out) if held_out else "other patches of one section"
    many = f"{len(sections)} section{'s' * (len(sections) > 1)}"
    return Result(slides, f"{unseen}, {many}, {n_genes} genes", scored, BASELINE)


def lessons_of(sections: Sequence[Section]) -> Iterator[tuple[Section, list[GeneLesson]]]:
    """Each section with the lessons that together predict all its scored genes in all its spots."""
    for fold in folds(sections):
        train = tuple(Part(section, np.arange(section.slide.n_spots)) for section in fold.training)
        test = Part(fold.held_out, np.arange(fold.held_out.slide.n_spots))
        splits = _gene_splits((*fold.training, fold.held_out), fold.training)
        yield fold.held_out, [GeneLesson(train, test, *genes) for genes in splits]
    if len(sections) == 1:
        lessons = []
        for part in range(SPOT_FOLDS):
            inside = sections[0].block % SPOT_FOLDS == part
            train, test = (Part(sections[0], np.flatnonzero(of)) for of in (~inside, inside))
            lessons += [GeneLesson((train,), test, *genes) for genes in _gene_splits(sections, sections)]
        yield sections[0], lessons


def _gene_splits(sections: Sequence[Section], training: Sequence[Section]) -> list[tuple[np.ndarray, np.ndarray]]:
    """(left-out genes, measured genes), sorted; a left-out gene is detected in 1 % of the spots of every section."""
    detected = np.all([np.diff(of.slide.counts.indptr) >= 0.01 * of.slide.n_spots for of in sections], axis=0)
    codes = variable_codes(training, VARIABLE)
    if len(codes) > MOST_GENES:
        target = codes[detected[codes]][:TARGETS]
        return [(np.sort(target), np.setdiff1d(codes, target))]
    fold = np.empty(len(codes), int)
    fold[np.random.default_rng(0).permutation(len(codes))] = np.arange(len(codes)) % GENE_FOLDS
    return [(codes[(fold == part) & detected], codes[fold != part]) for part in range(GENE_FOLDS)]


def _regress(lesson: GeneLesson, value: Sequence[np.ndarray]) -> np.ndarray:
    """(n_test, n_targets) maps by a ridge regression that the training parts teach."""
    return fit_ridge(np.vstack(value[:-1]), lesson.measured, lesson.block).predict(value[-1])
