"""Tables and HTML of the Python API: ledgers, claims and scores."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from inference.answers.ledger import Ledger
    from inference.answers.report import SlideReport

LEDGER_COLUMNS = (
    *("claim", "p", "verdict", "statistic", "value", "threshold", "n_spots", "depth", "pooled", "needs", "source"),
)
LEDGER_HEADINGS = ("Claim", "Probability", "Verdict", "Statistic", "Evidence")
_LEDGER_TYPES = {"p": float, "n_spots": int, "depth": float, "pooled": int}
_FRAME_HEIGHT = 640
"""Height in pixels of a page in a notebook."""


def ledger_table(ledger: Ledger) -> pd.DataFrame:
    """A ledger as a table with the columns `LEDGER_COLUMNS`; sentences without a claim come last."""
    import pandas as pd

    from data_prep.claims import evidence_fields
    from inference.answers.ledger import HOLDS_NO_CLAIM, NOT_CHECKED

    rows: list[dict[str, Any]] = [
        {"claim": entry.sentence, "p": entry.probability, "verdict": entry.verdict, "statistic": entry.statistic}
        | {"value": entry.value, "source": ""}
        | evidence_fields(entry)
        for entry in ledger.entries
    ]
    no_claim = {"verdict": NOT_CHECKED, "statistic": HOLDS_NO_CLAIM, "n_spots": 0, "pooled": 1}
    texts = dict.fromkeys(("value", "threshold", "needs", "source"), "")
    rows += [{"claim": sentence} | no_claim | texts for sentence in ledger.unheard]
    return pd.DataFrame(rows, columns=list(LEDGER_COLUMNS)).astype(_LEDGER_TYPES)


def claims_table(reports: Sequence[SlideReport]) -> pd.DataFrame:
    """The ledgers of all descriptions as one table."""
    import pandas as pd

    from data_prep.slide_loading import slide_label

    tables = [pd.DataFrame(columns=["slice", "niche", *LEDGER_COLUMNS]).astype(_LEDGER_TYPES)]
    for report in reports:
        name = slide_label(report.facts.slide)
        for niche in report.niches:
            tables.append(ledger_table(niche.answer.ledger).assign(slice=name, niche=niche.niche))
    return pd.concat(tables, ignore_index=True)


def ledger_html(ledger: pd.DataFrame) -> str:
    """A ledger as an HTML table; every cell is escaped."""
    from data_prep.claims import evidence_line
    from inference.answers.readable import percent

    entries = ledger.assign(sources=[(source,) if source else () for source in ledger["source"]])
    head = "".join(f"<th>{name}</th>" for name in LEDGER_HEADINGS)
    rows = "".join(
        f"<tr><td>{escape(row.claim)}</td><td>{'' if row.p != row.p else escape(percent(row.p))}</td>"
        f"<td>{mark(row.verdict)} {escape(row.verdict)}</td>"
        f"<td>{escape(row.statistic)}</td><td>{escape(evidence_line(row))}</td></tr>"
        for row in entries.itertuples()
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def mark(verdict: str) -> str:
    """The sign that stands for a verdict of the counts, or for a sentence that was not checked."""
    from data_prep.claims import UNCHECKABLE, VERDICT_MARKS

    return VERDICT_MARKS.get(verdict, VERDICT_MARKS[UNCHECKABLE])


def score_table(scores: dict[str, Any]) -> pd.DataFrame:
    """All scores of a scorecard as a table.

    Args:
        scores: of `Scorecard.to_json`.

    Returns:
        One row for each number: "part" of the evaluation, "of" (task, condition, slide, ... joined by " / "), "score",
        "value", and the bounds "low" and "high" of its 95 % bootstrap interval, NaN where it has none.
    """
    import pandas as pd

    rows = []
    for part, content in scores.items():
        if isinstance(content, dict) and part != "left_out":
            rows += list(_scores_in(content, (part,)))
    return pd.DataFrame(rows, columns=["part", "of", "score", "value", "low", "high"])


def _scores_in(content: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, str, str, float, float, float]]:
    for name, item in content.items():
        if isinstance(item, dict) and set(item) == {"value", "low", "high"}:
            value, low, high = (_float(item[key]) for key in ("value", "low", "high"))
            yield path[0], " / ".join(path[1:]), name, value, low, high
        elif isinstance(item, dict):
            yield from _scores_in(item, (*path, name))
        elif isinstance(item, int | float):
            yield path[0], " / ".join(path[1:]), name, float(item), float("nan"), float("nan")


def _float(number: float | None) -> float:
    return float("nan") if number is None else float(number)


def escape(text: object) -> str:
    """Text in which nothing is HTML."""
    return html.escape(str(text))


def frame(page: str, title: str) -> str:
    """A whole page inside a notebook. A frame of its own keeps the styles of the page and of the notebook apart."""
    return (
        f'<iframe sandbox srcdoc="{escape(page)}" title="{escape(title)}" '
        f'style="width: 100%; height: {_FRAME_HEIGHT}px; border: 0"></iframe>'
    )
