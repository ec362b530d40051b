"""What a model's answers are worth: the same questions answered with less.

* a blank picture, and the niche with its spots' brightness shuffled: what is left when the map is gone;
* the words of the question alone;
* five numbers read off the picture and a logistic regression: what is left for a model to add.

The shuffle works on the pictures of a dataset, which holds no slides: the brightness of all tissue pixels is permuted,
the niche keeps its place. A pixel, not a spot, is what moves; where a spot is several pixels wide the shuffled picture
is grainier than a slide could be, which makes no difference to what it shows about the niche: nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data_prep import palette
from data_prep.tasks import Question

LIT = 0.1
"""A pixel counts as lit from this brightness on (0..1 of the gene's clip value)."""
STATISTICS = ("inside mean", "outside mean", "difference", "lit inside", "lit outside")
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
    """
    tissue = (picture != np.asarray(palette.BACKGROUND, np.uint8)).any(axis=-1)
    inside = tissue & (np.ptp(picture, axis=-1) > 0)
    luma = palette.expression_table() @ palette.LUMA
    level = np.interp(picture @ palette.LUMA, luma, np.linspace(0, 1, len(luma)))
    return FocusReading(np.where(tissue, level, 0.0), inside, tissue)


def blank(question: Question) -> Question:
    """The same question with white pictures."""
    images = tuple(np.full_like(image, palette.BACKGROUND[0]) for image in question.images)
    return replace(question, images=images)


def shuffled(question: Question, rng: np.random.Generator) -> Question:
    """The same question with the brightness of its focus map's tissue pixels permuted; the niche stays in place."""
    seen = read_focus(question.images[0])
    steps = np.rint(rng.permutation(seen.level[seen.tissue]) * (palette.LEVELS - 1)).astype(np.int64)
    inside = seen.inside[seen.tissue][:, None]
    picture = question.images[0].copy()
    picture[seen.tissue] = np.where(inside, palette.expression_table()[steps], palette.grey_table()[steps])
    return replace(question, images=(picture, *question.images[1:]))


def five_statistics(picture: np.ndarray) -> np.ndarray:
    """(5,) ``STATISTICS`` of a focus picture; 0 for a side without pixels."""
    seen = read_focus(picture)
    sides = (seen.level[seen.inside], seen.level[seen.tissue & ~seen.inside])
    inside, outside = (float(side.mean()) if side.size else 0.0 for side in sides)
    lit_inside, lit_outside = (float((side > LIT).mean()) if side.size else 0.0 for side in sides)
    return np.array([inside, outside, inside - outside, lit_inside, lit_outside])


def statistics_probability(train: np.ndarray, train_label: np.ndarray, test: np.ndarray) -> np.ndarray:
    """p(yes) of a logistic regression on five statistics (n × 5), learnt on the train questions: (n_test,)."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return _fitted_probability(make_pipeline(StandardScaler(), _regression()), train, train_label, test)


def words_probability(train: Sequence[str], train_label: np.ndarray, test: Sequence[str]) -> np.ndarray:
    """p(yes) of a logistic regression on the prompts' words (1 to 3 at a time), learnt on the train questions."""
    from sklearn.feature_extraction.text import HashingVectorizer
    from sklearn.pipeline import make_pipeline

    words = HashingVectorizer(n_features=_N_FEATURES, ngram_range=(1, 3), token_pattern=r"[^\s?.,!:;]+")
    return _fitted_probability(make_pipeline(words, _regression()), list(train), train_label, list(test))


def _regression() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1000)


def _fitted_probability(model: Any, train: Any, label: np.ndarray, test: Any) -> np.ndarray:
    label = np.asarray(label, bool)
    if label.all() or not label.any():  # One answer only: nothing to learn but to say it.
        return np.full(len(test), float(label.mean()) if len(label) else 0.5)
    return model.fit(train, label).predict_proba(test)[:, 1]
