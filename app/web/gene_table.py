"""A table of genes or niches that sorts on a click on a heading, and the columns of a marker table.

The browser sorts and formats (`marker_table.js`), so the table keeps its numbers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_prep.claims import CONTRADICTED, SUPPORTED, UNCLEAR, VERDICT_MARKS

if TYPE_CHECKING:
    import gradio as gr
    import pandas as pd

MARKER_COLUMNS = (
    ("gene", "Gene", "name", ""),
    ("verdict", "Model", "verdict", "What the model says: a marker, not a marker, or not sure"),
    ("p_marker", "p(yes)", "probability", "The model's probability that the gene is a marker"),
    ("agrees", "Counts", "agrees", "Whether the counts agree with the model, where both are sure"),
    ("log2fc", "log₂ FC", "effect", "log2 fold change of the niche over the rest ± its standard error, by the counts"),
    ("q_value", "q", "q", "Marker rule: false discovery rate"),
    ("detected_in_niche", "In niche", "share", "Share of the niche's spots with a count"),
    ("detected_outside", "Outside", "share", "Share of the other spots with a count"),
)
"""Columns that the page shows: name in the table of `screen_markers`, heading, kind, explanation."""
_WORDS = {
    "verdict": {"yes": "marker", "no": "no marker", "abstain": "not sure"},
    "agrees": {
        "yes": f"{VERDICT_MARKS[SUPPORTED]} agree",
        "no": f"{VERDICT_MARKS[CONTRADICTED]} disagree",
        "": f"{VERDICT_MARKS[UNCLEAR]} unclear",
    },
}
_NUMBER = count()
_TEMPLATE = """
<div class="table-box" hidden>
  <label class="filter" for="filter-{number}"><span>Filter</span> <input id="filter-{number}" type="search"></label>
  <div class="table-scroll" tabindex="0" role="region" aria-label="{label}">
    <table class="data"><caption></caption><thead></thead><tbody></tbody></table>
  </div>
  <button type="button" class="more" hidden></button>
</div>
"""


def gene_table(label: str, *, elem_id: str | None = None) -> gr.HTML:
    """An empty table; fill it with `marker_rows` or `table_value`. Its event ``select`` reports a row's first cell."""
    import gradio as gr

    return gr.HTML(
        value="",
        html_template=_TEMPLATE.format(number=next(_NUMBER), label=label),
        js_on_load=Path(__file__).with_name("marker_table.js").read_text(encoding="utf-8"),
        apply_default_css=False,
        elem_id=elem_id,
    )


def table_value(
    columns: Sequence[tuple[str, str, str]], rows: Sequence[Sequence[Any]], caption: str = "", picks: str = "gene"
) -> str:
    """What a `gene_table` shows.

    Args:
        columns: heading, kind and explanation of each. Kinds are those of `marker_table.js`: name, verdict, agrees,
            probability, share, q, number, and effect, which is a value and its standard error.
        rows: values of the columns; NaN is shown as nothing.
        caption: for screen readers.
        picks: what the first column names: "gene" or "niche".
    """
    named = [{"label": label, "kind": kind, "title": title} for label, kind, title in columns]
    return json.dumps(
        {
            "columns": named,
            "rows": [[_plain(value) for value in row] for row in rows],
            "caption": caption,
            "picks": picks,
        }
    )


def marker_rows(table: pd.DataFrame, caption: str) -> str:
    """A table of `screen_markers` as the page shows it."""
    shown = table[[name for name, *_ in MARKER_COLUMNS]].copy()
    for name, words in _WORDS.items():
        shown[name] = [words[value] for value in shown[name]]
    shown["log2fc"] = list(zip(table["log2fc"], table["log2fc_error"], strict=True))
    return table_value([column[1:] for column in MARKER_COLUMNS], shown.itertuples(index=False, name=None), caption)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        value = [_plain(part) for part in value]
        return None if value[0] is None else value
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
