"""The hearer: reads claims from sentences, those of the vocabulary and free prose.

    hear("KRT19 marks Cancer. It is depleted in Stroma.", SlideNames.of(slide))

A sentence that is a template of a kind, word by word, is heard by that template, so ``hear(speak(claims)) == claims``.
All others are heard as prose (`data_prep.claims.prose`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from data_prep.claims.claim import THE_NICHE, Claim
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.mentions import SlideNames
from data_prep.claims.prose import Antecedents, HeardSentence, hear_prose, split_sentences
from data_prep.claims.prose.entities import REFERENCES
from data_prep.claims.vocabulary import CLAIM_TYPES

__all__ = ["hear", "hear_sentence", "hear_sentences", "split_sentences"]


def hear(text: str, names: SlideNames | None = None) -> list[Claim]:
    """Reads the claims of a text, in order. What cannot be mapped surely gives no claim.

    Args:
        text: any text of a model.
        names: names of the slide that the text may use; None for a text with references only.
    """
    return [claim for sentence in hear_sentences(text, names) for claim in sentence.claims]


def hear_sentence(sentence: str, names: SlideNames | None = None) -> list[Claim]:
    """Reads the claims of one sentence by itself; [] if it makes none."""
    return list(_hear(sentence.strip(), names, Antecedents()).claims)


def hear_sentences(text: str, names: SlideNames | None = None) -> list[HeardSentence]:
    """Reads a text sentence by sentence. A pronoun may refer to a sentence before; arguments as for `hear`."""
    heard: list[HeardSentence] = []
    for sentence in split_sentences(text):
        heard.append(_hear(sentence, names, heard[-1].past if heard else Antecedents()))
    return heard


def _hear(sentence: str, names: SlideNames | None, past: Antecedents) -> HeardSentence:
    free = hear_prose(sentence, names, past)
    for pattern, claim_type, slot in _patterns():
        if match := pattern.fullmatch(sentence):
            claims = claim_type.hear(match, slot)
            if slot and "niche" in claim_type.implied:
                claims = _about(claims, past)
            return replace(free, claims=tuple(claims), is_whole=bool(claims))
    return free


def _about(claims: list[Claim], past: Antecedents) -> list[Claim]:
    """Claims of a sentence such as "Panel A is its marker.", where a niche was named before that "its" stands for."""
    if past.niche is None or set(past.niche) <= REFERENCES:
        return claims
    return [replace(claim, niche=niche) for claim in claims for niche in past.niche if claim.niche == THE_NICHE]


@cache
def _patterns() -> list[tuple[re.Pattern[str], ClaimType, str]]:
    """(pattern of a sentence, the type of its claims, its list slot) of the whole vocabulary."""
    return [
        (pattern, claim_type, slot) for claim_type in CLAIM_TYPES.values() for pattern, slot in claim_type.patterns()
    ]
