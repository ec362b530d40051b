"""Arithmetic on pictures: a few statistics of the pixels, and a regression on them.

A model must beat this baseline. Each kind of question has its statistics:

* a gene in a niche: five numbers of the brightness inside and outside the niche (``GENE_STATISTICS``);
* the form of a niche: five numbers of its black shape (``SHAPE_STATISTICS``);
* two genes: the correlation of their maps over the pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np

from data_prep.figures import palette
from data_prep.figures.frame import strip_height
from data_prep.tasks import Question

LIT = 0.1
"""Brightness from which a pixel counts as lit (0..1 of the gene's clip value)."""
GENE_STATISTICS = ("inside mean", "outside mean", "difference", "lit inside", "lit outside")
SHAPE_STATISTICS = ("share of tissue", "share of its box", "border share", "largest piece", "filled centre")
FOLDS = 5
"""Folds of genes. A regression never trains on a gene of the fold that it answers."""
_N_FEATURES = 2**16


@dataclass(frozen=True, eq=False)
class FocusReading:
    """The content of a focus picture.

    Attributes:
        level: (height, width) float, brightness 0..1; 0 outside the tissue.
        inside: (height, width) bool, True in the niche of the question.
        tissue: (height, width) bool, True on tissue.
    """

    level: np.ndarray
    inside: np.ndarray
    tissue: np.ndarray


def read_focus(picture: np.ndarray) -> FocusReading:
    """Reads the brightness and the niche from a focus picture (uint8, height × width × 3).

    Each step of the colour scale has the luma of the same grey step, and no colour is grey. So the pixels determine
    both. In a map of a gene over the whole tissue, the niche is the whole tissue.
    """
    tissue = (picture != np.asarray(palette.BACKGROUND, np.uint8)).any(axis=-1)
    tissue[len(tissue) - strip_height(len(tissue)) :] = False  # the evidence bar
    inside = tissue & (np.ptp(picture, axis=-1) > 0)
    luma = palette.expression_table() @ palette.LUMA
    level = np.interp(picture @ palette.LUMA, luma, np.linspace(0, 1, len(luma)))
    return FocusReading(np.where(tissue, level, 0.0), inside, tissue)


def focus_statistics(picture: np.ndarray) -> np.ndarray:
    """(5,) ``GENE_STATISTICS`` of a focus picture; 0 for a side without pixels."""
    focus = read_focus(picture)
    return _gene_statistics(focus.level, focus.inside, focus.tissue)


def pattern_statistics(question: Question) -> np.ndarray:
    """(5,) ``GENE_STATISTICS`` of a ``pattern`` question: a gene's map, and the black niche on a map of niches."""
    kinds = [spec.kind for spec in question.specs]
    gene_map = read_focus(question.images[kinds.index("expression")])
    return _gene_statistics(gene_map.level, _is_black(question.images[kinds.index("niches")]), gene_map.tissue)


def shape_statistics(question: Question) -> np.ndarray:
    """(5,) ``SHAPE_STATISTICS`` of the black niche on a map of niches, for example of a ``describe`` question."""
    from scipy import ndimage

    picture = question.images[[spec.kind for spec in question.specs].index("niches")]
    niche = _is_black(picture)
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
    """(1,) Pearson correlation of the brightness of the first two pictures over the tissue; 0 where one is constant."""
    first, second = (read_focus(image) for image in question.images[:2])
    a, b = first.level[first.tissue], second.level[first.tissue]
    return np.array([np.corrcoef(a, b)[0, 1] if np.ptp(a) and np.ptp(b) else 0.0])


def probability_from_statistics(train: np.ndarray, train_label: np.ndarray, test: np.ndarray) -> np.ndarray:
    """(n_test,) p(yes) of a logistic regression on statistics (n × k), fitted on the training questions."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return _fitted_probability(make_pipeline(StandardScaler(), _regression()), train, train_label, test)


def probability_from_other_genes(
    train: np.ndarray, train_label: np.ndarray, train_genes: Sequence[str], test: np.ndarray, test_genes: Sequence[str]
) -> np.ndarray:
    """As ``probability_from_statistics``, but each regression trains on the genes of the other folds (``FOLDS``)."""
    train_fold, test_fold = (np.array([gene_hash(g) % FOLDS for g in genes]) for genes in (train_genes, test_genes))
    p_yes = np.full(len(test), 0.5)
    for fold in np.unique(test_fold):
        others, answered = train_fold != fold, test_fold == fold
        p_yes[answered] = probability_from_statistics(train[others], train_label[others], test[answered])
    return p_yes


def gene_hash(gene: str) -> int:
    """A number for a gene, from its symbol in capitals. It decides the fold or the permutation of the gene."""
    return crc32(gene.upper().encode())


def predict_class(train: np.ndarray, train_class: Sequence[str], test: np.ndarray) -> list[str]:
    """Class of each test question, from a logistic regression with balanced classes on the training questions."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if len(set(train_class)) < 2:
        return [*train_class[:1]] * len(test)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, class_weight="balanced"))
    return [str(predicted) for predicted in model.fit(train, list(train_class)).predict(test)]


def probability_from_words(train: Sequence[str], train_label: np.ndarray, test: Sequence[str]) -> np.ndarray:
    """(n_test,) p(yes) of a logistic regression on the words of the prompts (1 to 3 at a time)."""
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.pipeline import make_pipeline

    words = HashingVectorizer(n_features=_N_FEATURES, ngram_range=(1, 3), token_pattern=r"[^\s?.,!:;]+")
    return _fitted_probability(make_pipeline(words, _regression()), list(train), train_label, list(test))


def _gene_statistics(level: np.ndarray, inside: np.ndarray, tissue: np.ndarray) -> np.ndarray:
    sides = (level[inside & tissue], level[tissue & ~inside])
    mean_in, mean_out = (float(side.mean()) if side.size else 0.0 for side in sides)
    lit_in, lit_out = (float((side > LIT).mean()) if side.size else 0.0 for side in sides)
    return np.array([mean_in, mean_out, mean_in - mean_out, lit_in, lit_out])


def _is_black(picture: np.ndarray) -> np.ndarray:
    return (picture == np.asarray(palette.ASKED, np.uint8)).all(axis=-1)


def _regression() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1000)


def _fitted_probability(model: Any, train: Any, label: np.ndarray, test: Any) -> np.ndarray:
    label = np.asarray(label, bool)
    if label.all() or not label.any():  # A regression needs two classes.
        return np.full(len(test), float(label.mean()) if len(label) else 0.5)
    return model.fit(train, label).predict_proba(test)[:, 1]
