"""Reads what a phrase says of its subject: its objects, its value, and further objects after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from data_prep.claims.claim import Claim
from data_prep.claims.prose.phrase import Phrase
from data_prep.claims.prose.sentence_state import SentenceState, Statement, letter_of
from data_prep.claims.vocabulary import CLAIM_TYPES

VERB = (
    r"(?:is|not|has|marks?|labels?|borders?|touch|touches|avoids?|peaks?|rises?|falls?|increases?|decreases?|forms?|"
    r"covers?|consists?|shares?|colocalizes?|spills?|leaks?|follows?|tracks?|expresses|express|takes|occupies|"
    r"overlaps?|"
    r"excludes?|varies|surrounds?|abuts?|contains?|makes|lacks?|defines?|highlights?|shows?|mirrors?|reaches|extends?)"
)
"""Verbs that may begin the next clause."""
_PREPOSITION = r"(?:in|within|inside|of|for|by|from|with|to)"
_FURTHER = (
    r" ?,? ?(?:(?P<no>(?:but |and |yet |though |although )*not )|(?P<turn>(?:but |rather )+)|(?P<more>and "
    r"(?:also |partly )?|plus |or )|"
    r"(?P<aside>(?:rather than|instead of|unlike|in contrast to|as opposed to) ))"
    rf"(?P<preposition>{_PREPOSITION} )?(?P<mark>§LETTER\d+)(?!\w)(?! ?,? ?(?:{VERB}|which|that)\b)"
)


def read_value(phrase: Phrase, match: re.Match[str]) -> str | None:
    """The value of the claims of a phrase; None if its words are no value of the kind."""
    words = match.groupdict().get("value")
    if words is None:
        return phrase.value
    if phrase.kind == "gradient":
        words = " to ".join(re.findall(r"left|right|top|bottom|(?:up|down)wards?", words))
    value = phrase.values.get(words, words)
    return value if value in CLAIM_TYPES[phrase.kind].values else None


def read_fields(
    state: SentenceState, phrase: Phrase, match: re.Match[str], subject: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """Names of each field of the claims; {} if one of them is not sure."""
    groups = match.groupdict()
    fields = {phrase.subject: subject} if phrase.subject and subject else {}
    for name in ("gene", "niche", "other"):
        if groups.get(name):
            fields[name] = state.names(groups[name], letter_of(name, phrase), match.start(name))
    if phrase.needs_front:
        fields["niche"] = state.names(state.front, "n", match.start()) if state.front else ()
    pair = (
        state.names(groups["pair"], "g", match.start()) if groups.get("pair") else subject if phrase.is_pair else None
    )
    if pair is not None:
        side = "niche" if phrase.subject == "niche" else "gene"
        fields[side], fields["other"] = (pair[:1], pair[1:]) if len(pair) == 2 else ((), ())
    return fields if all(fields.values()) else {}


def make_claims(
    state: SentenceState, phrase: Phrase, fields: dict[str, tuple[str, ...]], value: str, *, is_denial: bool
) -> Iterator[Claim]:
    """The claims about all combinations of names; with "respectively", about the first ones, the second ones, ..."""
    kind = phrase.denial if is_denial else phrase.kind
    names = [fields.get(name, ("",)) for name in ("gene", "niche", "other")]
    rows = list(product(*names))
    if "respectively" in state.text and sum(len(each) > 1 for each in names) > 1:
        length = max(map(len, names))
        same = all(len(each) in (1, length) for each in names)
        rows = list(zip(*(each if len(each) > 1 else each * length for each in names), strict=True)) if same else []
    for gene, niche, other in rows if kind else []:
        if other not in (gene, niche) or not other:
            yield Claim(kind, gene, niche, value, other)


def has_choice(state: SentenceState, match: re.Match[str]) -> bool:
    """Whether an object leaves open which of several names is meant: "in L1 or L2"."""
    marks = [match.groupdict().get(name) for name in ("gene", "niche", "other")]
    return any(mark in state.entities and state.entities[mark].joiner == "or" for mark in marks if mark)


def read_further_objects(state: SentenceState, statement: Statement, value: str, match: re.Match[str]) -> None:
    """Reads "..., but not in L2" and "... and in L3" after a statement, and adds their claims to it."""
    groups = match.groupdict()
    name = next((n for n in ("niche", "gene", "other") if groups.get(n) and match.end(n) == match.end()), "")
    if not name:
        return
    further = re.compile(_FURTHER.replace("LETTER", letter_of(name, statement.phrase)))
    while more := further.match(state.text, statement.end):
        if not (more["no"] or more["aside"] or more["preposition"]):
            return
        statement.end = more.end()
        turns = bool(more["no"] or (more["turn"] and statement.is_denial))
        is_denial = statement.is_denial != turns
        is_open = state.entities[more["mark"]].joiner == "or" and not is_denial
        says_nothing = more["aside"] or (more["no"] and (statement.is_denial or not statement.phrase.denial))
        if more["more"] == "or " and not is_denial:  # "in L1 or in L2" leaves open which
            statement.claims = []
            return
        if is_open or says_nothing:
            statement.says_more = True
            continue
        fields = statement.fields | {name: state.names(more["mark"], more["mark"][1], more.start())}
        statement.claims += make_claims(state, statement.phrase, fields, "" if turns else value, is_denial=is_denial)
