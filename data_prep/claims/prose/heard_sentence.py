"""HeardSentence: one sentence of free prose with the claims that it makes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from data_prep.claims.claim import Claim
from data_prep.claims.common_words import words_of
from data_prep.claims.mentions import SlideNames
from data_prep.claims.prose.antecedents import Antecedents
from data_prep.claims.prose.clause_reading import read_clauses
from data_prep.claims.prose.entities import join_lists, mark_entities
from data_prep.claims.prose.plain_text import to_plain_text
from data_prep.claims.prose.reduction import FOLDS, STATISTICS, reduce_words

LONGEST = 1000
"""Letters of a sentence that is read. Nobody writes longer ones, and the time to read one grows with its square."""
_ASIDE = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_TAKES_BACK = re.compile(r"\b(?:not|no|never|false|wrong|untrue|unsupported|unclear|doubtful)\b|[?]")
"""Words in brackets that take back what stands before them: "(not supported)"."""
_QUESTION = re.compile(r"^(?:q ?: ?)?(?:so ,? ?)?(?P<verb>is|are|does|do|can) (?P<subject>§[gnt]\d+|it)(?= )")
_EMPTY_WORDS = words_of(
    "and but while whereas so yet as in on at of for to by with from that this these those it its they their "
    "there here which "
    "who is not we i you one see sees find finds note observe observed shows show showing suggests suggest "
    "suggested indicates "
    "indicate indicating confirms confirm demonstrates reveals reveal map maps picture pictures figure figures "
    "image images "
    "slide section tissue sample data counts overall summary conclusion short yes no both all respectively rest "
    "elsewhere "
    "other others niches niche genes gene compared than more think believe say conclude appears seems likely "
    "because answer "
    "looking look judging based according has have spatial first second also example namely result results evidence"
)
"""Words that state nothing by themselves."""


@dataclass(frozen=True)
class HeardSentence:
    """One sentence and the claims that were heard in it.

    Attributes:
        words: the sentence as it is written.
        claims: with real names where it has them, and with references ("this gene") where it has those.
        is_whole: whether nothing else is stated in it. Otherwise it is checked in part only.
        past: what pronouns in the next sentence refer to.
        asked: the claims that it asks about, where it is a yes/no question.
        is_retracted: whether the text takes it back, so that it claims nothing.
    """

    words: str
    claims: tuple[Claim, ...] = ()
    is_whole: bool = False
    past: Antecedents = field(default_factory=Antecedents)
    asked: tuple[Claim, ...] = ()
    is_retracted: bool = False

    def retracted(self) -> HeardSentence:
        """The same sentence without its claims."""
        return replace(self, claims=(), is_whole=False, is_retracted=True)


def hear_prose(sentence: str, names: SlideNames | None = None, past: Antecedents | None = None) -> HeardSentence:
    """Hears the claims of one sentence of free prose.

    Args:
        sentence: as it is written.
        names: real names that it may use; None for references only.
        past: what pronouns refer to; None at the beginning of a text.
    """
    past = past or Antecedents()
    if len(sentence) > LONGEST:
        return HeardSentence(sentence, past=past)
    plain = to_plain_text(sentence)
    marked = mark_entities(plain, names)
    text, has_aside = _set_aside(marked.text)
    is_question = plain.rstrip("\"' )").endswith("?")
    text = join_lists(text, marked.entities)
    text = reduce_words(_as_statement(text) if is_question else text)
    state, leftover = read_clauses(text, marked.entities, past)
    statements = [statement for statement in state.statements if statement.claims]
    claims = tuple(dict.fromkeys(claim for statement in statements for claim in statement.claims))
    past = past.after(state.entities, [(statement.phrase.subject, statement.subject) for statement in state.statements])
    if is_question:
        return HeardSentence(sentence, past=past, asked=claims)
    left = re.findall(r"[§\w'-]+", leftover)
    says_more = (
        has_aside
        or any(s.says_more or s.phrase.says_more for s in statements)
        or any(word not in _EMPTY_WORDS for word in left)
    )
    return HeardSentence(sentence, claims, bool(claims) and not says_more, past)


def _as_statement(question: str) -> str:
    """A yes/no question in the order of a statement: "is §g0 enriched ...?" becomes "§g0 is enriched ..."."""
    found = _QUESTION.match(question.rstrip(" ?"))
    if not found:
        return ""
    verb = found["verb"] if found["verb"] in ("is", "are") else ""
    return f"{found['subject']} {verb} {question.rstrip(' ?')[found.end() :]}"


def _set_aside(text: str) -> tuple[str, bool]:
    """Takes asides in brackets and statistics out of a marked sentence. Returns whether there were any.

    An aside that names something stays, between commas: "(but not in L2)".
    """
    has_aside = False

    def aside(match: re.Match[str]) -> str:
        nonlocal has_aside
        words = match[1] or match[2] or ""
        if re.match(r"(?:but |and )?not (?:in |of )?§", words):
            return f" {words} "
        has_aside = True
        if _TAKES_BACK.search(words):
            return " not so "
        return f" , {words} , " if "§" in words else " "

    text = _ASIDE.sub(aside, text)
    for number in (STATISTICS, FOLDS):
        text, n = number.subn(" ", text)
        has_aside = has_aside or n > 0
    return re.sub(r" +(?=,)", "", " ".join(text.split())), has_aside
