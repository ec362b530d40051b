"""Reads the claims of a reduced sentence: finds its phrases, one after the other, and drops those that do not count."""

from __future__ import annotations

import re

from data_prep.claims.claim import Claim
from data_prep.claims.prose.antecedents import Antecedents
from data_prep.claims.prose.entities import Entities
from data_prep.claims.prose.lexicon import PHRASES
from data_prep.claims.prose.objects import (
    VERB,
    has_choice,
    make_claims,
    read_fields,
    read_further_objects,
    read_value,
)
from data_prep.claims.prose.phrase import Phrase
from data_prep.claims.prose.reservations import denies, is_hypothetical, read_comparison, read_frame, reserves
from data_prep.claims.prose.sentence_state import SIDES, SentenceState, Statement
from data_prep.claims.prose.stronger_words import says_more
from data_prep.claims.prose.subjects import SAFE_LEFT, Subject, find_subject
from data_prep.claims.vocabulary import CLAIM_TYPES

_OBJECT_THEN_VERB = re.compile(
    r"\b(?:in|within|inside|(?<!none )(?<!one )(?<!some )of|for|by|with|to|from|into|marks?|labels?|borders?|"
    r"touch|touches|"
    rf"abuts?|avoids?|defines?|highlights?|expresses|has|more|high|meets?) (?P<mark>§(?P<letter>[gn])\d+) "
    rf"?,?(?= {VERB}\b)"
)
_CLAUSE_END = re.compile(r"[,;:–]|\b(?:but|while|whereas|although|though|however|yet)\b")
_STRONG_CLAUSE_END = re.compile(r"[;]|,? ?\b(?:but|while|whereas|however|yet)\b(?! not)|\band (?=§)")
_TISSUE = (
    r"(?:tissue|slide|section|sample|slice|maps?|pictures?|figure|images?|data|dataset|patient|case|plot|focus map)"
)
_FOLLOWS = re.compile(
    r"^ ?(?:$|[,;:.–]|(?:and|but|as|than|compared|relative|versus|vs|with|while|whereas|where|which|that|who|"
    r"although|though|"
    r"because|since|so|suggesting|indicating|consistent|making|within this|when|then|here|there|like|unlike|"
    r"around|without|for|"
    r"by|both|yet|"
    r"not|nor|rather|instead|respectively|only(?= ?(?:$|[,;]))|too|over|reflecting|confirming|supporting|"
    r"according|given|on this|"
    rf"(?:in|on|at|across|over|throughout) (?:this |whole |entire |our |both )?{_TISSUE})\b)"
)
"""What may follow a phrase. Any other word may change what it says."""
_PLACE_FOLLOWS = re.compile(r"^ (?:in|at|on) (?:upper|lower|left|right|top|bottom|centre|middle)\b")
_LIMITS = re.compile(
    r"^ ?,? ?(?:(?:and|as|but so is|but|as well as) )?(?:in )?(?:everywhere|everything|all other|elsewhere|"
    r"anywhere|other niches)\b|"
    r"^ ?,? ?or\b|^ ?,? ?as (?:much|it is|they is|in|strongly|highly|elsewhere|everywhere)\b|^ ?,? ?but (?:in|"
    r"for)\b(?! §n\d+ ,? ?(?:it|§g))|"
    r"^ ?(?:except|but for|apart from|excluding|save|in part|at best)\b"
)
_OF_PART = re.compile(r"[ ,]*(?:(?:in|of|for|within|inside|at|on) §|(?:of|with) (?:high|more|many|deep|rich)\w*\b)")
_POINTS_BACK = re.compile(r"[ ,]*(?:here|there)\b")
"""What follows a phrase about the slide if it means a part of it, or the opposite: "a bubble with high depth"."""
_ELLIPSIS = re.compile(
    r"(?P<subject>§[gn]\d+) (?:is )?not(?: so)?(?= ?(?:$|[,;:–]))|"
    r"\blikewise(?P<not>-not)? (?P<same>§[gn]\d+)(?= ?(?:$|[,;:–]))"
)


def read_clauses(text: str, entities: dict[str, Entities], past: Antecedents) -> tuple[SentenceState, str]:
    """Reads the statements of a reduced sentence.

    Args:
        text: the reduced sentence with marks.
        entities: mark → what it stands for.
        past: what pronouns refer to.

    Returns:
        The sentence with its statements, of which those that are no sure claims have none; and the words that no
        claim used.
    """
    entities = dict(entities)
    text, is_turned = read_frame(text)
    state = SentenceState(_split_lists(text, entities), entities, past)
    end = 0
    for start, _, phrase, match in [] if is_hypothetical(state.text) else _candidates(state.text):
        if start < end:
            continue
        statement = _read_statement(state, phrase, match, end) if phrase else _read_ellipsis(state, match, end)
        if statement is not None:
            state.statements.append(statement)
            end = statement.end
    for i, statement in enumerate(state.statements):
        if _is_reserved(state, i):
            statement.claims = []
        elif is_turned:
            statement.claims = _turn(state, statement)
    return state, _leftover(state)


def _candidates(text: str) -> list[tuple[int, int, Phrase | None, re.Match[str]]]:
    """Where phrases are found, the longest first where several begin; None for the phrase of the statement before."""
    found: list[tuple[int, int, Phrase | None, re.Match[str]]] = [
        (match.start(), match.end(), phrase, match) for phrase in PHRASES for match in phrase.pattern.finditer(text)
    ]
    found += [(match.start(), match.end(), None, match) for match in _ELLIPSIS.finditer(text)]
    return sorted(found, key=lambda hit: (hit[0], -hit[1]))


