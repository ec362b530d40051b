"""What is known while a sentence is read: its text, what its marks stand for, and the statements found so far."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from data_prep.claims.claim import Claim
from data_prep.claims.prose.antecedents import Antecedents
from data_prep.claims.prose.entities import Entities
from data_prep.claims.prose.phrase import Phrase
from data_prep.claims.vocabulary import CLAIM_TYPES

SIDES = {"gene": "g", "niche": "n"}
"""Field of a claim → the letter of its marks."""


@dataclass
class Statement:
    """A phrase that was found, with its subject.

    Attributes:
        phrase: what it says.
        subject: names of its subject.
        fields: names of the claims' fields.
        is_denial: whether it is negated.
        start: in the reduced sentence, of its subject if that stands before it.
        subject_end: end of that subject.
        phrase_start: start of the phrase. What stands before it, such as an apposition, is not checked.
        end: after its objects and its comparison.
        claims: what it claims; none if it is no claim that a kind can make.
        says_more: whether a part of it makes no claim.
    """

    phrase: Phrase
    subject: tuple[str, ...]
    fields: dict[str, tuple[str, ...]]
    is_denial: bool
    start: int
    subject_end: int
    phrase_start: int
    end: int
    claims: list[Claim] = field(default_factory=list)
    says_more: bool = False

    @property
    def spans(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Where the subject and the phrase stand."""
        return (self.start, self.subject_end), (self.phrase_start, self.end)


@dataclass
class SentenceState:
    """One reduced sentence while it is read.

    Attributes:
        text: the reduced sentence with marks.
        entities: mark → what it stands for.
        past: what pronouns refer to.
        statements: found so far.
        front: mark of the niche that stands before a subject: "In L1, ...".
        spent: further parts of the text that were understood.
    """

    text: str
    entities: dict[str, Entities]
    past: Antecedents
    statements: list[Statement] = field(default_factory=list)
    front: str = ""
    spent: list[tuple[int, int]] = field(default_factory=list)

    def names(self, words: str, letter: str, at: int) -> tuple[str, ...]:
        """The names that a mark or pronoun stands for; () if that is not sure.

        Args:
            words: a mark, or "it", "here", "there", "its", ...
            letter: of the marks that are meant: "g", "n" or "t".
            at: where it stands in the sentence.
        """
        if not words.startswith("§"):
            return self.past.of_pronoun("n") if words == "here" else self._of_pronoun(letter, at)
        entities = self.entities.get(words)
        if entities is None or words[1] != letter:
            return ()
        if not entities.is_pointing:
            return entities.names
        named = self._named_before(letter, at)
        return named[0] if len(named) == 1 else () if named else self.past.of_pointing(entities, letter)

    def _of_pronoun(self, letter: str, at: int) -> tuple[str, ...]:
        side = "gene" if letter == "g" else "niche"
        for statement in reversed(self.statements):
            if statement.phrase.subject == side and statement.subject:
                return statement.subject
            if side in statement.fields:
                return statement.fields[side] if len(statement.fields[side]) == 1 else ()
        named = self._named_before(letter, at)
        return named[0] if len(named) == 1 else () if named else self.past.of_pronoun(letter)

    def _named_before(self, letter: str, at: int) -> list[tuple[str, ...]]:
        """What the sentence names before a place, without what only points."""
        marks = re.findall(rf"§{letter}\d+", self.text[:at])
        named = [self.entities[mark].names for mark in marks if not self.entities[mark].is_pointing]
        longest = max(named, key=len, default=())
        return [longest] if named and all(set(names) <= set(longest) for names in named) else named


def letter_of(name: str, phrase: Phrase) -> str:
    """The letter of the marks of a field: of a gene, a niche, or what the other one of the kind is."""
    return SIDES.get(name) or {"gene": "g", "niche": "n", "cell type": "t"}[CLAIM_TYPES[phrase.kind].other]
