"""What a picture says to arithmetic: a few numbers read off its pixels, and a regression on them.

This is what a model has to beat. Three kinds of question have their five numbers:

* a gene in a niche: brightness inside and outside the niche (``GENE_STATISTICS``);
* the form of a niche: what its black shape covers (``SHAPE_STATISTICS``);
* two genes: the correlation of their maps, pixel by pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np

from data_prep.figures import palette
from data_prep.tasks import Question

LIT = 0.1
"""A pixel counts as lit from this brightness on (0..1 of the gene's clip value)."""
GENE_STATISTICS = ("inside mean", "outside mean", "difference", "lit inside", "lit outside")
SHAPE_STATISTICS = ("share of tissue", "share of its box", "border share", "largest piece", "filled centre")
FOLDS = 5
"""Genes fall into this many folds; a regression never learns from a gene of the fold that it answers."""
_N_FEATURES = 2**16


@dataclass(frozen=True, eq=False)
class FocusReading:
    """A focus picture read back.

    Attributes:
        level: (height, width) float, brightness 0..1; 0 off the tissue.
        inside: (height, width) bool, the asked niche.
        tissue: (height, width) bool, any tissue.
    """

    level: np.ndarray
    inside: np.ndarray
    tissue: np.ndarray


def read_focus(picture: np.ndarray) -> FocusReading:
    """Reads the brightness and the niche off a focus picture (uint8, height × width × 3).

    Colour and grey of one step have the same luma, and no step of the colour scale is grey, so the picture says it all.
    A map of a gene over the whole tissue reads as one whose niche is everywhere.
    """
    tissue = (picture != np.asarray(palette.BACKGROUND, np.uint8)).any(axis=-1)
    inside = tissue & (np.ptp(picture, axis=-1) > 0)
    luma = palette.expression_table() @ palette.LUMA
    level = np.interp(picture @ palette.LUMA, luma, np.linspace(0, 1, len(luma)))
    return FocusReading(np.where(tissue, level, 0.0), inside, tissue)


def five_statistics(picture: np.ndarray) -> np.ndarray:
    """(5,) ``GENE_STATISTICS`` of a focus picture; 0 for a side without pixels."""
    seen = read_focus(picture)
    return _gene_statistics(seen.level, seen.inside, seen.tissue)


def gene_statistics(question: Question) -> np.ndarray:
    """(5,) ``GENE_STATISTICS`` of a gene's map and the black niche of a map of niches (a ``pattern`` question)."""
    kinds = [spec.kind for spec in question.specs]
    seen = read_focus(question.images[kinds.index("expression")])
    return _gene_statistics(seen.level, _black(question.images[kinds.index("niches")]), seen.tissue)


def shape_statistics(question: Question) -> np.ndarray:
    """(5,) ``SHAPE_STATISTICS`` of the black niche of a map of niches, e.g. of a ``describe`` question."""
    from scipy import ndimage

    picture = question.images[[spec.kind for spec in question.specs].index("niches")]
    niche = _black(picture)
    tissue = (picture != np.asarray(palette.BACKGROUND, np.uint8)).any(axis=-1)
    if not niche.any():
        return np.zeros(len(SHAPE_STATISTICS))
    rows, columns = np.nonzero(niche)
    y, x = int(rows.mean()), int(columns.mean())
    reach = max(2, int(0.25 * np.sqrt(niche.sum())))
    around = (slice(max(y - reach, 0), y + reach + 1), slice(max(x - reach, 0), x + reach + 1))
    pieces, _ = ndimage.label(niche)
    return np.array(
        [
            niche.sum() / tissue.sum(),
            niche.sum() / (np.ptp(rows) + 1) / (np.ptp(columns) + 1),
            1 - ndimage.binary_erosion(niche).sum() / niche.sum(),
            np.bincount(pieces[niche]).max() / niche.sum(),
            niche[around].sum() / max(tissue[around].sum(), 1),
        ]
    )


def map_correlation(question: Question) -> np.ndarray:
    """(1,) Pearson correlation of the first two pictures' brightness over the tissue; 0 where one is even."""
    first, second = (read_focus(image) for image in question.images[:2])
    a, b = first.level[first.tissue], second.level[first.tissue]
    return np.array([np.corrcoef(a, b)[0, 1] if np.ptp(a) and np.ptp(b) else 0.0])


def statistics_probability(train: np.ndarray, train_label: np.ndarray, test: np.ndarray) -> np.ndarray:
    """p(yes) of a logistic regression on statistics (n × k), learnt on the train questions: (n_test,)."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return _fitted_probability(make_pipeline(StandardScaler(), _regression()), train, train_label, test)


def held_out_probability(
    train: np.ndarray, train_label: np.ndarray, train_genes: Sequence[str], test: np.ndarray, test_genes: Sequence[str]
) -> np.ndarray:
    """As ``statistics_probability``, each answer from a regression that has seen no gene of its fold (``FOLDS``)."""
    train_fold, test_fold = (np.array([gene_hash(g) % FOLDS for g in genes]) for genes in (train_genes, test_genes))
    p_yes = np.full(len(test), 0.5)
    for fold in np.unique(test_fold):
        learn, answer = train_fold != fold, test_fold == fold
        p_yes[answer] = statistics_probability(train[learn], train_label[learn], test[answer])
    return p_yes


def gene_hash(gene: str) -> int:
    """A number for a gene, by its symbol in capitals: which fold or which permutation it falls into."""
    return crc32(gene.upper().encode())


def predicted_class(train: np.ndarray, train_class: Sequence[str], test: np.ndarray) -> list[str]:
    """Class of each test question by a logistic regression with balanced classes, learnt on the train questions."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if len(set(train_class)) < 2:
        return [*train_class[:1]] * len(test)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, class_weight="balanced"))
    return [str(found) for found in model.fit(train, list(train_class)).predict(test)]


def words_probability(train: Sequence[str], train_label: np.ndarray, test: Sequence[str]) -> np.ndarray:
    """p(yes) of a logistic regression on the prompts' words (1 to 3 at a time), learnt on the train questions."""
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.pipeline import make_pipeline

    words = HashingVectorizer(n_features=_N_FEATURES, ngram_range=(1, 3), token_pattern=r"[^\s?.,!:;]+")
    return _fitted_probability(make_pipeline(words, _regression()), list(train), train_label, list(test))


def _gene_statistics(level: np.ndarray, inside: np.ndarray, tissue: np.ndarray) -> np.ndarray:
    sides = (level[inside & tissue], level[tissue & ~inside])
    mean_in, mean_out = (float(side.mean()) if side.size else 0.0 for side in sides)
    lit_in, lit_out = (float((side > LIT).mean()) if side.size else 0.0 for side in sides)
    return np.array([mean_in, mean_out, mean_in - mean_out, lit_in, lit_out])


def _black(picture: np.ndarray) -> np.ndarray:
    return (picture == np.asarray(palette.ASKED, np.uint8)).all(axis=-1)


def _regression() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1000)


def _fitted_probability(model: Any, train: Any, label: np.ndarray, test: Any) -> np.ndarray:
    label = np.asarray(label, bool)
    if label.all() or not label.any():  # One answer only: nothing to learn but to say it.
        return np.full(len(test), float(label.mean()) if len(label) else 0.5)
    return model.fit(train, label).predict_proba(test)[:, 1]
