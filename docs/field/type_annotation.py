"""Task 1 of docs/field_tasks.md: name the cell types or regions of a section that nobody has labelled.

The labels of other sections teach. Genes are standardised within each section, which needs no labels and takes out
most of what differs between sections.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from field.features import VARIABLE, features, neighbourhoods, standardised, variable_codes
from field.sections import Fold, Section, how_held_out
from field.task_metrics import Estimate, Result, Scored, accuracy, confusion, macro_f1, resampled

from data_prep.facts.marker_rule import MARKER, NOT_ERRORS

SCORES: dict[str, Callable[[np.ndarray], np.ndarray]] = {"macro F1": macro_f1, "accuracy": accuracy}
BASELINE = "logistic regression"
PENALTY = 0.1
"""scikit-learn's C. Never tuned; the same for both regressions."""
LIST_LENGTH = 20
"""Genes of a marker list, the strongest first."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """What the ways get to see: features and labels of the training spots, and features of the held-out ones.

    Attributes:
        fold: the sections.
        train: (n_train, n_features) standardised features of the labelled training spots.
        around: (n_train, n_features · n_neighbourhoods) means of the features over the neighbourhoods.
        label: (n_train,) their labels.
        test: (n_spots, n_features) the same for all spots of the held-out section.
        test_around: (n_spots, n_features · n_neighbourhoods) the same.
    """

    fold: Fold
    train: np.ndarray
    around: np.ndarray
    label: np.ndarray
    test: np.ndarray
    test_around: np.ndarray


def majority(lesson: Lesson) -> np.ndarray:
    """The most frequent label for every spot."""
    names, size = np.unique(lesson.label, return_counts=True)
    return np.full(len(lesson.test), names[np.argmax(size)], dtype=object)


def nearest_centroid(lesson: Lesson) -> np.ndarray:
    """The label whose mean profile correlates best with the spot's."""
    names = np.unique(lesson.label)
    centroid = np.array([lesson.train[lesson.label == name].mean(axis=0) for name in names])
    alike = _unit(lesson.test) @ _unit(centroid).T
    return names[alike.argmax(axis=1)]


def marker_lists(lesson: Lesson) -> np.ndarray:
    """The label whose markers, by the marker rule on the training sections, are highest on average."""
    lists = training_markers(lesson.fold.training)
    names = np.array(sorted(lists), dtype=object)
    if not len(names):
        return majority(lesson)
    value = standardised(lesson.fold.held_out.value.toarray())
    score = np.stack([value[:, lists[name]].mean(axis=1) for name in names], axis=1)
    return names[score.argmax(axis=1)]


def logistic(lesson: Lesson) -> np.ndarray:
    """Multinomial logistic regression on the spot's own features."""
    return _regress(lesson.train, lesson.label, lesson.test)


def with_neighbourhood(lesson: Lesson) -> np.ndarray:
    """Ours: the same regression, on the spot's own features and on their means over two neighbourhoods."""
    return _regress(
        np.hstack([lesson.train, lesson.around]), lesson.label, np.hstack([lesson.test, lesson.test_around])
    )


WAYS: dict[str, Callable[[Lesson], np.ndarray]] = {
    "majority": majority,
    "nearest centroid": nearest_centroid,
    "marker lists": marker_lists,
    BASELINE: logistic,
    "ours: own + neighbourhood": with_neighbourhood,
}


def annotate(slides: str, parts: Sequence[Fold], ways: dict[str, Callable[[Lesson], np.ndarray]] = WAYS) -> Result:
    """Every way on every held-out section: the mean over the sections, with errors over patches of tissue."""
    lessons = [prepare(fold) for fold in parts]
    tables = {
        way: [block_tables(lesson.fold.held_out, names(lesson)) for lesson in lessons] for way, names in ways.items()
    }
    scored = []
    for way, of_way in tables.items():
        found = {name: _score(of_way, score) for name, score in SCORES.items()}
        scores = {name: Estimate(value, float(draws.std())) for name, (value, draws) in found.items()}
        scored.append(Scored(way, scores, found["macro F1"][1]))
    n_classes = len({name for fold in parts for name in fold.held_out.label if name})
    unseen = f"{how_held_out(parts)}, {len(parts)} sections, {n_classes} classes"
    return Result(f"{slides}, {parts[0].held_out.kind.replace('_', ' ')}", unseen, tuple(scored), BASELINE)


def prepare(fold: Fold) -> Lesson:
    """The features of a fold."""
    sections = (*fold.training, fold.held_out)
    value = features(sections, variable_codes(fold.training, VARIABLE))
    around = [neighbourhoods(section.slide.xy, own) for section, own in zip(sections, value, strict=True)]
    labelled = [section.label != "" for section in fold.training]
    train, near = (
        np.vstack([part[kept] for part, kept in zip(parts[:-1], labelled, strict=True)]) for parts in (value, around)
    )
    label = np.concatenate([section.label[kept] for section, kept in zip(fold.training, labelled, strict=True)])
    return Lesson(fold, train, near, label, value[-1], around[-1])


def training_markers(sections: Sequence[Section]) -> dict[str, np.ndarray]:
    """Label → codes of its markers: those that at least half of the sections with this label call so."""
    called: dict[str, list[np.ndarray]] = {}
    strength: dict[str, list[np.ndarray]] = {}
    for section in sections:
        markers = section.markers
        for code, name in enumerate(section.slide.niches):
            if name in section.label:
                called.setdefault(name, []).append(markers.label[:, code] == MARKER)
                strength.setdefault(name, []).append(markers.log2fc[:, code] - NOT_ERRORS * markers.error[:, code])
    lists = {}
    for name, of_section in called.items():
        genes = np.flatnonzero(np.mean(of_section, axis=0) >= 0.5)
        if len(genes):
            order = np.argsort(-np.mean(strength[name], axis=0)[genes], kind="stable")
            lists[name] = genes[order[:LIST_LENGTH]]
    return lists


def block_tables(section: Section, said: np.ndarray) -> np.ndarray:
    """(n_blocks, n_classes, n_classes) confusion tables of the labelled spots of each patch of tissue."""
    kept = section.label != ""
    names = np.unique(np.concatenate([section.label[kept], said[kept]]).astype(str))
    truth, answer = (np.searchsorted(names, of[kept].astype(str)) for of in (section.label, said))
    block = section.block[kept]
    return np.array([confusion(truth[block == b], answer[block == b], len(names)) for b in range(block.max() + 1)])


def _score(tables: Sequence[np.ndarray], score: Callable[[np.ndarray], np.ndarray]) -> tuple[float, np.ndarray]:
    """The mean of a score over sections, and its values on bootstrap samples of their patches."""
    value = np.mean([score(of_section.sum(axis=0)) for of_section in tables])
    samples = [
        resampled(lambda copies, of=of_section: score(np.tensordot(copies, of, axes=1)), len(of_section), seed)
        for seed, of_section in enumerate(tables)
    ]
    return float(value), np.mean(samples, axis=0)


def _unit(profile: np.ndarray) -> np.ndarray:
    centred = profile - profile.mean(axis=1, keepdims=True)
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)


def _regress(train: np.ndarray, label: np.ndarray, test: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    names, code = np.unique(label.astype(str), return_inverse=True)
    model = LogisticRegression(C=PENALTY, max_iter=500).fit(train, code)
    return names.astype(object)[model.predict(test)]
