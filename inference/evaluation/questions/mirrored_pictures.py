"""Mirrored and rotated pictures, and a check that the place words of the answers change with them.

A model whose answer stays the same when its map is mirrored has not read the map. A mirrored picture equals the
picture of the mirrored tissue (a test compares the two), so it is not drawn again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from data_prep import claims
from data_prep.facts.niche_shapes import COMPASS
from data_prep.figures import palette
from data_prep.figures.frame import tissue_slices
from data_prep.figures.panels import PANELLED_KINDS, letter_slices, panel_slices
from data_prep.figures.spec import FigureSpec
from data_prep.tasks import Question
from inference.evaluation.scores.metrics import Score, score_mean

_HALVES = {"left": (-1, 0), "right": (1, 0), "upper": (0, -1), "lower": (0, 1)}
_DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
_WORDS: dict[str, dict[str, tuple[int, int]]] = {
    "located": {word: (x - 1, y - 1) for y, row in enumerate(COMPASS) for x, word in enumerate(row)},
    "partial": _HALVES,
    "gradient": _DIRECTIONS,
}
"""Kind of claim with place words → each word as a vector, x to the right and y down."""


@dataclass(frozen=True)
class PictureTransform:
    """A reflection or rotation of pictures.

    Attributes:
        name: for people.
        transform_picture: transforms (height, width, 3) pixels.
        transform_vector: transforms (x, y), with y pointing down, in the same way.
    """

    name: str
    transform_picture: Callable[[np.ndarray], np.ndarray]
    transform_vector: Callable[[int, int], tuple[int, int]]

    def word(self, kind: str, value: str) -> str:
        """The place word that replaces a claim's place word on the transformed picture."""
        vector = self.transform_vector(*_WORDS[kind][value])
        return next(word for word, where in _WORDS[kind].items() if where == vector)

    def question(self, question: Question) -> Question:
        """The same question with every picture transformed. Each lettered panel is transformed within its cell."""
        images = [self._image(*pair) for pair in zip(question.images, question.specs, strict=True)]
        return replace(question, images=tuple(images))

    def _image(self, image: np.ndarray, spec: FigureSpec) -> np.ndarray:
        if spec.kind not in PANELLED_KINDS:
            return self._picture(image)
        corner = letter_slices(image.shape[0] // 2)
        transformed = image.copy()
        for where in panel_slices(image.shape[0]):
            panel = image[where].copy()
            letter = panel[corner].copy()
            panel[corner] = palette.BACKGROUND
            panel = self._picture(panel)
            panel[corner] = letter
            transformed[where] = panel
        return transformed

    def _picture(self, image: np.ndarray) -> np.ndarray:
        """Transforms the tissue of a picture. The evidence bar stays."""
        transformed, tissue = image.copy(), tissue_slices(image.shape[0])
        transformed[tissue] = self.transform_picture(image[tissue])
        return transformed


LEFT_RIGHT = PictureTransform("mirrored left to right", lambda p: p[:, ::-1], lambda x, y: (-x, y))
UP_DOWN = PictureTransform("mirrored top to bottom", lambda p: p[::-1], lambda x, y: (x, -y))
QUARTER = PictureTransform("turned by 90° clockwise", lambda p: np.rot90(p, k=-1), lambda x, y: (-y, x))


@dataclass(frozen=True)
class PlaceWordScores:
    """How the place words of the answers change when the pictures are transformed.

    Attributes:
        n: answers with a place word that the transform changes. The other answers are not counted.
        turned: share of these answers in which every such word changes with the picture.
        stayed: share of these answers in which no such word changes.
    """

    n: int
    turned: Score
    stayed: Score


def score_place_words(
    transform: PictureTransform, before: Sequence[str], after: Sequence[str], *, seed: int = 0
) -> PlaceWordScores:
    """Compares answers on the original pictures with answers on the transformed pictures.

    Args:
        transform: of the pictures.
        before: answers on the original pictures, in words.
        after: answers to the same questions on the transformed pictures.
        seed: of the bootstrap.
    """
    turned, stayed = [], []
    for first, second in zip(before, after, strict=True):
        words_before, words_after = _place_words(first), _place_words(second)
        expected = {key: transform.word(key[0], word) for key, word in words_before.items()}
        changing = [key for key in expected if expected[key] != words_before[key]]
        if changing:
            turned.append(all(words_after.get(key) == expected[key] for key in changing))
            stayed.append(all(words_after.get(key) == words_before[key] for key in changing))
    shares = (score_mean(np.array(flags, float), seed=seed) for flags in (turned, stayed))
    return PlaceWordScores(len(turned), *shares)


def _place_words(text: str) -> dict[tuple[str, str, str], str]:
    """(kind, gene, niche) → place word, for the claims in an answer."""
    return {(claim.kind, claim.gene, claim.niche): claim.value for claim in claims.hear(text) if claim.kind in _WORDS}
