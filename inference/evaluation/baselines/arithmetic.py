"""Arithmetic that a model must beat: a regression on numbers of the pixels, and one on the words of the question.

Both are fitted on the training questions of the dataset. The numbers (`figure_statistics`) come from the very figure
that the model is shown. A logistic regression and gradient-boosted trees compete within the training questions, slide
by slide, and the better one answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from zlib import crc32

import numpy as np

from data_prep.figures.spec import FigureSpec
from data_prep.tasks import Question
from inference.evaluation.baselines.figure_statistics import FigureStatistics, map_correlation
from inference.evaluation.scores.metrics import weighted_auroc

FOLDS = 5
"""Folds of genes or of slides. A regression never trains on the fold that it answers."""
MIN_TRAIN = 20
"""With fewer training questions, arithmetic does not answer."""
_N_FEATURES = 2**16
_N_WORDS = 997


class QuestionStatistics:
    """Measures the pictures of questions. Questions about one picture (nine places of one niche) share its numbers."""

    def __init__(self) -> None:
        self._by_figure: dict[tuple[str, FigureSpec], FigureStatistics] = {}

    def measure(self, question: Question, slide: str, word: str = "") -> np.ndarray:
        """(n,) numbers of the pictures of a question.

        Args:
            question: with its pictures.
            slide: name of its slide.
            word: the value that is asked about. A place, half or direction is compared with the picture.
        """
        numbers = []
        for image, spec in zip(question.images, question.specs, strict=True):
            if (slide, spec) not in self._by_figure:
                self._by_figure[slide, spec] = FigureStatistics.measure(image)
            numbers.append(self._by_figure[slide, spec].numbers(word))
        if len(question.images) == 2:
            numbers.append(np.array([map_correlation(*question.images)]))
        return np.concatenate([*numbers, [crc32(word.encode()) % _N_WORDS]])


def probability_from_statistics(
    train: np.ndarray, train_label: np.ndarray, train_group: Sequence[str], test: np.ndarray
) -> np.ndarray:
    """(n_test,) p(yes) of the better of two regressions on statistics (n × k), fitted on the training questions.

    Args:
        train: statistics of the training questions.
        train_label: (n,) truth.
        train_group: (n,) slide or gene; the two regressions are compared on groups that they were not fitted on.
        test: statistics of the questions to answer.
    """
    label = np.asarray(train_label, bool)
    return _fitted_probability(_choose_regression(train, label, train_group), train, label, test)


def probability_from_other_genes(
    train: np.ndarray, train_label: np.ndarray, train_genes: Sequence[str], test: np.ndarray, test_genes: Sequence[str]
) -> np.ndarray:
    """As ``probability_from_statistics``, but each regression trains on the genes of the other folds (``FOLDS``)."""
    train_fold, test_fold = (np.array([gene_hash(g) % FOLDS for g in genes]) for genes in (train_genes, test_genes))
    label = np.asarray(train_label, bool)
    make = _choose_regression(train, label, train_genes)
    p_yes = np.full(len(test), 0.5)
    for fold in np.unique(test_fold):
        others, answered = train_fold != fold, test_fold == fold
        p_yes[answered] = _fitted_probability(make, train[others], label[others], test[answered])
    return p_yes


def gene_hash(gene: str) -> int:
    """A number for a gene, from its symbol in capitals. It decides the fold or the permutation of the gene."""
    return crc32(gene.upper().encode())


def probability_from_words(train: Sequence[str], train_label: np.ndarray, test: Sequence[str]) -> np.ndarray:
    """(n_test,) p(yes) of a logistic regression on the words of the prompts (1 to 3 at a time)."""
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    label = np.asarray(train_label, bool)
    if label.all() or not label.any():  # A regression needs two classes.
        return np.full(len(test), float(label.mean()) if len(label) else 0.5)
    words = HashingVectorizer(n_features=_N_FEATURES, ngram_range=(1, 3), token_pattern=r"[^\s?.,!:;]+")
    model = make_pipeline(words, LogisticRegression(max_iter=1000))
    return model.fit(list(train), label).predict_proba(list(test))[:, 1]


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))


def _boosted() -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(max_iter=150, learning_rate=0.08, l2_regularization=1.0, random_state=0)


def _fitted_probability(make: Callable[[], Any], train: np.ndarray, label: np.ndarray, test: np.ndarray) -> np.ndarray:
    if len(label) < MIN_TRAIN or label.all() or not label.any():
        return np.full(len(test), float(label.mean()) if len(label) else 0.5)
    return make().fit(train, label).predict_proba(test)[:, 1]


def _choose_regression(train: np.ndarray, label: np.ndarray, group: Sequence[str]) -> Callable[[], Any]:
    """The regression that ranks groups best on which it was not fitted."""
    from sklearn.model_selection import GroupKFold

    n_groups = len(set(group))
    if n_groups < 2 or len(label) < MIN_TRAIN:
        return _logistic
    folds = list(GroupKFold(min(FOLDS, n_groups)).split(train, label, groups=list(group)))
    return max((_logistic, _boosted), key=lambda make: _held_out_auroc(make, train, label, folds))


def _held_out_auroc(make: Callable[[], Any], train: np.ndarray, label: np.ndarray, folds: list) -> float:
    p_yes = np.full(len(label), 0.5)
    for fitted, answered in folds:
        if 0 < label[fitted].sum() < len(fitted):
            p_yes[answered] = make().fit(train[fitted], label[fitted]).predict_proba(train[answered])[:, 1]
    return float(weighted_auroc(label, p_yes, np.ones((1, len(label))))[0])
