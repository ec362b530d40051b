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
from data_prep.claims.prose.retractions import ALL, LAST, takes_back, under_denials
from data_prep.claims.vocabulary import CLAIM_TYPES

_BARE_ANSWER = re.compile(
    r"(?:a: ?)?(?:(?P<yes>(?:yes|indeed|correct)(?:[ ,]+(?:it|they|this|that) (?:is|does|are|do))?)|"
    r"no(?:[ ,]+(?:it|they|this|that) (?:is|does|are|do)(?: not|n't))?)[^\w?✓✔✅✗✘❌🚫]*",
    re.IGNORECASE,
)

__all__ = ["bare_answer", "denial_of", "hear", "hear_sentence", "hear_sentences", "split_sentences"]


def hear(text: str, names: SlideNames | None = None) -> list[Claim]:
    """Reads the claims of a text, in order. What cannot be mapped surely gives no claim.

    Args:
        text: any text of a model.
        names: names of the slide that the text may use; None for a text with references only.
    """
    return [claim for sentence in hear_sentences(text, names) for claim in sentence.claims]


def hear_sentence(sentence: str, names: SlideNames | None = None) -> list[Claim]:
    """Reads the claims of one sentence by itself; [] if it makes none."""
    return list(_hear(sentence.strip(), names, HeardSentence("")).claims)


def hear_sentences(text: str, names: SlideNames | None = None) -> list[HeardSentence]:
    """Reads a text sentence by sentence. A pronoun may refer to a sentence before, and "Yes." to a question before.

    Args:
        text: any text of a model.
        names: names of the slide that the text may use; None for a text with references only.
    """
    heard: list[HeardSentence] = []
    sentences = split_sentences(text)
    for sentence, is_denied in zip(sentences, under_denials(text, sentences), strict=True):
        if not any(letter.isalnum() for letter in sentence):  # a rule, a row of dashes
            continue
        n_before = {LAST: 1, ALL: len(heard)}.get(takes_back(sentence), 0)
        heard = [s.retracted() if i >= len(heard) - n_before else s for i, s in enumerate(heard)]
        new = _hear(sentence, names, heard[-1] if heard else HeardSentence(""))
        heard.append(new.retracted() if is_denied else new)
    return heard


def denial_of(claim: Claim) -> Claim | None:
    """The claim that a "No" to a claim makes; None if there is no kind for it."""
    question = CLAIM_TYPES[claim.kind].question
    return replace(claim, kind=question.denial) if question and question.denial and not claim.value else None


def bare_answer(sentence: str) -> bool | None:
    """Whether a sentence says only yes (True) or no (False); None for any other."""
    match = _BARE_ANSWER.fullmatch(sentence)
    return None if match is None else match["yes"] is not None


def _hear(sentence: str, names: SlideNames | None, before: HeardSentence) -> HeardSentence:
    claims = _by_template(sentence, before.past)
    if claims and names is None:
        return HeardSentence(sentence, claims, is_whole=True, past=before.past)
    free = hear_prose(sentence, names, before.past)
    if claims:
        is_partial = any(claim.kind == "partial" for claim in claims)  # "only" says more than is checked
        return replace(free, claims=claims, is_whole=not is_partial or free.is_whole)
    answer = bare_answer(sentence)
    if answer is None or len(before.asked) != 1:
        return free
    said = before.asked[0] if answer else denial_of(before.asked[0])
    return replace(free, claims=(said,), is_whole=True, past=before.past) if said else free


def _by_template(sentence: str, past: Antecedents) -> tuple[Claim, ...]:
    """The claims of a sentence of the vocabulary with references; () for any other sentence."""
    for pattern, claim_type, slot in _patterns():
        if match := pattern.fullmatch(sentence):
            claims = claim_type.hear(match, slot)
            return tuple(_about(claims, past) if slot and "niche" in claim_type.implied else claims)
    return ()


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
