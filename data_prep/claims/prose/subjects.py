"""Finds the subject of a phrase: the name before it, or that of the statement before."""

from __future__ import annotations

import re
from dataclasses import dataclass

from data_prep.claims.prose.phrase import Phrase
from data_prep.claims.prose.sentence_state import SIDES, SentenceState

SAFE_LEFT = re.compile(
    r"(?:^|[,;:–]|\b(?:think|thinks|believe|say|conclude|find|finds|see|note|suggests?|shows?|indicates?|means|"
    r"confirms?|"
    r"know|argue|assume|guess|has|reveals?|demonstrates?|and|but|while|whereas|so|because|since|as|although|though|"
    r"that|yet|where|here|only|both|neither|"
    r"none of|namely|yes|no|among them|this|these|conclude|therefore|whereby|for example|e\.g\.|i\.e\.))$"
)
"""What may stand before a subject. After any other word, a name is part of a longer one: "mutations of GFAP"."""
_FRONT = re.compile(
    r"(?:^|[,;:–] |\b(?:and|but|while|whereas|that|because|since|as) )(?:in|within|inside|for|across) "
    r"(?P<mark>§n\d+) ?,?$|^(?P<here>here) ,?$"
)
_HEADING = re.compile(r"^(?P<mark>§n\d+) [:–]$")
_LINKS = re.compile(
    r"^ ?,? ?(?:(?:and|but|while|yet|or|nor|as well as|plus|then|though|although|whereas|;|,|–|both|in turn) ?)*"
    r"(?:(?:it|they) ?)?$"
)
_NOT_THAT_BUT_THIS = (
    re.compile(r"(?P<yes>§[gnt]\d+) ?,? (?:but |and )?not (?P<no>§[gnt]\d+) ?,?$"),
    re.compile(r"\bnot (?P<no>§[gnt]\d+) ?,? but (?:rather )?(?P<yes>§[gnt]\d+) ?,?$"),
)
_BESIDE_OTHERS = re.compile(
    r"(?P<yes>§[gnt]\d+) ?,? (?:rather than|instead of|unlike|like|in contrast to|as opposed to|in addition to) "
    r"(?P<no>§[gnt]\d+) ?,?$"
)
_SUBJECT = re.compile(
    r"(?P<mark>§[gnt]\d+|\b(?:it|they)\b)(?: alone| genes?)?"
    r"(?: ?, (?!and|but|or|while|whereas|not)[^§,;]*,| ?[,:–])?(?: (?:which|that|who|and|both|also|all|each))*$"
)
_AFTER_OTHER_VERB = re.compile(
    r"(?P<mark>§[gnt]\d+) (?:peaks?|is|has|shows?|glows?|lights up)\b(?:(?!§[gt])[^;])* and$"
)
"""A subject whose first verb is not heard: "GFAP peaks in L1 and is enriched there"."""
_AMOUNT_FIRST = re.compile(
    r"(?:not |no |none )?(?:(?:clear|very) )?(?:higher|elevated|increased|raised|strong|high|intense|abundant|robust|"
    r"low|lower|reduced|decreased|lowered|diminished) "
)
"""A phrase that begins with an amount: "reduced GFAP in L1". After a verb, that amount may be the verb's doing."""
_SEEN = re.compile(r"\b(?:is|with|see|sees|seen|observes?|detects?|notes?|there)$")
_NONE = re.compile(r"\b(?:neither|none of)$")
_WHICH = re.compile(r"^ ?,? ?(?:which|that|who)$")


@dataclass(frozen=True)
class Subject:
    """The subject of a phrase.

    Attributes:
        names: its names; none for a phrase that is complete by itself.
        start: where it stands in the sentence.
        end: likewise.
        is_none: whether it denies what is said: "neither A nor B".
        is_choice: whether only one of the names is meant: "A or B".
        denied: names of which the contrary is said: "A, but not B, ...".
    """

    names: tuple[str, ...]
    start: int
    end: int
    is_none: bool = False
    is_choice: bool = False
    denied: tuple[str, ...] = ()


