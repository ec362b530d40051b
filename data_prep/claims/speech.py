"""Speaks claims and hears them again; puts references in the place of names and names in the place of references."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from typing import TypeVar

import numpy as np

from data_prep.claims.claim import FIRST_GENE, SECOND_GENE, THE_NICHE, THIS_GENE, Claim, ClaimType, Names
from data_prep.claims.vocabulary import TYPES
from data_prep.figures import palette
from data_prep.figures.canvas import PANELS, TYPE_PANELS

T = TypeVar("T")


def speak(claims: Iterable[Claim], rng: np.random.Generator | None = None) -> str:
    """A sentence for each claim, in order; claims of one kind in a row that differ in one field share a sentence.

    Args:
        claims: in references or with real names.
        rng: draws the phrasings; None takes the first of each kind.
    """
    said = []
    for kind, some in groupby(claims, key=lambda claim: claim.kind):
        group = list(some)
        if TYPES[kind].joins(group):
            said.append(TYPES[kind].say_all(_pick(TYPES[kind].joined, rng), group))
        else:
            said += [sentence(claim, rng) for claim in group]
    return " ".join(said)


def speak_answer(claims: Iterable[Claim], verdict: bool, rng: np.random.Generator | None = None) -> str:
    """The answer to a yes/no question: the verdict, then its reasons."""
    return f"{'Yes' if verdict else 'No'}. {speak(claims, rng)}".strip()


def sentence(claim: Claim, rng: np.random.Generator | None = None) -> str:
    """One claim as a sentence; the same words whether its names are references or real ones.

    Raises:
        ValueError: no claim of this kind has these fields.
    """
    known = TYPES.get(claim.kind)
    fitting = known.fitting(claim) if known else []
    if not known or not fitting:
        msg = f"no sentence for {claim}"
        raise ValueError(msg)
    return known.say(_pick(fitting, rng), claim)


def hear(text: str) -> list[Claim]:
    """The claims in a model's words, in order; sentences outside the vocabulary give none."""
    return [claim for part in split_sentences(text) for claim in hear_sentence(part)]


def split_sentences(text: str) -> list[str]:
    """Sentences of a text, each with its full stop."""
    return [part.strip() for part in re.findall(r"[^.]+\.?", text) if part.strip()]


def hear_sentence(words: str) -> list[Claim]:
    """The claims of one sentence; [] when it is not in the vocabulary."""
    words = words.strip()
    for pattern, known, slot in _hearers():
        if match := pattern.fullmatch(words):
            return known.hear(match, slot)
    return []


def resolve(claim: Claim, names: Names) -> Claim:
    """A heard claim with real names; a reference that stands for nothing stays as it is and cannot be checked."""
    value = names.options.get(claim.value, claim.value) if claim.kind == "identity" else claim.value
    return replace(
        claim,
        gene=names.genes.get(claim.gene, claim.gene),
        niche=names.niches.get(claim.niche, claim.niche),
        other=names.others.get(claim.other, claim.other),
        value=value,
    )


def refer(claim: Claim, names: Names) -> Claim:
    """The inverse of ``resolve``: real names become the references that a model uses."""

    def back(known: dict[str, str], name: str) -> str:
        return next((reference for reference, real in known.items() if real == name), name)

    known = TYPES[claim.kind].other
    others = {"niche": names.niches, "gene": names.genes, "cell type": names.cell_types}[known]
    return replace(
        claim,
        gene=back(names.genes, claim.gene),
        niche=back(names.niches, claim.niche),
        other=back(others, claim.other),
        value=back(names.options, claim.value) if claim.kind == "identity" else claim.value,
    )


def put_back(text: str, names: Names) -> str:
    """A model's text for people: references replaced by gene symbols, niche names and cell types."""
    genes = {key.lower(): name for key, name in names.genes.items()}
    niches = {key.lower(): name for key, name in names.niches.items()}

    def named(match: re.Match[str]) -> str:
        word = match.group(0)
        if colour := match.group("colour"):
            return niches.get(colour.lower(), word)
        if number := match.group("option"):
            return names.options.get(number, word)
        found = genes.get(word.lower(), niches.get(word.lower()))
        return found or names.cell_types.get(word, word)

    colours = "|".join(palette.NICHE_COLOURS)
    letters = "".join((*PANELS, *TYPE_PANELS))
    text = re.sub(rf"[Pp]anels? (?=[{letters}]\b)", "", text)
    words = "|".join(f"[{word[0].upper()}{word[0]}]{word[1:]}" for word in (THIS_GENE, FIRST_GENE, SECOND_GENE))
    pattern = (
        rf"\b(?:{words}|[Tt]he (?P<colour>{colours}) niche|[Tt]{THE_NICHE[1:]}|option (?P<option>\d)|[{letters}])\b"
    )
    return re.sub(pattern, named, text)


def _pick(choices: Sequence[T], rng: np.random.Generator | None) -> T:
    return choices[0 if rng is None else int(rng.integers(len(choices)))]


@lru_cache(maxsize=1)
def _hearers() -> list[tuple[re.Pattern[str], ClaimType, str]]:
    return [(pattern, known, slot) for known in TYPES.values() for pattern, slot in known.patterns()]
