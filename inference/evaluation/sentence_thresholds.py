"""From which confidence each kind of claim is shown in the prose of a model that writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from data_prep.claims import CLAIM_TYPES, DECIDED, SUPPORTED, Claim, Names, check, resolve
from inference.engine.confidence import NEVER
from inference.engine.engine import Engine, Progress
from inference.evaluation.questions.altered_slides import AlterableSlide
from inference.evaluation.questions.row_questions import read_claims, read_questions

if TYPE_CHECKING:
    from datasets import Dataset

TARGET_PRECISION = 0.8
"""Share of the claims of a kind that must be right among those that the model makes in prose.

Each claim is checked against the counts where it is shown. This threshold only removes kinds that the model mostly
guesses."""
LOWER_BOUND = 0.1
"""Quantile of Jeffreys' interval that is used as the share of right claims. If a kind is made only a few times, nearly
all of these claims must be right."""


@dataclass(frozen=True)
class JudgedClaim:
    """A claim of the model: its kind, the confidence of its sentence, and whether it is right."""

    kind: str
    confidence: float
    is_right: bool


def judge_claims(
    engine: Engine, rows: Dataset, slides: Mapping[str, AlterableSlide], progress: Progress | None = None
) -> list[JudgedClaim]:
    """The claims that a model makes in answers to questions that ask for prose.

    Args:
        engine: the model; its present calibration is not used.
        rows: questions with their right answers.
        slides: slide name → slide. The counts decide what is right; {} lets the right answers decide.
        progress: called with (questions answered so far, all questions).
    """
    said = engine.sentences(read_questions(rows, slides), progress=progress)
    columns = rows.select_columns(["slide", "names", "claims"])
    return [
        JudgedClaim(claim.kind, sentence.confidence, is_right)
        for row, sentences in zip(columns, said, strict=True)
        for sentence in sentences
        for claim in sentence.claims
        if (is_right := _is_right(claim, row, slides.get(row["slide"]))) is not None
    ]


def fit_least_confidence(judged: Sequence[JudgedClaim]) -> dict[str, float]:
    """Finds for each kind of claim the least confidence from which ``TARGET_PRECISION`` of the claims are right.

    Returns:
        Kind → least confidence; ``NEVER`` for kinds that are not right often enough at any confidence, or that were
        made too seldom to tell. {} if no claim was judged, so that nothing is left out.
    """
    if not judged:
        return {}
    pairs_of: dict[str, list[tuple[float, float]]] = {kind: [] for kind in CLAIM_TYPES}
    for claim in judged:
        pairs_of[claim.kind].append((claim.confidence, float(claim.is_right)))
    return {kind: _least_confidence(pairs) for kind, pairs in pairs_of.items()}


def _is_right(claim: Claim, row: Mapping[str, Any], slide: AlterableSlide | None) -> bool | None:
    """Whether a claim is right; None where the counts cannot decide it."""
    if slide is None:
        return claim in read_claims(row)
    verdict = check(resolve(claim, Names(**json.loads(row["names"]))), slide.facts).verdict
    return verdict == SUPPORTED if verdict in DECIDED else None


def _least_confidence(pairs: Sequence[tuple[float, float]]) -> float:
    from scipy.stats import beta

    if not pairs:
        return NEVER
    confidence, is_right = np.array(sorted(pairs, reverse=True)).T
    right, made = np.cumsum(is_right), np.arange(1, len(pairs) + 1)
    lower = beta.ppf(LOWER_BOUND, right + 0.5, made - right + 0.5)
    # Sentences of equal confidence are kept together or not at all.
    last_of_value = np.r_[confidence[1:] != confidence[:-1], True]
    enough = np.flatnonzero((lower >= TARGET_PRECISION) & last_of_value)
    # Rounded down, so that the digits in the file keep the same sentences.
    return float(np.floor(confidence[enough[-1]] * 1e6) / 1e6) if enough.size else NEVER
