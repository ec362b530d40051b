"""Similarity of texts by vectors of a sentence model, instead of TF-IDF.

Any function from texts to vectors will do. A sentence model gives all texts some likeness, so a text counts only by how
far its cosine exceeds what most texts have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np

ENCODE_AT_ONCE = 64
"""Texts that a model reads at once."""
FAR_ABOVE = 3.0
"""Standard deviations above the median cosine at which a text begins to be similar."""
SURELY_SIMILAR = 0.95
"""A cosine above this is similar whatever the other texts have: the text is nearly the phrase."""
ROBUST_SPREAD = 1.4826
"""Standard deviations in a median absolute deviation of normal numbers. A few near texts do not widen it."""


@dataclass(frozen=True, eq=False)
class TextVectors:
    """Compares a phrase with texts by a model.

    Attributes:
        encode: texts → (n_texts, n_numbers) vectors, of any length but 0.
    """

    encode: Callable[[Sequence[str]], np.ndarray]
    _kept: WeakKeyDictionary[object, dict[str, np.ndarray]] = field(default_factory=WeakKeyDictionary, repr=False)

    def similar(self, phrase: str, owner: object, texts: Mapping[str, Sequence[str]]) -> dict[str, np.ndarray]:
        """How similar a phrase is to each text, 0..1; most texts have 0.

        Args:
            phrase: the words.
            owner: whose texts they are. Their vectors are kept for as long as it lives.
            texts: name of a collection → its texts.
        """
        if owner not in self._kept:
            self._kept[owner] = {name: self._unit_vectors(of_name) for name, of_name in texts.items()}
        asked = self._unit_vectors([phrase])[0]
        return {name: _above_most(vectors @ asked) for name, vectors in self._kept[owner].items()}

    def _unit_vectors(self, texts: Sequence[str]) -> np.ndarray:
        starts = range(0, len(texts), ENCODE_AT_ONCE)
        parts = [np.asarray(self.encode(texts[at : at + ENCODE_AT_ONCE]), dtype=np.float32) for at in starts]
        vectors = np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def _above_most(cosine: np.ndarray) -> np.ndarray:
    if not len(cosine):
        return cosine
    middle = float(np.median(cosine))
    least = middle + FAR_ABOVE * ROBUST_SPREAD * float(np.median(np.abs(cosine - middle)))
    least = min(least, SURELY_SIMILAR)
    return np.clip((cosine - least) / (1 - least), 0.0, 1.0)
