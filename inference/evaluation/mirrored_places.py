"""Whether place words turn with the picture: an answer that stays the same when its map is mirrored has not looked.

A turned picture is exactly the picture of the turned tissue (a test compares the two), so nothing is drawn again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from data_prep import claims
from data_prep.facts.niche_shapes import COMPASS
from data_prep.figures import palette
from data_prep.figures.canvas import FigureSpec
from data_prep.tasks import Question
from inference.evaluation.metrics import Score, score_mean

_LETTER_HEIGHT, _LETTER_WIDTH, _LETTER_RIM = 5, 4, 2
"""Of the letters that `data_prep.figures.canvas` stamps into the upper left corner of a panel, per 64 pixels of panel."""
_LETTERED = ("montage", "composition")
_HALVES = {"left": (-1, 0), "right": (1, 0), "upper": (0, -1), "lower": (0, 1)}
_DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
_WORDS: dict[str, dict[str, tuple[int, int]]] = {
    "located": {word: (x - 1, y - 1) for y, row in enumerate(COMPASS) for x, word in enumerate(row)},
    "partial": _HALVES,
    "gradient": _DIRECTIONS,
}
"""Kinds of claim with place words → each word as a vector, x to the right and y down."""


@dataclass(frozen=True)
class Turn:
    """A way to turn a picture.

    Attributes:
        name: in words.
        picture: turns (height, width, 3) pixels.
        vector: turns (x, y), y pointing down.
    """

    name: str
    picture: Callable[[np.ndarray], np.ndarray]
    vector: Callable[[int, int], tuple[int, int]]

    def word(self, kind: str, value: str) -> str:
        """The place word of a claim after the turn."""
        vector = self.vector(*_WORDS[kind][value])
        return next(word for word, where in _WORDS[kind].items() if where == vector)

    def question(self, question: Question) -> Question:
        """The same question with every picture turned; lettered panels turn each in its place."""
        images = [self._image(*shown) for shown in zip(question.images, question.specs, strict=True)]
        return replace(question, images=tuple(images))

    def _image(self, image: np.ndarray, spec: FigureSpec) -> np.ndarray:
        if spec.kind not in _LETTERED:
            return np.ascontiguousarray(self.picture(image))
        half = image.shape[0] // 2
        scale = max(1, half // 64)
        corner = (slice(_LETTER_HEIGHT * scale + _LETTER_RIM), slice(_LETTER_WIDTH * scale + _LETTER_RIM))
        turned = image.copy()
        for y, x in ((0, 0), (0, half), (half, 0), (half, half)):
            panel = image[y : y + half, x : x + half].copy()
            letter = panel[corner].copy()
            panel[corner] = palette.BACKGROUND
            panel = self.picture(panel).copy()
            panel[corner] = letter
            turned[y : y + half, x : x + half] = panel
        return turned


LEFT_RIGHT = Turn("mirrored left to right", lambda p: p[:, ::-1], lambda x, y: (-x, y))
UP_DOWN = Turn("mirrored top to bottom", lambda p: p[::-1], lambda x, y: (x, -y))
QUARTER = Turn("turned by 90° clockwise", lambda p: np.rot90(p, k=-1), lambda x, y: (-y, x))


@dataclass(frozen=True)
class Turned:
    """What became of the place words of some answers.

    Attributes:
        n: answers with a place word that the turn changes; the others tell nothing.
        turned: share of them of which every such word turned with the picture.
        stayed: share of them of which no such word changed.
    """

    n: int
    turned: Score
    stayed: Score


def score_turn(turn: Turn, before: Sequence[str], after: Sequence[str], *, seed: int = 0) -> Turned:
    """Compares answers about pictures with answers about the same pictures turned."""
    turned, stayed = [], []
    for first, second in zip(before, after, strict=True):
        was, now = _place_words(first), _place_words(second)
        told = {key: turn.word(key[0], value) for key, value in was.items()}
        moves = [key for key in told if told[key] != was[key]]
        if moves:
            turned.append(all(now.get(key) == told[key] for key in moves))
            stayed.append(all(now.get(key) == was[key] for key in moves))
    shares = (score_mean(np.array(found, float), seed=seed) for found in (turned, stayed))
    return Turned(len(turned), *shares)


def _place_words(text: str) -> dict[tuple[str, str, str], str]:
    """(kind, gene, niche) → place word, of the claims heard in an answer."""
    return {(claim.kind, claim.gene, claim.niche): claim.value for claim in claims.hear(text) if claim.kind in _WORDS}
