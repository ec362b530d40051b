"""Retractions: a sentence that takes back what stood before it, and a heading that denies what stands under it.

"This is wrong." takes back the sentence before it, "None of that is true." all of them. Under "Not supported:" and
"## False statements" the items of a list claim nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LAST, ALL = "last", "all"
_LONGEST = 300
"""Letters of a sentence that only takes back another one."""
_WRONG = (
    r"(?:false|wrong|incorrect|untrue|mistaken|inaccurate|doubtful|unlikely|questionable|unclear|uncertain|unsupported|"
    r"made up|invented|nonsense|a mistake|an error|a lie)"
)
_RIGHT = r"(?:true|right|correct|supported|confirmed|borne out|so|the case|what)"
_NOT = r"(?: not|n['’]t| never)"
_OPENING = (
    r"(?:(?:but|or|well|oh|oops|hm+|wait|actually|sorry|lol|haha|correction|however|though|then again|"
    r"on second thoughts?)\b[\W_]*|(?:user|assistant|human|reviewer|verdict|answer|label|truth) ?: ?)*"
)
_THIS = r"(?:this|that|it|which)(?: (?:claim|statement|sentence|answer|conclusion))?"
_LAST = re.compile(
    rf"{_OPENING}(?:"
    rf"{_THIS} (?:(?:is|was|has been){_NOT} {_RIGHT}\b.*|"
    rf"(?:is|was|seems|looks|appears|may be|might be) {_WRONG}\b.*|"
    r"(?:does not|doesn['’]t|did not|cannot|can not|can['’]t|could not|couldn['’]t) (?:hold|be|fit|stand|match)\b.*)|"
    r".*\b(?:contradicts?|contradicted|refutes?|disproves?|rules? out) (?:this|that|it)\b.*|"
    r"i (?:take (?:that|this|it) back|was wrong|made a mistake|stand corrected|meant|see no such)\b.*|"
    r"i disagree|i doubt (?:it|this|that)|"
    r"i (?:do not|don['’]t) (?:see|believe|think|buy) (?:it|that|this|so)\b.*|"
    r"the (?:opposite|contrary|reverse) (?:is (?:true|so|the case)|holds)|"
    r"or (?:is|does|do|are) (?:it|they)\b.*|or not|scratch that|never mind|nope|not at all|(?<=\W)no|not|not really|"
    r"not so|not true|not quite|wrong|false|just kidding)\W*",
    re.IGNORECASE,
)
_ABOVE = r"(?: of (?:this|that|these|those|them|it|the above|what .*)| i (?:said|wrote).*| above| that i .*)?"
_ALL = re.compile(
    rf"{_OPENING}(?:(?:none|nothing|neither){_ABOVE} (?:is|are|was|were|holds?|can be)\b.*|"
    rf"(?:all|everything|both|most|half|much|some){_ABOVE} (?:is|are|was|were) (?:{_WRONG}|not {_RIGHT})\b.*|"
    r"(?:disregard|ignore|forget|strike|delete|discard) (?:this|that|it|everything|all|what i|(?:the |my )?(?:above|"
    r"previous|last|first|earlier|answer|sentence|statement|claim)s?)\b.*)\W*",
    re.IGNORECASE,
)
_DENIES_LIST = re.compile(
    r"\b(?:false|wrong|incorrect|untrue|inaccurate|invalid|not|no|none|neither|never|cannot|unsupported|unconfirmed|"
    r"unlikely|unclear|uncertain|doubtful|refuted|rejected|contradicted|disproved|ruled out|excluded|myths?|lies|"
    r"misconceptions?|mistakes?|errors?|hypothes\w+|expectations?|we expect|assumptions?|open questions?|"
    r"to (?:test|check|verify)|prior knowledge|literature|background|published|other (?:slides?|datasets?|samples?)|"
    r"would|should)\b|n['’]t\b",
    re.IGNORECASE,
)
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]")
_ITEM = re.compile(r"[ \t]*(?:[-*+•‣–—][ \t]|\(?\d{1,2}[.)][ \t]|>|\|)")
_BOLD = re.compile(r"(\*\*|__)[^*_]+\1:?|\*\*[^*]+:\*\*")


def takes_back(sentence: str) -> str:
    """Which sentences before it a sentence takes back: ``LAST``, ``ALL``, or "" for none."""
    if len(sentence) > _LONGEST or sentence.rstrip("*_ ").endswith(":"):
        return ""
    if _ALL.fullmatch(sentence):
        return ALL
    return LAST if _LAST.fullmatch(sentence) else ""


def under_denials(text: str, sentences: Sequence[str]) -> list[bool]:
    """Whether each sentence stands under a heading, or in a list after words, that deny what follows.

    Args:
        text: with its line breaks and Markdown.
        sentences: of it, in order, as they are written.
    """
    found, end = [], 0
    by_heading = by_words = is_in_list = False
    for sentence in sentences:
        start = max(text.find(sentence, end), end)
        line = text[text.rfind("\n", 0, start) + 1 : start + len(sentence)]
        is_new_paragraph = re.search(r"\n\s*\n", text[end:start]) is not None
        end = start + len(sentence)
        is_heading = _HEADING.match(line) is not None or _BOLD.fullmatch(sentence) is not None
        if is_in_list and is_new_paragraph and not _ITEM.match(line):
            by_words = False
        found.append((by_heading or by_words) and not is_heading)
        if is_heading:
            by_heading, by_words = _DENIES_LIST.search(sentence) is not None, False
        elif sentence.rstrip("*_ ").endswith(":"):
            by_words, is_in_list = _DENIES_LIST.search(sentence) is not None, False
        else:
            is_in_list = True
    return found