def _read_statement(state: SentenceState, phrase: Phrase, match: re.Match[str], end: int) -> Statement | None:
    subject = find_subject(state, phrase, match, end)
    if subject is None:
        return None
    fields = read_fields(state, phrase, match, subject.names)
    if CLAIM_TYPES[phrase.kind].is_about_slide:
        if _is_about_part(state, match, end):
            return None
    elif not fields:
        return None
    is_denial = bool(match.groupdict().get("negation")) != subject.is_none
    statement = Statement(
        phrase, subject.names, fields, is_denial, subject.start, subject.end, match.start(), match.end()
    )
    if not _fill_in_claims(state, statement, match, subject):
        statement.claims = []
    return statement


def _is_about_part(state: SentenceState, match: re.Match[str], end: int) -> bool:
    """Whether words about the slide are said of one niche or gene: "In Niche A, depth drops at the edge"."""
    before, after = state.text[end : match.start()], state.text[match.end() :]
    points_back = _POINTS_BACK.match(after) and "§" in state.text[: match.start()]
    return bool(state.front or "§" in before or points_back or _OF_PART.match(after))


def _fill_in_claims(state: SentenceState, statement: Statement, match: re.Match[str], subject: Subject) -> bool:
    """Fills in the claims of a statement. Returns whether what follows it leaves it a claim."""
    phrase, value = statement.phrase, read_value(statement.phrase, match)
    denied_twice = bool(match.groupdict().get("negation")) and subject.is_none
    of_degree = bool(value) and statement.is_denial and bool(phrase.denial)  # "not strongly enriched"
    is_open = (has_choice(state, match) or subject.is_choice) and not statement.is_denial
    is_stronger = says_more(phrase.kind, match)  # "not the best marker" does not deny that it is one
    if value is None or denied_twice or of_degree or is_open or (is_stronger and statement.is_denial):
        return False
    statement.says_more = is_stronger
    statement.claims = list(make_claims(state, phrase, statement.fields, value, is_denial=statement.is_denial))
    if subject.denied:
        fields = statement.fields | {phrase.subject: subject.denied}
        statement.claims += make_claims(state, phrase, fields, "", is_denial=not statement.is_denial)
    read_further_objects(state, statement, value, match)
    compared = read_comparison(state.text[statement.end :])
    if compared is None:
        return False
    statement.end += compared
    rest = state.text[statement.end :]
    if phrase.kind in ("form", "parts", "extent") and _PLACE_FOLLOWS.match(rest):
        return True
    is_shared = len(statement.fields.get("niche", ())) > 1 and match.groupdict().get("value") in ("border", "boundary")
    is_between = phrase.kind == "rim" and (is_shared or re.match(r" ?(?:with|and) §n", rest))
    return not _LIMITS.match(rest) and not is_between and _FOLLOWS.match(rest) is not None


def _read_ellipsis(state: SentenceState, match: re.Match[str], end: int) -> Statement | None:
    """Reads "but L2 does not" and "so does GFAP": the statement before, about something else."""
    last = state.statements[-1] if state.statements else None
    mark = match["subject"] or match["same"]
    side = last.phrase.subject if last else ""
    if last is None or not last.claims or side not in SIDES or mark[1] != SIDES[side] or last.phrase.is_pair:
        return None
    denies_now = bool(match["subject"] or match["not"])
    is_clear = not last.is_denial if match["subject"] else last.is_denial == denies_now
    if (
        not is_clear
        or state.entities[mark].joiner == "or"
        or not SAFE_LEFT.search(state.text[end : match.start()].rstrip())
    ):
        return None
    fields = last.fields | {side: state.names(mark, SIDES[side], match.start())}
    value = "" if denies_now != last.is_denial else last.claims[0].value
    claims = list(make_claims(state, last.phrase, fields, value, is_denial=denies_now))
    start = match.start()
    return Statement(last.phrase, fields[side], fields, denies_now, start, start, start, match.end(), claims)


def _is_reserved(state: SentenceState, i: int) -> bool:
    """Whether words around a statement take it back."""
    statements = state.statements
    before = state.text[statements[i - 1].end if i else 0 : statements[i].start]
    after = state.text[statements[i].end : statements[i + 1].start if i + 1 < len(statements) else None]
    own, *later = _CLAUSE_END.split(after)
    return reserves(_STRONG_CLAUSE_END.split(before)[-1]) or reserves(own) or any(denies(part) for part in later)


def _turn(state: SentenceState, statement: Statement) -> list[Claim]:
    """The claims of "it is not true that ..."; none where it denies several things, of which one may be true."""
    if len(state.statements) > 1 or len(statement.claims) > 1:
        return []
    return list(make_claims(state, statement.phrase, statement.fields, "", is_denial=not statement.is_denial))


def _split_lists(text: str, entities: dict[str, Entities]) -> str:
    """Takes the last name from a list of objects if a verb follows: it is the subject of the next clause."""

    def split(match: re.Match[str]) -> str:
        whole = entities[match["mark"]]
        if len(whole.names) < 2:
            return match[0]
        head, tail = (f"§{match['letter']}{len(entities) + i}" for i in (0, 1))
        entities[head] = Entities(whole.kind, whole.names[:-1], "and" if len(whole.names) > 2 else "")
        entities[tail] = Entities(whole.kind, whole.names[-1:])
        return f"{match[0][: match.start('mark') - match.start()]}{head} , and {tail}"

    return _OBJECT_THEN_VERB.sub(split, text)


def _leftover(state: SentenceState) -> str:
    """The words that no claim used."""
    spans = [span for s in state.statements if s.claims for span in s.spans] + state.spent
    return "".join(" " if any(a <= i < b for a, b in spans) else letter for i, letter in enumerate(state.text))
