"""The ledger of an answer: each sentence, each claim in it, and the number that supports or contradicts it.

No sentence is skipped, and no claim is added. A sentence in which no claim is heard is listed as not checked; one that
says more than its claims is listed as checked in part. An interview composes its sentences from claims, so they are
checked whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from data_prep import claims
from data_prep.claims import REFERENCES, Claim, Entry, Names, SlideNames
from data_prep.claims.asked_by import denial
from data_prep.claims.known_hearer import hear_known
from data_prep.facts.facts import Facts
from inference.answers.composing import Saying

NOT_CHECKED, PARTLY_CHECKED = "not checked", "partly checked"
"""Verdicts of a sentence in which no claim could be checked, and of one that says more than was checked."""
HOLDS_NO_CLAIM = "holds no claim that the counts could check"
"""Why a sentence was not checked."""
_EMPHASIS = re.compile(r"\*\*|`")
"""Markdown that would be in the way of a reader. Other signs may be part of a name."""
REMARK = "remark"
"""Verdict of a sentence that says nothing of the slide, such as "The model is not sure whether ...": none is needed."""
_OPPOSITE = {claims.SUPPORTED: claims.CONTRADICTED, claims.CONTRADICTED: claims.SUPPORTED}


@dataclass(frozen=True)
class LedgerEntry(Entry):
    """One line of the ledger: a claim, what the model gives for it, and what the counts say.

    Attributes:
        probability: calibrated probability that the claim is right, by the model, 0..1; None for a claim in prose,
            and where a server gives no probabilities.
        is_denied: whether the answer says that the claim is wrong. The sentence then is the denial, and the verdict is
            on the denial: supported where the counts contradict the claim.
    """

    probability: float | None = None
    is_denied: bool = False


@dataclass(frozen=True)
class CheckedSentence:
    """One sentence of an answer.

    Attributes:
        words: the sentence, with real names.
        entries: the claims in it.
        is_whole: whether it says nothing else.
        is_remark: whether it is about the answer, and says nothing of the slide. The program writes such sentences, and
            no model does.
    """

    words: str
    entries: tuple[LedgerEntry, ...] = ()
    is_whole: bool = True
    is_remark: bool = False

    @property
    def verdict(self) -> str:
        """Supported, contradicted, unclear, "partly checked", "not checked" or "remark".

        One contradicted claim makes the sentence wrong. It is supported if all it says is supported.
        """
        if self.is_remark:
            return REMARK
        verdicts = {entry.verdict for entry in self.entries}
        if verdicts <= {claims.UNCHECKABLE}:
            return NOT_CHECKED
        if claims.CONTRADICTED in verdicts:
            return claims.CONTRADICTED
        if not self.is_whole or claims.UNCHECKABLE in verdicts:
            return PARTLY_CHECKED
        return claims.UNCLEAR if claims.UNCLEAR in verdicts else claims.SUPPORTED


@dataclass(frozen=True)
class Ledger:
    """The sentences of an answer, their claims, and what the counts say of each.

    Attributes:
        sentences: in the order of the answer.
    """

    sentences: tuple[CheckedSentence, ...] = ()

    @property
    def entries(self) -> tuple[LedgerEntry, ...]:
        """Each claim once, in the order of the answer."""
        found: dict[Claim, LedgerEntry] = {}
        for sentence in self.sentences:
            for entry in sentence.entries:
                found.setdefault(entry.claim, entry)
        return tuple(found.values())

    @property
    def unheard(self) -> tuple[str, ...]:
        """Sentences without a claim of the vocabulary, with real names; they are not checked."""
        return tuple(sentence.words for sentence in self.statements if not sentence.entries)

    @property
    def statements(self) -> tuple[CheckedSentence, ...]:
        """The sentences without the remarks."""
        return tuple(sentence for sentence in self.sentences if not sentence.is_remark)

    @property
    def n_checked(self) -> int:
        """Sentences that were checked whole, or are contradicted."""
        return sum(sentence.verdict not in (NOT_CHECKED, PARTLY_CHECKED) for sentence in self.statements)

    @property
    def share_checked(self) -> float | None:
        """Share of the statements that were checked, 0..1; None without statements."""
        return self.n_checked / len(self.statements) if self.statements else None

    @property
    def n_supported(self) -> int:
        """Claims that the counts support."""
        return self._count(claims.SUPPORTED)

    @property
    def n_contradicted(self) -> int:
        """Claims that the counts contradict."""
        return self._count(claims.CONTRADICTED)

    @property
    def n_unclear(self) -> int:
        """Claims that the counts cannot decide."""
        return self._count(claims.UNCLEAR)

    @property
    def n_uncheckable(self) -> int:
        """Claims that nobody could check."""
        return self._count(claims.UNCHECKABLE)

    def _count(self, verdict: str) -> int:
        return sum(entry.verdict == verdict for entry in self.entries)


def check_sayings(sayings: Iterable[Saying], facts: Facts, *, is_known: bool = True) -> Ledger:
    """Checks each sentence of an interview against the facts of the slide.

    Args:
        sayings: what was said.
        facts: facts of the slide.
        is_known: False where a server gives no probabilities (`Engine.gives_probability`).
    """
    return Ledger(
        tuple(
            CheckedSentence(
                saying.words,
                tuple(
                    _entry(claims.check(statement.claim, facts), statement.probability if is_known else None)
                    for statement in saying.statements
                ),
            )
            for saying in sayings
        )
    )


def check_denial(claim: Claim, facts: Facts, probability: float | None = None) -> CheckedSentence:
    """Checks the statement that a claim is wrong, for kinds of claim that have no kind for their denial.

    Args:
        claim: that is denied, with real names.
        facts: facts of the slide.
        probability: of the denial to be right, by the model, 0..1; None where it is unknown.
    """
    checked, words = _entry(claims.check(claim, facts), probability), denial(claim)
    opposite = _OPPOSITE.get(checked.verdict, checked.verdict)
    return CheckedSentence(words, (replace(checked, verdict=opposite, sentence=words, is_denied=True),))


def check_answer(text: str, names: Names, facts: Facts, asked: Claim | None = None) -> Ledger:
    """Finds the claims in an answer and checks each against the facts of the slide.

    Args:
        text: answer in the model's own words, with real names of the slide, references, or both. Claims about what is
            known are heard in the words of the vocabulary, where the slide has knowledge.
        names: genes and niches that its references ("this gene", panel letters, "the niche", colours) stand for.
        facts: facts of the slide.
        asked: the claim that was asked about, with real names or references. "Yes." stands for it and "No." for its
            denial. None where the question was no yes/no question about one claim: then they stand for nothing.
    """
    heard = claims.hear_sentences(text, SlideNames.of(facts.slide))
    sentences = []
    for i, sentence in enumerate(heard):
        answers_itself = i > 0 and heard[i - 1].words.endswith("?")  # "Is it a ring? No."
        if not (sentence.is_retracted or answers_itself):
            sentence = _with_bare_answer(sentence, asked)
        words = claims.restore_names(" ".join(_EMPHASIS.sub("", sentence.words).split()), names)
        known = [] if sentence.is_retracted else hear_known(words, facts.slide)
        if known:
            sentences.append(CheckedSentence(words, tuple(_entry(claims.check(claim, facts)) for claim in known)))
            continue
        entries = tuple(_check(claim, names, facts) for claim in sentence.claims)
        sentences.append(CheckedSentence(words, entries, sentence.is_whole))
    return Ledger(tuple(sentences))


def _with_bare_answer(sentence: claims.HeardSentence, asked: Claim | None) -> claims.HeardSentence:
    """Gives "Yes." or "No." the claim that it stands for."""
    answer = claims.bare_answer(sentence.words)
    if answer is None or asked is None:
        return sentence
    said = asked if answer else claims.denial_of(asked)
    return replace(sentence, claims=(said,), is_whole=True) if said else sentence


def _check(claim: Claim, names: Names, facts: Facts) -> LedgerEntry:
    resolved = claims.resolve(claim, names)
    if any(_dangling(claim, names)):  # A panel or a colour that was not in the picture; a gene may have that very name.
        sentence = claims.sentence(resolved)
        return LedgerEntry(resolved, claims.UNCHECKABLE, "refers to nothing in the pictures", "", sentence)
    return _entry(claims.check(resolved, facts))


def _dangling(claim: Claim, names: Names) -> Iterator[bool]:
    """Whether each field of a claim is a reference that stands for nothing."""
    yield claim.gene in REFERENCES and claim.gene not in names.genes
    yield claim.niche in REFERENCES and claim.niche not in names.niches
    yield claim.other in REFERENCES and claim.other not in names.others
    yield claim.kind == "identity" and claim.value not in names.options


def _entry(checked: Entry, probability: float | None = None) -> LedgerEntry:
    return LedgerEntry(**vars(checked), probability=probability)
