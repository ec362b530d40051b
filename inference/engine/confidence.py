"""What a model says for certain: the sentences of an answer, how sure it was of each, and which of them are passed on.

A model that has learnt a language says something of everything, also of what it does not see. How probable its own
words were to it tells the two apart: on slides that it did not learn from, each kind of claim gets the sureness from
which on it is right often enough (`inference.evaluation.calibration_fit`), and what the model is less sure of is left
out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from data_prep.claims import Claim, hear_sentence, split_sentences

if TYPE_CHECKING:
    import torch

NEVER = 2.0
"""A sureness that no sentence has: for kinds of claims that are never right often enough."""


@dataclass(frozen=True)
class Sentence:
    """One sentence of an answer.

    Attributes:
        words: the sentence with its full stop.
        sureness: probability that the model gave to its words, one after the other, 0..1.
        claims: heard in it, in references; none where it is outside the vocabulary.
    """

    words: str
    sureness: float
    claims: tuple[Claim, ...]


def read_sentences(text: str, ends: Sequence[int], p: Sequence[float]) -> list[Sentence]:
    """The sentences of an answer.

    Args:
        text: of the answer.
        ends: letters of the text before its first token, and up to the end of each token (n + 1 numbers). A token that
            adds no letter, such as an end of turn, does not count.
        p: probability of each token given those before it (n numbers).
    """
    found = []
    start = 0
    for words in split_sentences(text):
        end = text.index(words, start) + len(words)
        sureness = 1.0
        for (before, after), share in zip(pairwise(ends), p, strict=True):
            if start < after <= end and after > before:
                sureness *= share
        found.append(Sentence(words, sureness, tuple(hear_sentence(words))))
        start = end
    return found


def token_ends(tokenizer: Any, ids: Sequence[int]) -> list[int]:
    """Where the tokens of an answer end in its text, for ``read_sentences``."""
    return [len(tokenizer.decode(ids[:i], skip_special_tokens=True)) for i in range(len(ids) + 1)]


def passed_on(sentences: Sequence[Sentence], least: Mapping[str, float]) -> str:
    """The text of those sentences that are sure enough.

    Args:
        sentences: of an answer.
        least: kind of claim → sureness from which on it is said. Other kinds, and sentences that claim nothing (the
            verdict among them), are always passed on.
    """
    kept = (s for s in sentences if all(s.sureness >= least.get(claim.kind, 0.0) for claim in s.claims))
    return " ".join(s.words for s in kept)


class Sureness:
    """Notes the probability of each token that is generated greedily (a ``LogitsProcessor``)."""

    def __init__(self) -> None:
        self.steps: list[list[float]] = []

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Called by ``generate`` at each step; changes nothing."""
        self.steps.append(scores.float().softmax(dim=-1).amax(dim=-1).tolist())
        return scores

    def of(self, row: int, n: int) -> list[float]:
        """Probabilities of the first ``n`` tokens of one answer of the batch."""
        return [step[row] for step in self.steps[:n]]
