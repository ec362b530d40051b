"""The speaker: writes claims as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TypeVar

import numpy as np

from data_prep.claims.claim import Claim
from data_prep.claims.vocabulary import CLAIM_TYPES

T = TypeVar("T")


def speak(claims: Iterable[Claim], rng: np.random.Generator | None = None) -> str:
    """Write the claims as sentences, in order.

    Claims of one kind in a row that differ in one field only share a sentence.

    Args:
        claims: with references or real names.
        rng: draws the phrasings; None takes the plainest phrasing of each kind.
    """
    sentences = []
    for kind, claims_of_kind in groupby(claims, key=lambda claim: claim.kind):
        claim_type, group = CLAIM_TYPES[kind], list(claims_of_kind)
        if claim_type.can_join(group):
            sentences.append(claim_type.say_joined(_choose(claim_type.joined, rng), group))
        else:
            sentences += [sentence(claim, rng) for claim in group]
    return " ".join(sentences)


def speak_answer(claims: Iterable[Claim], verdict: bool, rng: np.random.Generator | None = None) -> str:
    """Write the answer to a yes/no question: "Yes." or "No.", then the claims that give the reasons."""
    return f"{'Yes' if verdict else 'No'}. {speak(claims, rng)}".strip()


def sentence(claim: Claim, rng: np.random.Generator | None = None, *, real_names: bool = False) -> str:
    """Write one claim as a sentence. The claim holds references or real names; the words around them are the same.

    Args:
        claim: the claim.
        rng: draws the phrasing; None takes the plainest.
        real_names: whether the claim holds real names, of which one may be that of a panel or a colour.

    Raises:
        ValueError: claims of this kind cannot have these fields.
    """
    claim_type = CLAIM_TYPES.get(claim.kind)
    templates = claim_type.fitting_templates(claim) if claim_type else []
    if not claim_type or not templates:
        message = f"no sentence for {claim}"
        raise ValueError(message)
    return claim_type.say(_choose(templates, rng), claim, real_names=real_names)


def _choose(choices: Sequence[T], rng: np.random.Generator | None) -> T:
    return choices[0 if rng is None else int(rng.integers(len(choices)))]
