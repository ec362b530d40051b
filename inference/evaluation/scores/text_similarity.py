"""Similarity of a written answer to the right one: ROUGE-L, and the rank of the right answer's likelihood."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from data_prep.tasks import Question
from inference.engine.engine import Engine

MAX_WRONG_ANSWERS = 15
"""Wrong answers that a right one is ranked among."""


def rouge_l(answer: str, right: str) -> float:
    """ROUGE-L F1 in 0..1 (Lin 2004, "ROUGE", sentence level, no stemming).

    It is twice the longest common subsequence of words over the words of both texts, which equals the normalised
    insertion and deletion similarity. It depends on the phrasing of the right answer: another phrasing of the same
    claims scores lower.
    """
    from rapidfuzz.distance import Indel

    words, right_words = (re.findall(r"\w+", text.lower()) for text in (answer, right))
    return Indel.normalized_similarity(words, right_words)


def likelihood_quantile(engine: Engine, question: Question, right: str, wrong: Sequence[str]) -> float:
    """Share of the wrong answers that are less likely to the model than the right one, in 0..1; 0.5 is chance.

    The likelihood of an answer is the sum over its tokens. It favours short answers, whether right or wrong.
    """
    likelihood = engine.log_likelihood(question, [right, *wrong])
    return float(np.mean(likelihood[0] > likelihood[1:]) + np.mean(likelihood[0] == likelihood[1:]) / 2)


def draw_wrong_answers(
    index: int, completions: Sequence[str], claims: Sequence[frozenset], rng: np.random.Generator
) -> list[str]:
    """Draws up to ``MAX_WRONG_ANSWERS`` distinct answers to other questions whose claims differ.

    Args:
        index: of the right answer.
        completions: right answers to all questions.
        claims: claims of each right answer.
        rng: draws.
    """
    others = sorted({text for text, made in zip(completions, claims, strict=True) if made != claims[index]})
    others = [text for text in others if text != completions[index]]
    return [others[i] for i in rng.permutation(len(others))[:MAX_WRONG_ANSWERS]]
