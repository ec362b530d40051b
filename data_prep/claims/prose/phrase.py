"""Phrase: one way to say claims of one kind in a reduced sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

GENE_SLOT = r"(?P<gene>§g\d+|it|they|them)"
NICHE_SLOT = r"(?P<niche>§n\d+|it|here|there)"
_MACROS: dict[str, str] = {
    "<G>": GENE_SLOT,
    "<N>": NICHE_SLOT,
    "<G2>": r"(?P<other>§g\d+|it)",
    "<N2>": r"(?P<other>§n\d+|it)",
    "<T>": r"(?P<other>§t\d+)",
    "<not>": r"(?P<negation>not |no |none )?",
    "<IN>": r"(?:in|within|inside|across|throughout|for)",
    "<STRENGTH>": (
        r"(?P<value>strongly|highly|markedly|heavily|dramatically|greatly|massively|very strongly|moderately|"
        r"modestly)"
    ),
    "<GOOD>": (
        r"(?:(?:good|strong|clear|top|best|bona fide|reliable|specific|canonical|known|classic|classical|useful|"
        r"robust|key|"
        r"main|major|prominent|typical|excellent|convincing|plausible|likely|promising|suitable|great|leading|"
        r"real|true|"
        r"genuine|single best|well-known|established|sure|other|further|another|positive|candidate|potential|"
        r"obvious|"
        r"nice|perfect|textbook|spatial|gene|such) )*"
    ),
    "<MARKER>": r"(?:marker genes?|gene markers?|markers?|hallmarks?|signature genes?)",
    "<TISSUE>": (
        r"(?:(?: part| side| region| area)? (?:of|in|on|within) (?:this |whole |entire )?"
        r"(?:tissue(?: section)?|section|slide|slice|sample|specimen|image|map|picture|figure|field(?: of view)?|"
        r"plot|capture area))?"
    ),
}


@dataclass(frozen=True)
class Phrase:
    """One way to say claims of one kind.

    Attributes:
        kind: of the claims.
        pattern: of the words, with the groups gene, niche, other, value and negation where it has them.
        subject: which field of the claim its subject is: "gene", "niche", or "other"; "" if the words are complete.
        denial: kind of the claim that the negated words make; "" if they make none.
        values: words of the group ``value`` → the claim's value; the words themselves if they are not in it.
        value: of all claims of this phrase, where it has no group ``value``.
        is_pair: the subject are two entities, which are the gene or niche and the other one of the claim.
        says_more: whether the words say more than the claim, for example that a gene is in no other niche.
        needs_front: the niche stands before the subject: "In L1, GFAP is enriched".
    """

    kind: str
    pattern: re.Pattern[str]
    subject: str = "gene"
    denial: str = ""
    values: dict[str, str] = field(default_factory=dict)
    value: str = ""
    is_pair: bool = False
    needs_front: bool = False
    says_more: bool = False


def phrases(
    kind: str,
    *patterns: str,
    subject: str = "gene",
    denial: str = "",
    values: dict[str, str] | None = None,
    value: str = "",
    is_pair: bool = False,
    needs_front: bool = False,
    says_more: bool = False,
    words: dict[str, str] | None = None,
) -> tuple[Phrase, ...]:
    """Phrases of one kind that differ in their words only; ``words`` are further macros of their patterns."""
    return tuple(
        Phrase(
            kind, _compile(pattern, words or {}), subject, denial, values or {}, value, is_pair, needs_front, says_more
        )
        for pattern in patterns
    )


def by_word(words_of_value: dict[str, str]) -> dict[str, str]:
    """Word → value, from value → its words with "|" between them."""
    return {word: value for value, words in words_of_value.items() for word in words.split("|")}


def one_of(words: Iterable[str]) -> str:
    """A pattern of any of some words, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def _compile(pattern: str, words: dict[str, str]) -> re.Pattern[str]:
    for macro, meaning in (*words.items(), *_MACROS.items()):
        pattern = pattern.replace(macro, meaning)
    return re.compile(rf"(?<![\w§-])(?:{pattern})(?![\w-])")
