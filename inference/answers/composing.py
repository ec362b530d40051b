"""Composes plain sentences from statements, in a given order or the strongest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from data_prep.claims import CLAIM_TYPES, Claim
from data_prep.claims.claim_type import enumerate_words
from inference.answers.statements import Statement

_ONE, _SEVERAL = "{gene} is ", "{gene} are "


@dataclass(frozen=True)
class Saying:
    """One sentence of an answer.

    Attributes:
        words: the sentence, with real names.
        statements: what it states, in the order of its words.
    """

    words: str
    statements: tuple[Statement, ...]


def compose(statements: Sequence[Statement], place: Callable[[Claim], Any] = lambda claim: 0) -> Iterator[Saying]:
    """Writes statements as sentences: what is, then what is not, each by its place, and the strongest first.

    Statements share a sentence if they differ only in their gene ("A and B are enriched in L1.") or only in what they
    end with ("L1 borders L2 and L3."). It stands where its first statement does.

    Args:
        statements: what to say.
        place: claim → its place in the text; the lowest comes first.
    """

    def order(statement: Statement) -> tuple[bool, Any, float]:
        return statement.is_denial, place(statement.claim), -statement.strength

    groups: dict[tuple, list[Statement]] = {}
    for statement in sorted(statements, key=order):
        joined = _joined_field(statement.claim)
        key = replace(statement.claim, **{joined: ""}) if joined else statement.claim
        groups.setdefault((key, joined), []).append(statement)
    for (_, joined), group in groups.items():
        yield Saying(_sentence([statement.claim for statement in group], joined), tuple(group))


def compose_denials(statements: Sequence[Statement], niche: str, *, are_others: bool) -> Iterator[Saying]:
    """One sentence for the genes that are not enriched in a niche: it says how many there are.

    Args:
        statements: the denials; none gives no sentence.
        niche: name.
        are_others: whether other genes were named before.
    """
    n, other = len(statements), "other " if are_others else ""
    if n:
        words = f"{n} {other}gene was asked about and is" if n == 1 else f"{n} {other}genes were asked about and are"
        yield Saying(f"{words} not enriched in {niche}.", tuple(statements))


def _joined_field(claim: Claim) -> str:
    """The field of a claim that a sentence can say several times: "gene", "other" or "" for none."""
    template = _template(claim)
    if template.startswith(_ONE):
        return "gene"
    return "other" if template.endswith("{other}.") else ""


def _sentence(claims: Sequence[Claim], joined: str) -> str:
    claim, template = claims[0], _template(claims[0])
    if len(claims) > 1:
        claim = replace(claim, **{joined: enumerate_words([getattr(claim, joined) for claim in claims])})
        template = template.replace(_ONE, _SEVERAL)
    return CLAIM_TYPES[claim.kind].say(template, claim, real_names=True)


def _template(claim: Claim) -> str:
    return CLAIM_TYPES[claim.kind].fitting_templates(claim)[0]