def find_subject(state: SentenceState, phrase: Phrase, match: re.Match[str], end: int) -> Subject | None:
    """Finds the subject of a phrase; None if it is not sure.

    Args:
        state: the sentence so far.
        phrase: what was found.
        match: where it was found.
        end: end of the statement before it.
    """
    gap = state.text[end : match.start()]
    if not phrase.subject:
        front = _FRONT.search(gap.rstrip())
        if front:
            state.front = front["mark"] or front["here"]
        elif _AMOUNT_FIRST.match(match[0]) and not any(p.search(gap.rstrip()) for p in (SAFE_LEFT, _SEEN)):
            return None
        return Subject((), match.start(), match.start())
    letter = SIDES[phrase.subject]
    if contrast := _contrast(state, phrase, gap.rstrip(), letter, end):
        return contrast
    if (aside := _AFTER_OTHER_VERB.search(gap.rstrip())) and aside["mark"][1] == letter and match[0].startswith("is "):
        start = end + aside.start("mark")
        if SAFE_LEFT.search(gap[: aside.start()].rstrip()):
            return Subject(state.names(aside["mark"], letter, start), start, start + len(aside["mark"]))
    if state.statements:
        if _WHICH.match(gap.strip()):
            return _nearest(state, letter, match.start(), end)
        is_place = phrase.kind == "centred" and state.statements[-1].phrase.subject == "niche"
        if _LINKS.match(gap) and (gap.strip() or match[0].startswith(("is", "with")) or is_place):
            return _inherited(state, phrase, match, gap)
    return _before(state, gap.rstrip(), letter, end)


def _before(state: SentenceState, gap: str, letter: str, end: int) -> Subject | None:
    """The name right before the phrase."""
    found = _SUBJECT.search(gap)
    if not found:
        return None
    before = gap[: found.start()].rstrip()
    if front := _FRONT.search(before) or _HEADING.search(before):
        state.front = front["mark"] or "here"
        state.spent.append((end + front.start(), end + front.end()))
    elif not SAFE_LEFT.search(before):
        return None
    names = state.names(found["mark"], letter, end + found.start())
    if not names:
        return None
    none = _NONE.search(before)
    start = end + (none.start() if none else found.start())
    entities = state.entities.get(found["mark"])
    is_choice = entities is not None and entities.joiner == "or"
    return Subject(names, start, end + found.end("mark"), none is not None, is_choice)


def _contrast(state: SentenceState, phrase: Phrase, gap: str, letter: str, end: int) -> Subject | None:
    """The subject of "A, but not B, ..." and "A, unlike B, ..."."""
    for pattern in (*_NOT_THAT_BUT_THIS, _BESIDE_OTHERS):
        both = pattern.search(gap)
        if (
            not both
            or {both["yes"][1], both["no"][1]} != {letter}
            or not SAFE_LEFT.search(gap[: both.start()].rstrip())
        ):
            continue
        is_denied = pattern is not _BESIDE_OTHERS and bool(phrase.denial)
        return Subject(
            names=state.names(both["yes"], letter, end + both.start()),
            start=end + both.start(),
            end=end + (both.end() if is_denied else both.end("yes")),
            denied=state.names(both["no"], letter, end + both.start()) if is_denied else (),
        )
    return None


def _nearest(state: SentenceState, letter: str, start: int, end: int) -> Subject | None:
    """The antecedent of "which": the last name before it."""
    marks = re.findall(r"§[gnt]\d+", state.text[:end])
    names = state.names(marks[-1], letter, end) if marks else ()
    return Subject(names, start, start) if len(names) == 1 else None


def _inherited(state: SentenceState, phrase: Phrase, match: re.Match[str], gap: str) -> Subject | None:
    """The subject of the statement before, for "... and is depleted in L2"."""
    last = state.statements[-1]
    if re.search(r"\b(?:it|they) ?$", gap):
        names = state.names("it", SIDES[phrase.subject], match.start())
    else:
        names = last.subject if last.phrase.subject == phrase.subject else ()
    is_elliptic = re.match(r"is |has |[a-z]+s\b|not ", match[0]) is None
    if not names or re.search(r"\bor\b", gap) or (last.is_denial and is_elliptic and "but" not in gap):
        return None
    return Subject(names, match.start(), match.start(), is_none=re.search(r"\bnor\b", gap) is not None)
