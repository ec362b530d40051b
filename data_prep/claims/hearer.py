"""The hearer: reads claims from sentences."""

from __future__ import annotations

import re
from functools import cache

from data_prep.claims.claim import Claim
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.vocabulary import CLAIM_TYPES


def hear(text: str) -> list[Claim]:
    """Read the claims of a model's text, in order. Sentences outside the vocabulary give no claim."""
    return [claim for sentence in split_sentences(text) for claim in hear_sentence(sentence)]


def hear_sentence(sentence: str) -> list[Claim]:
    """Read the claims of one sentence; [] if the sentence is outside the vocabulary."""
    sentence = sentence.strip()
    for pattern, claim_type, slot in _patterns():
        if match := pattern.fullmatch(sentence):
            return claim_type.hear(match, slot)
    return []


def split_sentences(text: str) -> list[str]:
    """Split a text into sentences, each with its full stop."""
    return [part.strip() for part in re.findall(r"[^.]+\.?", text) if part.strip()]


@cache
def _patterns() -> list[tuple[re.Pattern[str], ClaimType, str]]:
    """(pattern of a sentence, the type of its claims, its list slot) of the whole vocabulary."""
    return [
        (pattern, claim_type, slot) for claim_type in CLAIM_TYPES.values() for pattern, slot in claim_type.patterns()
    ]
