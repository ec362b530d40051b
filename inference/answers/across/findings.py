"""Findings: what differs between two niches, each with the number of the difference itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import nan

from data_prep.claims import CONTRADICTED, SUPPORTED, UNCLEAR
from data_prep.claims.evidence import BETWEEN, verdict_of, what_decides
from data_prep.facts.measurement import Measurement

MODEL, COUNTS = "model", "counts"
"""Who says a finding: the model, whose answers on the two sides differ surely; or only the counts."""


@dataclass(frozen=True)
class Finding:
    """One statement about two niches and its check on both.

    Attributes:
        topic: "gene", "share", "place", "form", "parts", "neighbour" or "cell type".
        change: "gained", "lost", "stronger", "weaker", "higher", "lower", "grew", "shrank", "changed", or "same".
        sentence: the statement, with real names.
        about: the gene, neighbour or cell type that it is about; "" for the niche itself.
        verdict: supported, contradicted or unclear by the counts of both sides.
        statistic: what was measured.
        on_a: its value on the first side, in words.
        on_b: its value on the second side, in words.
        difference: the difference, second less first, in words.
        threshold: the limits that decide, in words.
        number: the difference; NaN where none is measured.
        error: its standard error; NaN likewise.
        q_value: adjusted p of the difference; NaN where it is not tested.
        needs: what would decide an unclear statement; "" for the others.
        by: `MODEL` or `COUNTS`.
        probability: of the statement to be right, by the model, 0..1; None where the counts say it, or where a server
            gives no probabilities.
    """

    topic: str
    change: str
    sentence: str
    about: str
    verdict: str
    statistic: str
    on_a: str
    on_b: str
    difference: str
    threshold: str
    number: float = nan
    error: float = nan
    q_value: float = nan
    needs: str = ""
    by: str = COUNTS
    probability: float | None = None

    @property
    def needs_words(self) -> str:
        """What would decide an unclear statement, for people."""
        return self.needs if self.needs in ("", BETWEEN) else f"needs {self.needs}"

    def said(self, probability: float | None) -> Finding:
        """The same, said by the model."""
        return replace(self, by=MODEL, probability=probability)


@dataclass(frozen=True)
class Part:
    """One of the things that must hold for a statement to be right.

    Attributes:
        verdict: what the counts say of it.
        needs: what would decide it where they cannot tell.
    """

    verdict: str
    needs: str = ""

    def denied(self) -> Part:
        """The same of the opposite."""
        return Part({SUPPORTED: CONTRADICTED, CONTRADICTED: SUPPORTED}.get(self.verdict, self.verdict), self.needs)


@dataclass(frozen=True)
class Limits:
    """When a difference is one.

    Attributes:
        yes: least difference.
        no: up to here it is none. What lies between is unclear.
        words: both for people.
    """

    yes: float
    no: float
    words: str

    def part(self, difference: Measurement) -> Part:
        """The verdict on "the difference is large", with the two-error rule of `verdict_of`, and what would decide."""
        verdict = all_of([verdict_of(difference, self.yes, self.no)])
        return Part(verdict, what_decides(difference, self.yes, self.no) if verdict == UNCLEAR else "")


def all_of(verdicts: Iterable[str]) -> str:
    """The verdict on a statement of several parts: contradicted if one part is, supported if all are."""
    found = set(verdicts)
    if CONTRADICTED in found:
        return CONTRADICTED
    return SUPPORTED if found == {SUPPORTED} else UNCLEAR
