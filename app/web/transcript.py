"""The transcript of a conversation for people: questions, tools with what they gave, and answers with their checks.

Everything that a visitor, a model or a file wrote is escaped.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.tools.conversation import Calling, Result, Said
from app.tools.looking_tools import Picture
from app.web.talk import Turn
from data_prep.claims import VERDICT_MARKS
from data_prep.figures.png import data_url
from inference.answers.checked_text import checked_words, to_html
from inference.answers.routing import Refusal

MOST_ROWS, MOST_COLUMNS = 12, 7
"""Rows and columns of a tool's table that are shown. The tabs have whole tables."""
_LEFT_OUT = ("kind", "value", "number", "error", "slice", "units")
"""Fields of a result that repeat others, or that only programs need."""


def transcript(turns: Sequence[Turn], hint: str = "") -> str:
    """All turns, the oldest first.

    Args:
        turns: of the conversation.
        hint: what stands there before the first question.
    """
    if not turns:
        return f'<div class="talk"><p class="note">{html.escape(hint)}</p></div>'
    return f'<div class="talk" role="log" aria-live="polite">{"".join(map(_turn, turns))}</div>'


def _turn(turn: Turn) -> str:
    parts = [f'<p class="asked"><span class="sr-only">You: </span>{html.escape(turn.question)}</p>']
    finished = {id(step.call) for step in turn.steps if isinstance(step, Result)}
    for step in turn.steps:
        if isinstance(step, Calling) and id(step) not in finished:
            parts.append(f'<p class="note">Calling {_call(step)} …</p>')
        elif isinstance(step, Result):
            parts.append(_result(step))
        elif isinstance(step, Said):
            parts.append(_said(step))
        elif isinstance(step, Refusal):
            parts.append(f'<p class="refused">{html.escape(step.text)}</p>')
    if turn.error:
        parts.append(f'<p class="refused bad">{html.escape(turn.error)}</p>')
    if turn.was_stopped:
        parts.append('<p class="note">Stopped.</p>')
    return f'<div class="talk-turn">{"".join(parts)}</div>'


def _said(said: Said) -> str:
    if said.ledger is None:
        return f'<div class="answer">{html.escape(said.text)}</div>'
    words = to_html(said.ledger) or html.escape(said.text)
    return f'<div class="answer">{words}</div><p class="note">{html.escape(checked_words(said.ledger))}.</p>'


def _result(result: Result) -> str:
    """A tool's result, folded: its first line says what was called."""
    head = f"<summary>{_call(result.call)}{' did not work' if result.error else ''}</summary>"
    if result.error:
        return f'<details class="tool bad" open>{head}<p class="bad">{html.escape(result.error)}</p></details>'
    if isinstance(result.value, Picture):
        caption = html.escape(result.value.caption)
        picture = f'<img src="{data_url(result.value.png)}" alt="{caption}"><figcaption>{caption}</figcaption>'
        return f'<details class="tool" open>{head}<figure>{picture}</figure></details>'
    return f'<details class="tool">{head}{_fields(result.value or {})}</details>'


def _call(call: Calling) -> str:
    given = ", ".join(
        f"{name} {_words(value)}" for name, value in call.arguments.items() if value not in ("", [], None)
    )
    return f"<b>{html.escape(call.name)}</b> {html.escape(given)}"


def _fields(value: Mapping[str, Any]) -> str:
    """The fields of a result: texts as lines, ledgers and lists of objects as tables."""
    parts = []
    for name, item in value.items():
        if name in _LEFT_OUT or item in (None, "", [], {}):
            continue
        label = html.escape(name.replace("_", " "))
        if isinstance(item, Mapping):
            parts.append(_ledger(item) if "claims" in item else f"<p><b>{label}</b></p>{_fields(item)}")
        elif isinstance(item, list) and isinstance(item[0], Mapping):
            parts.append(f"<p><b>{label}</b></p>{_table(item)}")
        else:
            parts.append(f"<p><b>{label}</b> {html.escape(_words(item))}</p>")
    return "".join(parts)


def _ledger(ledger: Mapping[str, Any]) -> str:
    """The claims of a tool's ledger, and its sentences that nobody checked."""
    rows = [
        {
            "claim": claim["claim"],
            "verdict": f"{VERDICT_MARKS.get(claim['verdict'], '')} {claim['verdict']}".strip(),
            "measured": claim.get("measured", ""),
            "limits": claim.get("threshold", ""),
        }
        for claim in ledger["claims"]
    ]
    unchecked = "".join(f"<p>Not checked: {html.escape(str(words))}</p>" for words in ledger.get("not_checked", ()))
    return (_table(rows, most=len(rows)) if rows else "") + unchecked


def _table(rows: Sequence[Mapping[str, Any]], most: int = MOST_ROWS) -> str:
    names = [name for name in rows[0] if name not in _LEFT_OUT][:MOST_COLUMNS]
    head = "".join(f'<th scope="col">{html.escape(name.replace("_", " "))}</th>' for name in names)
    body = "".join(f"<tr>{_cells(row.get(name) for name in names)}</tr>" for row in rows[:most])
    rest = f'<p class="note">{len(rows) - most} more rows.</p>' if len(rows) > most else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="tool-table" tabindex="0" role="region" aria-label="Table">{table}</div>{rest}'


def _cells(values: Iterable[Any]) -> str:
    return "".join(f"<td>{html.escape(_words(value))}</td>" for value in values)


def _words(value: Any) -> str:
    """A value in a cell: lists with commas, numbers with three digits, nothing for what is not known."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)
