"""Decides whether a sentence says no more than another one, in the same words.

A rewording may

- name the gene by its symbol where the source says "this gene", "the encoded protein" or the like;
- leave out or add an article at its beginning, and leave out a beginning such as "In addition,";
- leave out a bracket that explains a word, or a clause at the end that begins with ", which", ", where" or the like.

Nothing else may differ: all other words stay, in their order. What is left out may hold no negation, no hedge, no
qualifier, no direction, no number and no symbol, except that a bracket may repeat a word as its abbreviation. From a
sentence with a negation nothing is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from inference.gene_text.sentence_words import GENE, MENTIONS, PROTEIN, SYMBOL, Part, flat_words, sentence_parts

_ARTICLES = frozenset(["a", "an", "the"])
_BEGINNINGS = (("in", "addition"), ("additionally",), ("moreover",), ("furthermore",), ("also",))
_NEGATION = re.compile(
    r"^(?:not|no|nor|none|never|neither|without|cannot|lacks?|lacking|absen\w+|fails?|failed|unable|unlike|rather|"
    r"non|non-\w+|un\w+ed|\w+n't|except|excluding|instead|although|though|but|however|whereas|while|despite)$",
    re.IGNORECASE,
)
_RESERVATION = re.compile(
    r"^(?:may|might|could|can|would|should|possibl\w+|potential\w*|probabl\w+|putative\w*|likely|presum\w+|predict\w+|"
    r"thought|believed|suggest\w*|propos\w+|appears?|appeared|seems?|hypothesi\w+|candidate|unclear|unknown|perhaps|"
    r"only|solely|exclusively|mainly|mostly|primarily|partly|partially|some|several|certain|most|many|few|rare\w*|often|"
    r"usually|generally|typically|sometimes|if|when|unless|until|after|before|during|upon|under|mice|mouse|rats?|murine|"
    r"yeast|drosophila|zebrafish|xenopus|vitro|vivo|cultured|animals?|"
    r"high\w*|low\w*|weak\w*|strong\w*|trace|levels?)$",
    re.IGNORECASE,
)
_DIRECTION = re.compile(
    r"^(?:activat\w+|inhibit\w*|increas\w+|decreas\w+|enhanc\w+|reduc\w+|promot\w+|repress\w*|suppress\w*|induc\w+|"
    r"stimulat\w+|block\w*|prevent\w*|up-?regulat\w+|down-?regulat\w+|positive\w*|negative\w*|pro-\w+|anti-\w+|higher|"
    r"lower|gain|loss|agonist\w*|antagonist\w*|caus\w+|protect\w*)$",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(r"[A-Za-z]*[A-Z][A-Za-z0-9-]*")
_CLAUSE = re.compile(r", (?:which|where|whose|thereby|thus)\b")
_VERB = re.compile(
    r"^(?:is|are|was|were|has|have|encodes?|belongs?|plays?|functions?|acts?|binds?|forms?|contains?|causes?|results?|"
    r"regulates?|catalyzes|mediates?|inhibits?|activates?|interacts?|localizes|encoded|associated|involved|produces?|"
    r"expressed|represents?|serves?|participates?|associates?|leads?|undergoes|consists?|converts?|transports?)$"
)
_LEAST_KEPT = 5
"""Words of a sentence after its last clause is left out."""


def says_no_more(answer: str, source: str, symbol: str) -> bool:
    """Whether an answer's sentence is a sentence of a source, up to the rewordings above.

    Args:
        answer: one sentence.
        source: one sentence.
        symbol: official symbol of the gene that both are about.
    """
    said = sentence_parts(answer, symbol)
    whole = sentence_parts(source, symbol)
    if not said:
        return False
    readings = [whole]
    if not _is_negated(whole):
        readings += [sentence_parts(shorter, symbol) for shorter in _without_last_clause(source, symbol)]
    return any(
        _matches(said_from, read_from, may_drop=not _is_negated(whole))
        for said_from in _without_article(said)
        for reading in readings
        for begun in _without_beginning(reading)
        for read_from in _without_article(begun)
    )


def _matches(said: Sequence[Part], source: Sequence[Part], *, may_drop: bool) -> bool:
    """Whether the words are equal in order, where whole brackets of the source may be left out."""
    words = flat_words(said)
    places = {0}  # how many words the parts of the source so far may account for
    for part in source:
        own = part.words
        reached = {
            place + len(own)
            for place in places
            if place + len(own) <= len(words)
            and all(_is_same(words[place + i], word, is_first=place + i == 0) for i, word in enumerate(own))
        }
        if part.is_bracket and may_drop and _explains(own):
            reached |= places
        places = reached
        if not places:
            return False
    return len(words) in places


def _is_same(said: str, source: str, *, is_first: bool) -> bool:
    if said == source or (said == SYMBOL and source in MENTIONS):
        return True
    # Only ordinary words change their case at the beginning: p53 and P53 may be two things.
    return is_first and said[1:] == source[1:] and said.lower() == source.lower() and source[1:].islower()


def _without_article(parts: Sequence[Part]) -> list[Sequence[Part]]:
    has_article = bool(parts) and parts[0].words[0].lower() in _ARTICLES and not parts[0].is_bracket
    return [parts, parts[1:]] if has_article else [parts]


def _without_beginning(parts: Sequence[Part]) -> list[Sequence[Part]]:
    words = [word.lower() for word in flat_words(parts[:2])]
    return [parts, *(parts[len(begin) :] for begin in _BEGINNINGS if tuple(words[: len(begin)]) == begin)]


def _without_last_clause(source: str, symbol: str) -> list[str]:
    """The sentence without a clause at its end that only adds to it; [] where there is none."""
    clauses = list(_CLAUSE.finditer(source))
    if not clauses:
        return []
    kept, dropped = source[: clauses[-1].start()], source[clauses[-1].end() :]
    # A clause with a further comma may end in the middle of the sentence.
    if "," in dropped or ";" in dropped or kept.count("(") != kept.count(")"):
        return []
    words = flat_words(sentence_parts(kept, symbol))
    is_whole = len(words) >= _LEAST_KEPT and any(_VERB.match(word) for word in words[1:])
    is_plain = not any(_is_guarded(word) for word in flat_words(sentence_parts(dropped, symbol)))
    return [kept] if is_whole and is_plain else []


def _explains(words: Sequence[str]) -> bool:
    """Whether a bracket may be left out: an abbreviation of what stands before it, or plain words."""
    if len(words) == 1 and _ABBREVIATION.fullmatch(words[0]):
        return not any(pattern.match(words[0]) for pattern in (_NEGATION, _RESERVATION, _DIRECTION))
    return not any(_is_guarded(word) for word in words)


def _is_guarded(word: str) -> bool:
    """Whether a word must never be lost: it can turn, limit or specify what is said."""
    if word in (GENE, PROTEIN):
        return False
    is_name = any(c.isdigit() for c in word) or any(c.isupper() for c in word[1:]) or not word[:1].isalpha()
    return is_name or any(pattern.match(word) for pattern in (_NEGATION, _RESERVATION, _DIRECTION))


def _is_negated(parts: Sequence[Part]) -> bool:
    return any(_NEGATION.match(word) for word in flat_words(parts))
