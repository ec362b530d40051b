"""The ledger of an answer: each claim of the model with the number that supports or contradicts it.

No sentence is skipped. A sentence with a claim is checked, and a sentence without one is listed as unheard. A sentence
that an interview composed always has one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from data_prep import claims
from data_prep.claims import THE_NICHE, THIS_GENE, Claim, Entry, Names
from data_prep.claims.asked_by import denial
from data_prep.facts.facts import Facts
from inference.answers.statements import Statement

_VERDICT_CLAIMS = {"Yes.": ("enriched",), "No.": ("not_enriched", "depleted")}
"""Kinds of claim that "Yes." and "No." stand for. The first is checked unless another sentence makes one of them."""


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
class Ledger:
    """The claims of an answer and their verdicts.

    Attributes:
        entries: one for each claim, in the order of the answer.
        unheard: sentences without a claim of the vocabulary, with real names; they are not checked.
    """

    entries: tuple[LedgerEntry, ...] = ()
    unheard: tuple[str, ...] = ()

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
        """Claims of which the counts cannot tell."""
        return self._count(claims.UNCLEAR)

    @property
    def n_uncheckable(self) -> int:
        """Claims that nobody could check."""
        return self._count(claims.UNCHECKABLE)

    def _count(self, verdict: str) -> int:
        return sum(entry.verdict == verdict for entry in self.entries)


def check_statements(statements: Iterable[Statement], facts: Facts, *, is_known: bool = True) -> Ledger:
    """Checks each statement of an interview against the facts of the slide.

    Args:
        statements: what was said.
        facts: facts of the slide.
        is_known: False where a server gives no probabilities (`Engine.gives_probability`).
    """
    return Ledger(
        tuple(
            _entry(claims.check(statement.claim, facts), statement.probability if is_known else None)
            for statement in statements
        )
    )


def check_denials(statements: Iterable[Statement], facts: Facts, *, is_known: bool = True) -> tuple[LedgerEntry, ...]:
    """Checks statements that a claim is wrong, of kinds of claim that have no kind for their denial.

    Args:
        statements: with the claims that are denied, and the probabilities of the denials.
        facts: facts of the slide.
        is_known: False where a server gives no probabilities.
    """
    entries = []
    for statement in statements:
        checked = _entry(claims.check(statement.claim, facts), statement.probability if is_known else None)
        opposite = _OPPOSITE.get(checked.verdict, checked.verdict)
        entries.append(replace(checked, verdict=opposite, sentence=denial(statement.claim), is_denied=True))
    return tuple(entries)


def check_answer(text: str, names: Names, facts: Facts) -> Ledger:
    """Finds the claims in an answer and checks each against the facts of the slide.

    Args:
        text: answer in the model's own words.
        names: genes and niches that its references ("this gene", panel letters, "the niche", colours) stand for.
        facts: facts of the slide.
    """
    heard: list[Claim] = []
    unheard: list[str] = []
    for words in claims.split_sentences(text):
        in_sentence = claims.hear_sentence(words)
        heard += in_sentence
        if not in_sentence and not (words in _VERDICT_CLAIMS and THIS_GENE in names.genes):
            unheard.append(claims.restore_names(words, names))
    if THIS_GENE in names.genes:
        heard = _with_verdict(text, heard)
    return Ledger(tuple(_check(claim, names, facts) for claim in heard), tuple(unheard))


def _with_verdict(text: str, heard: list[Claim]) -> list[Claim]:
    """Puts the claim of each "Yes." or "No." first, unless another sentence makes it."""
    kinds = {claim.kind for claim in heard if (claim.gene, claim.niche) == (THIS_GENE, THE_NICHE)}
    verdicts = [words for words in claims.split_sentences(text) if words in _VERDICT_CLAIMS]
    bare = [
        Claim(_VERDICT_CLAIMS[word][0], THIS_GENE, THE_NICHE)
        for word in dict.fromkeys(verdicts)
        if not kinds.intersection(_VERDICT_CLAIMS[word])
    ]
    return bare + heard


def _check(claim: Claim, names: Names, facts: Facts) -> LedgerEntry:
    resolved = claims.resolve(claim, names)
    dangling = (
        (claim.gene and claim.gene not in names.genes)
        or (claim.niche and claim.niche not in names.niches)
        or (claim.other and claim.other not in names.others)
        or (claim.kind == "identity" and claim.value not in names.options)
    )
    if dangling:  # A panel or a colour that was not in the picture; a gene may have that very name.
        sentence = claims.sentence(resolved)
        return LedgerEntry(resolved, claims.UNCHECKABLE, "refers to nothing in the pictures", "", sentence)
    return _entry(claims.check(resolved, facts))


def _entry(checked: Entry, probability: float | None = None) -> LedgerEntry:
    return LedgerEntry(**vars(checked), probability=probability)
