"""Results in plain JSON: text, finite numbers, lists and objects. A number that could not be measured is null.

No name is escaped: JSON carries names from a file as they are, and whoever shows them on a web page escapes them.
"""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from data_prep.claims import VERDICT_MARKS
from inference.answers.ledger import Ledger, LedgerEntry

if TYPE_CHECKING:
    import pandas as pd

_DIGITS = 4
"""Significant digits of a number. The counts vouch for fewer."""
_RENAMED = ("claim", "sentence", "value")
"""Fields of a ledger's entry that a result has under another name: they are claims themselves, or hold words."""


def ledger_result(ledger: Ledger) -> dict[str, Any]:
    """A ledger: each claim with what the counts say, the verdict on each sentence, and how many were checked."""
    verdicts = [entry.verdict for entry in ledger.entries]
    return {
        "claims": [entry_result(entry) for entry in ledger.entries],
        "sentences": [{"words": s.words, "verdict": s.verdict} for s in ledger.sentences],
        "share_checked": plain(ledger.share_checked),
        "not_checked": list(ledger.unheard),
        "counts": {verdict: verdicts.count(verdict) for verdict in VERDICT_MARKS},
    }


def entry_result(entry: LedgerEntry) -> dict[str, Any]:
    """One claim, the model's probability of it, and the number of the counts that decides."""
    evidence = {field.name: getattr(entry, field.name) for field in fields(entry) if field.name not in _RENAMED}
    return plain({"claim": entry.sentence, **asdict(entry.claim), **evidence, "measured": entry.value})


def table_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table as a list of objects, one for each row."""
    return [plain(row) for row in table.to_dict("records")]


def plain(value: Any) -> Any:
    """A value in plain JSON types, with a sensible number of digits."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()  # a number of numpy
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
    return value
