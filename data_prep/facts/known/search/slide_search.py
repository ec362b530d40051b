"""Scores the niches of one slide for a phrase: by concepts, by place, and by what lies beside or at the rim.

The words of place are taken out first (`place_words`). What is left is split at "and", "with" and commas: each part
names something of its own, and counts the same. Evidence of what shall not be there ("few neurons") is subtracted.

    score = words + PLACE_SHARE × max(strongest words, RAISED) × place

with the mean evidence of the concepts for the words (`concepts`), and -1 to 1 for the place (`place_evidence`). The
names of niches are not compared with the phrase. They only serve to say beside what a niche lies: "border of WM".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.facts.known.search.concepts import Concept, combined, concepts_of
from data_prep.facts.known.search.place_evidence import PlaceFit, place_fit, rim_evidence
from data_prep.facts.known.search.place_words import RIM, PlaceWords, read_places
from data_prep.facts.known.search.word_index import UNDERSTOOD, Understood, WordIndex
from data_prep.facts.known.search.word_stems import spell_lymphocytes, words_of

if TYPE_CHECKING:
    from data_prep.facts.facts import Facts
    from data_prep.facts.known.search.text_vectors import TextVectors

RAISED = 1.2
"""Mean evidence from which on the words are raised in a niche. Niches of shuffled spots reach it for one phrase in
sixteen (`docs/find.md`). Words for cells of other organs are answered from here on only."""
SHOWN = 0.5
"""Below this, no niche shows the words. Between both an answer is weak."""
PLACE_SHARE = 0.75
"""What a perfect place is worth, beside the strongest words."""
BESIDE_RIM = 0.5
"""The rim of a niche is in the niche. What borders it comes second, so its place is worth this share."""
LACKING_SHARE = 0.5
"""Weight of the evidence of what shall not be there."""
_PARTS = re.compile(r"\s*(?:[,;]|\b(?:and|with|or|plus|but)\b)\s*", re.IGNORECASE)


class NotUnderstoodError(NicheLensError):
    """The texts about the genes of a slide do not say what a phrase says."""


@dataclass(frozen=True, eq=False)
class SlideSearch:
    """The niches of one slide, scored for a phrase.

    Attributes:
        facts: of the slide.
        understood: what each part of the phrase means; those of what is lacking are not among them.
        concepts: of each part.
        words: (n_niches,) mean evidence; zeros for a phrase of places only.
        rim: evidence at the rim of the niche ``reference`` beside its core; None where this was not asked or measured.
        place: fit to the words of place.
        reference: niche that the phrase names; "" for none.
        places: words of place.
        score: (n_niches,); -inf for a niche without spots, and for a reference that is not looked for itself.
    """

    facts: Facts
    understood: tuple[Understood, ...]
    concepts: tuple[tuple[Concept, ...], ...]
    words: np.ndarray
    rim: float | None
    place: PlaceFit
    reference: str
    places: PlaceWords
    score: np.ndarray

    @property
    def names_concepts(self) -> bool:
        """Whether the phrase says more than places."""
        return bool(self.understood)

    @property
    def strongest(self) -> float:
        """The largest mean evidence of the words in any niche."""
        return float(self.words.max(initial=0.0))


def search_slide(facts: Facts, phrase: str, vectors: TextVectors | None = None) -> SlideSearch:
    """Scores the niches of a slide.

    Args:
        facts: of the slide.
        phrase: the words.
        vectors: compares texts by a sentence model; None for TF-IDF.

    Raises:
        NotUnderstoodError: the phrase is not understood.
        NicheLensError: the slide has no knowledge.
    """
    known = facts.known
    if known is None:
        message = f"{facts.slide.name}: has no knowledge, so words have no meaning; give --knowledge FOLDER"
        raise NicheLensError(message)
    index = WordIndex.of(facts.slide, known.knowledge).with_vectors(vectors)
    places = read_places(spell_lymphocytes(phrase))
    reference = _reference(facts, index, places)
    if places.relation and not reference:
        places = places.without_reference()
    understood = _understand(index, places.rest)
    _check_understood(phrase, understood, places)
    concepts = tuple(tuple(concepts_of(part, known)) for part in understood)
    words = _mean_of_parts(concepts, len(facts.slide.niches))
    if places.lacking:
        lacking = [tuple(concepts_of(part, known)) for part in _understand(index, places.lacking)]
        words = words - LACKING_SHARE * _mean_of_parts(lacking, len(words))
    rim = None
    if places.relation == RIM:
        rim = _rim(facts, concepts, reference)
    place = place_fit(replace(places, relation=""), facts, reference if places.relation else "")
    found = SlideSearch(facts, understood, concepts, words, rim, place, reference, places, words)
    return replace(found, score=_score(found))


def _score(search: SlideSearch) -> np.ndarray:
    facts, names = search.facts, search.facts.slide.niches
    strength = max(search.strongest, RAISED)
    is_rim = search.places.relation == RIM
    score = search.words + (BESIDE_RIM if is_rim else 1.0) * PLACE_SHARE * strength * search.place.fit
    if search.reference:
        at = facts.slide.niche_index(search.reference)
        if is_rim:
            own = search.words[at] if search.rim is None else search.rim
            score[at] = own + PLACE_SHARE * strength
        elif not search.names_concepts:
            score[at] = -np.inf
    without = [name not in facts.shapes for name in names]
    return np.where(without, -np.inf, score)


def _reference(facts: Facts, index: WordIndex, places: PlaceWords) -> str:
    """The niche that "beside X" or "rim of X" means, by its name or by the words for it; "" if there is none."""
    if not places.relation:
        return ""
    named = [name for name in facts.shapes if _names(places.reference, name)]
    if named:
        return max(named, key=len)
    known = facts.known
    parts = _understand(index, places.reference)
    if known is None or not parts or _share(parts) < UNDERSTOOD:
        return ""
    evidence = _mean_of_parts([tuple(concepts_of(part, known)) for part in parts], len(facts.slide.niches))
    best = int(evidence.argmax())
    return facts.slide.niches[best] if evidence[best] >= SHOWN else ""


def _names(text: str, niche: str) -> bool:
    """Whether a text is the name of a niche; case counts for names of few letters."""
    return text == niche if len(niche) <= 3 else text.casefold() == niche.casefold()


def _understand(index: WordIndex, text: str) -> tuple[Understood, ...]:
    """What each part of a text means; parts without words of their own are left out."""
    parts = [part for part in _PARTS.split(text) if words_of(part) or re.search(r"\w", part)]
    found = [index.understand(part) for part in parts]
    return tuple(part for part in found if part.words or part.genes)


def _share(parts: Sequence[Understood]) -> float:
    total = sum(part.weight for part in parts)
    return sum(part.share * part.weight for part in parts) / total if total else 1.0


def _check_understood(phrase: str, parts: tuple[Understood, ...], places: PlaceWords) -> None:
    unknown = [word for part in parts for word in part.unknown]
    if not parts and not places.says_place:
        message = (
            f"'{phrase}' names no cell type, process, gene or place; write what a niche holds, for example "
            "'oligodendrocytes', 'hypoxia' or 'outermost layer'"
        )
        raise NotUnderstoodError(message)
    if parts and (_share(parts) < UNDERSTOOD or not any(part.lists or part.genes for part in parts)):
        shown = ", ".join(f"'{word}'" for word in dict.fromkeys(unknown)) or f"'{phrase}'"
        message = (
            f"'{phrase}' is not understood: no list and no gene text of the knowledge says {shown}; use other words, "
            "in English, or add files to --knowledge"
        )
        raise NotUnderstoodError(message)


def _mean_of_parts(parts: Sequence[Sequence[Concept]], n_niches: int) -> np.ndarray:
    """(n_niches,) mean evidence over the parts that have concepts."""
    values = [combined(part, [concept.evidence for concept in part]) for part in parts if part]
    return np.mean(values, axis=0) if values else np.zeros(n_niches)


def _rim(facts: Facts, parts: Sequence[Sequence[Concept]], reference: str) -> float | None:
    """Mean evidence of the concepts at the rim of a niche beside its core; None if it cannot be measured."""
    values = []
    for part in parts:
        at_rim = {concept: rim_evidence(facts, concept, reference) for concept in part}
        measured = {concept: np.array(value) for concept, value in at_rim.items() if value is not None}
        if measured:
            values.append(float(combined(list(measured), list(measured.values()))))
    return float(np.mean(values)) if values else None
