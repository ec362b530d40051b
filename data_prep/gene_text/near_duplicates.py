"""Finds texts that say nearly the same in nearly the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import scipy.sparse as sp

NEAR_DUPLICATE = 0.9
"""Similarity of words from which two texts count as the same: one word in ten is exchanged. "This gene encodes a member
of the kelch-like family." and the same of another family are at 0.89, and are not the same answer."""
_SHINGLE = 3
_LEAST_SHARED = 0.4
"""Share of the shorter text's shingles that near duplicates share at least. One exchanged word of ten takes three of
eight shingles away."""
_MOST_TEXTS = 3000
"""Texts beyond which a shingle is too common to tell near duplicates ("the protein encoded by this gene")."""
_BLOCK = 512


def near_duplicate_pairs(
    texts: Sequence[str], others: Sequence[str], least: float = NEAR_DUPLICATE
) -> Iterator[tuple[int, int]]:
    """Index pairs (of ``texts``, of ``others``) whose similarity of words is at least ``least``.

    The similarity is one minus the insertions and deletions of words over the words of both texts (`rapidfuzz`). Texts
    with the same words are always found. Other pairs are compared where they share enough runs of three words.
    """
    from rapidfuzz.distance import Indel

    words, other_words = ([re.findall(r"\w+", text.lower()) for text in some] for some in (texts, others))
    first_other: dict[tuple[str, ...], list[int]] = {}
    for j, some in enumerate(other_words):
        first_other.setdefault(tuple(some), []).append(j)
    for i, some in enumerate(words):
        for j in first_other.get(tuple(some), ()):
            yield i, j
    for i, j in _candidates(words, other_words):
        if words[i] != other_words[j] and Indel.normalized_similarity(words[i], other_words[j]) >= least:
            yield i, j


def _candidates(words: list[list[str]], others: list[list[str]]) -> Iterator[tuple[int, int]]:
    """Pairs of different texts that share many shingles."""
    kinds = [list(dict.fromkeys(map(tuple, some))) for some in (words, others)]
    places: list[dict[tuple[str, ...], list[int]]] = [{kind: [] for kind in some} for some in kinds]
    for some, by_kind in zip((words, others), places, strict=True):
        for index, text in enumerate(some):
            by_kind[tuple(text)].append(index)
    if not words or not others:
        return
    left, right = (_shingles(some) for some in kinds)
    common = np.asarray(left.sum(axis=0) + right.sum(axis=0)).ravel() > _MOST_TEXTS
    sizes = [np.maximum(np.diff(part.indptr), 1) for part in (left, right)]
    left.data[common[left.indices]] = 0
    left.eliminate_zeros()
    columns = right.T.tocsr()
    for start in range(0, left.shape[0], _BLOCK):
        shared = (left[start : start + _BLOCK] @ columns).tocoo()
        shorter = np.minimum(sizes[0][start + shared.row], sizes[1][shared.col])
        for a, b in zip(
            *(index[shared.data >= _LEAST_SHARED * shorter] for index in (shared.row, shared.col)), strict=True
        ):
            for i in places[0][kinds[0][start + a]]:
                for j in places[1][kinds[1][b]]:
                    yield i, j


def _shingles(texts: Sequence[tuple[str, ...]]) -> sp.csr_matrix:
    """(texts × hashes) whether a text has a run of three words."""
    from sklearn.feature_extraction.text import HashingVectorizer

    def runs(words: tuple[str, ...]) -> list[str]:
        return [" ".join(words[i : i + _SHINGLE]) for i in range(max(len(words) - _SHINGLE + 1, 1))]

    hashed = HashingVectorizer(analyzer=runs, n_features=2**20, binary=True, norm=None, alternate_sign=False)
    return hashed.transform(texts).astype(np.int32)
