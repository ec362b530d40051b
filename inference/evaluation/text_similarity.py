"""How near a written answer is to the right one, in words: ROUGE-L, and the rank of the right answer's likelihood."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from data_prep.tasks import Question
from inference.engine.engine import Engine

DISTRACTORS = 15
"""Wrong answers that a right one is ranked among."""


def rouge_l(said: str, right: str) -> float:
    """F1 of the longest common subsequence of words, in 0..1 (Lin 2004, "ROUGE", sentence level, no stemming).

    It rewards the wording of the right answer, which is drawn among several: another phrasing of the same claims scores
    lower.
    """
    a, b = (re.findall(r"\w+", text.lower()) for text in (said, right))
    if not a or not b:
        return float(a == b)
    longest = [0] * (len(b) + 1)
    for word in a:
        diagonal = 0
        for j, other in enumerate(b, start=1):
            above = longest[j]
            longest[j] = diagonal + 1 if word == other else max(above, longest[j - 1])
            diagonal = above
    return 2 * longest[-1] / (len(a) + len(b))


def likelihood_quantile(engine: Engine, question: Question, right: str, wrong: Sequence[str]) -> float:
    """Share of the wrong answers that the model finds less likely than the right one, in 0..1; 0.5 is chance.

    The likelihood of an answer is the sum over its tokens, so short answers have it easier, whether right or wrong.
    """
    found = engine.log_likelihood(question, [right, *wrong])
    return float(np.mean(found[0] > found[1:]) + np.mean(found[0] == found[1:]) / 2)


def draw_wrong(
    place: int, completions: Sequence[str], claims: Sequence[frozenset], rng: np.random.Generator
) -> list[str]:
    """Up to ``DISTRACTORS`` answers to other questions that claim something else than the right one, each once."""
    others = sorted({text for text, said in zip(completions, claims, strict=True) if said != claims[place]})
    others = [text for text in others if text != completions[place]]
    return [others[i] for i in rng.permutation(len(others))[:DISTRACTORS]]
