"""The ledger of an answer for people: each claim with its mark, and the number that decides it.

A list, not a table: it reads the same on a phone. Every name is escaped.
"""

from __future__ import annotations

import html
from collections import Counter

from data_prep.claims import CONTRADICTED, UNCHECKABLE, VERDICT_MARKS, evidence_line
from inference.answers.asking import Answer
from inference.answers.checked_text import checked_words, to_html
from inference.answers.ledger import HOLDS_NO_CLAIM, NOT_CHECKED, Ledger, LedgerEntry
from inference.answers.readable import percent

SCROLLS_FROM = 12
"""A ledger of more claims scrolls in a box of its own, so that what stands below it stays in reach."""
NOTHING_YET = '<div class="ledger-empty">Each claim of an answer appears here with the number that decides it.</div>'


def ledger_view(ledger: Ledger) -> str:
    """The claims of an answer, then the sentences that hold none."""
    if not ledger.entries and not ledger.unheard:
        return NOTHING_YET
    rows = [_entry(entry) for entry in ledger.entries]
    rows += [
        _row("unheard", VERDICT_MARKS[UNCHECKABLE], NOT_CHECKED, words, HOLDS_NO_CLAIM) for words in ledger.unheard
    ]
    shown = f'<ul class="ledger">{"".join(rows)}</ul>'
    if len(rows) > SCROLLS_FROM:
        shown = f'<div class="ledger-scroll" tabindex="0" role="region" aria-label="Ledger">{shown}</div>'
    return f'<div class="ledger-head">{_tally(ledger)}</div>{shown}'


def answer_view(answer: Answer | None, hint: str = "") -> str:
    """The words of an answer; when it is checked, with the verdict on each sentence and how many were checked.

    Args:
        answer: None before anything was asked.
        hint: what stands there instead.
    """
    if answer is None:
        return f'<div class="answer empty">{html.escape(hint)}</div>'
    if not answer.ledger.sentences:
        return f'<div class="answer" role="status">{html.escape(answer.text)}</div>'
    share = f'<p class="evidence">{html.escape(checked_words(answer.ledger))}</p>'
    return f'<div class="answer" role="status">{to_html(answer.ledger)}{share}</div>'


def _entry(entry: LedgerEntry) -> str:
    mark, word = VERDICT_MARKS[entry.verdict], entry.verdict
    said = "" if entry.probability is None else f"the model gives it {percent(entry.probability)}"
    return _row(word, mark, word, entry.sentence, evidence_line(entry, is_named=True), said)


def _row(style: str, mark: str, word: str, claim: str, evidence: str, said: str = "") -> str:
    claim = html.escape(claim)
    if style == CONTRADICTED:
        claim = f"<s>{claim}</s>"
    aside = f'<span class="said">{html.escape(said)}</span>' if said else ""
    return (
        f'<li class="{style}"><span class="mark" title="{word}"><span aria-hidden="true">{mark}</span>'
        f'<span class="sr-only">{word}</span></span><div><p class="claim">{claim}</p>'
        f'<p class="evidence">{html.escape(evidence)}{aside}</p></div></li>'
    )


def _tally(ledger: Ledger) -> str:
    verdicts = Counter(entry.verdict for entry in ledger.entries)
    counts = {f"{mark} {verdict}": verdicts[verdict] for verdict, mark in VERDICT_MARKS.items()}
    counts[f"{VERDICT_MARKS[UNCHECKABLE]} {NOT_CHECKED}"] = len(ledger.unheard)
    return "".join(f"<span>{number} {words}</span>" for words, number in counts.items() if number)
