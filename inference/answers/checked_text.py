"""Shows an answer sentence by sentence, with what the counts say of each: for web pages and the terminal.

A contradicted sentence is struck through, with the number that contradicts it. A sentence that was not checked says so.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING

from data_prep.claims import CONTRADICTED, SUPPORTED, UNCLEAR, VERDICT_MARKS, measured_words
from inference.answers.ledger import NOT_CHECKED, PARTLY_CHECKED, REMARK, CheckedSentence, Ledger

if TYPE_CHECKING:
    from rich.text import Text

NO_SENTENCE = "no sentence to check"
_STYLES = {SUPPORTED: "", CONTRADICTED: "strike red", UNCLEAR: "", PARTLY_CHECKED: "", NOT_CHECKED: "dim", REMARK: ""}


def checked_words(ledger: Ledger) -> str:
    """How many sentences were checked, for example "5 of 7 sentences checked, 1 in part"."""
    n = len(ledger.statements)
    if not n:
        return NO_SENTENCE
    partly = sum(sentence.verdict == PARTLY_CHECKED for sentence in ledger.statements)
    words = f"{ledger.n_checked} of {n} {'sentence' if n == 1 else 'sentences'} checked"
    return f"{words}, {partly} in part" if partly else words


def to_html(ledger: Ledger) -> str:
    """The answer as HTML in which everything that a model or a file wrote is escaped.

    The classes are ``checked`` on the whole; on each sentence ``sentence`` and its verdict with hyphens (``supported``,
    ``contradicted``, ``unclear``, ``partly-checked``, ``not-checked``, ``remark``); ``why`` on a number, and ``badge``
    on a note.
    """
    return f'<div class="checked">{" ".join(map(_sentence_html, ledger.sentences))}</div>' if ledger.sentences else ""


def to_terminal(ledger: Ledger) -> Text:
    """The answer as text for the terminal."""
    from rich.text import Text

    shown = Text()
    for sentence in ledger.sentences:
        if shown:
            shown.append(" ")
        shown.append(sentence.words, style=_STYLES[sentence.verdict])
        if note := _note(sentence):
            shown.append(f" [{note}]", style="red" if sentence.verdict == CONTRADICTED else "yellow")
    return shown


def _sentence_html(sentence: CheckedSentence) -> str:
    words, note = html.escape(sentence.words), html.escape(_note(sentence))
    kind = sentence.verdict.replace(" ", "-")
    if sentence.verdict == CONTRADICTED:
        return f'<span class="sentence {kind}"><del>{words}</del> <span class="why">{note}</span></span>'
    badge = f' <span class="badge">{note}</span>' if note else ""
    return f'<span class="sentence {kind}">{words}{badge}</span>'


def _note(sentence: CheckedSentence) -> str:
    """What is written beside a sentence; "" if the counts support it whole, and for a remark."""
    if sentence.verdict == CONTRADICTED:
        return "; ".join(_reasons(sentence))
    if sentence.verdict == UNCLEAR:
        return f"{VERDICT_MARKS[UNCLEAR]} unclear"
    return "" if sentence.verdict in (SUPPORTED, REMARK) else sentence.verdict


def _reasons(sentence: CheckedSentence) -> Iterator[str]:
    """The numbers that contradict a sentence. A sentence with several claims says which of them is wrong."""
    for entry in sentence.entries:
        if entry.verdict == CONTRADICTED:
            which = f"{entry.sentence.rstrip('.')}: " if len(sentence.entries) > 1 else ""
            yield f"{VERDICT_MARKS[CONTRADICTED]} {which}{measured_words(entry)}"
