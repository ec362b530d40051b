"""Splits gene summaries, and answers about genes, into sentences.

A full stop ends no sentence inside a number ("1.5 kb"), after an abbreviation ("e.g.", "et al.", "No. 3", "Dr."), after
an initial ("U.S. Army") and after the short form of a genus ("H. pylori"). Notes that databases append, such as
"[provided by RefSeq, Jul 2008]", are no part of a summary.
"""

from __future__ import annotations

import re


def _words(text: str) -> list[str]:
    return text.split()


_NOTES = re.compile(
    r"\s*\[(?:provided|supplied) by[^\]]*\]"  # RefSeq, OMIM
    r"|\s*\((?:provided|supplied) by[^()]*\)"
    r"|\s*\(summary by (?:[^()]|\([^()]*\))*\)"  # a reviewer and a paper, added by OMIM
    r"|\s*\[(?:PubMed|PMID|O?MIM)[^\]]*\]"
    r"|\s*##[\w-]+START##.*?##[\w-]+END##"
    r"|\s*(?:Sequence|Publication|CCDS|RefSeq) Note:.*",
    re.DOTALL | re.IGNORECASE,
)
_STOP = re.compile(r"[.!?]+[\"'”’)\]]*(?:\s*\[\d+(?:\s*[,–-]\s*\d+)*\])*(?=\s|$)")
_STARTERS = frozenset(
    _words(
        "The This These Those It Its In An At As Of On By To For From With Both Each Some All Most Many One Two Three "
        "Four Five Several Multiple Other Others Also Additional Alternative Alternatively Alternate Mutations "
        "Mutation Defects Defect Variants Variation Variations Polymorphisms Expression Members Studies Binding Loss "
        "Deletion Deletions There They Their Thus However Although While When Similar Like Unlike Upon After "
        "During Here Such Experiments Activation Overexpression Inhibition Genes Proteins Humans Mice "
        "Knockout Disruption A"
    )
)
"""Words that begin a sentence even after a single letter, and after a full stop without a space."""
_JOINED = re.compile(rf"(?<=[A-Za-z0-9)])\.(?=(?:{'|'.join(sorted(word for word in _STARTERS if len(word) > 1))})\s)")
_NEVER_LAST = frozenset(
    _words("e.g i.e eg ie cf vs dr drs prof mr mrs st fig figs ref refs eq approx no nos incl resp")
)
"""Words before a full stop that a further word always follows."""
_SELDOM_LAST = frozenset(_words("al etc ca sp spp subsp var u.s u.k jr inc ltd vol"))
"""Words before a full stop that end a sentence only where a usual first word follows."""
_WORD_BEFORE = re.compile(r"[^\s(\[\"'“]+$")
_FIRST_WORD = re.compile(r"\s*[\"'“(\[]*([\w-]+)")
_LOWER_NAME = re.compile(r"[a-z]{1,4}-?[A-Z0-9]")
"""Names that begin in lower case, also at the start of a sentence: p53, mTOR, tRNA, c-Myc."""
_LIST_MARK = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_FAR = 300
"""Characters after which an open bracket counts as a slip of the pen, which keeps no sentence together."""


def clean_summary(text: str) -> str:
    """A summary on one line, without the notes and reference marks that databases append."""
    return " ".join(_NOTES.sub("", text).split())


def summary_sentences(text: str) -> tuple[str, ...]:
    """The sentences of a summary, without notes of databases."""
    return text_sentences(clean_summary(text))


def text_sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, each on one line. A line break ends a sentence, and marks of lists are left out."""
    return tuple(
        sentence for line in text.splitlines() for sentence in _line_sentences(_LIST_MARK.sub("", line.strip()))
    )


def _line_sentences(line: str) -> list[str]:
    line = _JOINED.sub(". ", " ".join(line.split()))
    sentences, start = [], 0
    for stop in _STOP.finditer(line):
        if _ends_sentence(line, start, stop):
            sentences.append(line[start : stop.end()].strip())
            start = stop.end()
    return [sentence for sentence in [*sentences, line[start:].strip()] if re.search(r"\w", sentence)]


def _ends_sentence(line: str, start: int, stop: re.Match[str]) -> bool:
    after = line[stop.end() :]
    first = _FIRST_WORD.match(after)
    if not after.strip():
        return True
    if first is None or _is_within_brackets(line[start : stop.end()], after):
        return False
    follower = first[1]
    if not (follower[0].isupper() or follower[0].isdigit() or _LOWER_NAME.match(follower)):
        return False
    word = _WORD_BEFORE.search(line[start : stop.start()])
    if word is None or not stop[0].startswith("."):
        return True
    if word[0].lower() in _NEVER_LAST:
        return word[0].lower() == "no" and not follower[0].isdigit()
    is_letter = re.fullmatch(r"(?:[A-Z]\.)*[A-Z]", word[0]) is not None
    if is_letter or word[0].lower() in _SELDOM_LAST:
        return follower in _STARTERS
    return True


def _is_within_brackets(before: str, after: str) -> bool:
    n_open = before.count("(") - before.count(")")
    return n_open > 0 and ")" in after[:_FAR] and after[:_FAR].split(")")[0].count("(") < n_open
