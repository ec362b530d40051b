"""How sure a model is of each sentence of its answer, and which sentences are confident enough to be shown.

A model that has learnt to write says something about everything, even about what it does not see. The probability of
its own words tells the two apart: `inference.evaluation.calibration_fit` finds, on slides that the model was not
trained on, the confidence from which each kind of claim is right often enough. Less confident claims are left out.
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
"""A confidence that no sentence reaches: for kinds of claim that are never right often enough."""


@dataclass(frozen=True)
class Sentence:
    """One sentence of an answer.

    Attributes:
        words: the sentence with its full stop.
        confidence: probability that the model gave to its words, one after the other, 0..1.
        claims: claims in the sentence, with references instead of names; none where it is outside the vocabulary.
    """

    words: str
    confidence: float
    claims: tuple[Claim, ...]


def read_sentences(text: str, ends: Sequence[int], p: Sequence[float]) -> list[Sentence]:
    """Splits an answer into sentences.

    Args:
        text: the answer.
        ends: (n + 1,) number of letters before the first token, and up to the end of each token. A token that adds no
            letter, such as an end of turn, does not count.
        p: (n,) probability of each token, given the tokens before it.
    """
    sentences = []
    start = 0
    for words in split_sentences(text):
        end = text.index(words, start) + len(words)
        confidence = 1.0
        for (before, after), probability in zip(pairwise(ends), p, strict=True):
            if start < after <= end and after > before:
                confidence *= probability
        sentences.append(Sentence(words, confidence, tuple(hear_sentence(words))))
        start = end
    return sentences


def token_ends(tokenizer: Any, ids: Sequence[int]) -> list[int]:
    """Number of letters up to the end of each token, as `read_sentences` needs them."""
    return [len(tokenizer.decode(ids[:i], skip_special_tokens=True)) for i in range(len(ids) + 1)]


def filter_confident(sentences: Sequence[Sentence], least: Mapping[str, float]) -> str:
    """Joins the sentences of an answer that are confident enough.

    Args:
        sentences: sentences of the answer.
        least: kind of claim → least confidence. Other kinds of claim, and sentences without a claim (such as "Yes."),
            are always kept.
    """
    kept = (s for s in sentences if all(s.confidence >= least.get(claim.kind, 0.0) for claim in s.claims))
    return " ".join(s.words for s in kept)


class TokenProbabilities:
    """Records the probability of each token that is generated greedily (a ``LogitsProcessor``)."""

    def __init__(self) -> None:
        self.steps: list[list[float]] = []

    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Records one step. ``generate`` calls it; the scores stay as they are."""
        self.steps.append(scores.float().softmax(dim=-1).amax(dim=-1).tolist())
        return scores

    def of(self, row: int, n: int) -> list[float]:
        """Probabilities of the first ``n`` tokens of one answer of the batch."""
        return [step[row] for step in self.steps[:n]]
