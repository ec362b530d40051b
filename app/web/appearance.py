"""Appearance of the page: theme, style sheet, and small pieces of HTML in which every name is escaped."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from data_prep.claims import VERDICT_MARKS
from data_prep.figures import palette
from data_prep.figures.canvas import Canvas
from inference.answers.asking import probability_in_ledger
from inference.answers.ledger import Ledger

if TYPE_CHECKING:
    import gradio as gr
    import pandas as pd

SYSTEM_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")
MONO_FONTS = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

TITLE = """# NicheLens
A vision-language model answers one yes/no question about one picture for each claim. What it is sure of becomes a
sentence, and every such sentence is checked against the counts."""
FOCUS_NOTE = (
    "Colour: inside the niche. Grey: all other tissue. Brighter: more expression. The bar tells how much evidence the "
    "map holds: each of its four blocks is a factor of ten in counts. The model reads a smaller version."
)
INTERVIEW_NOTE = (
    "The model is asked about the niche, its neighbours and 24 genes: half of them are likely markers by the counts, "
    "half are not. What the counts could not check is not asked."
)

LEDGER_HEADERS = ("Claim", "Probability", "Verdict", "Statistic", "Value")

MARKERS_NOTE = (
    "The model answers one question for each gene. Its answer is compared with the marker rule, where both are sure."
)
MARKER_COLUMNS = {
    "gene": "Gene",
    "verdict": "Verdict",
    "p_marker": "Probability of yes",
    "log2fc": "log2 fold change",
    "q_value": "q",
    "agrees": "Agrees with the counts",
    "detected_in_niche": "Detected in niche",
    "detected_outside": "Detected outside",
}
"""Columns of the marker table that the page shows → their headings."""

CSS = """
.gradio-container { max-width: min(1240px, 100vw) !important; margin: 0 auto !important; }
#title h1 { font-size: 1.5rem; margin: 0 0 .15rem 0; }
#title p { margin: 0; color: var(--body-text-color-subdued); }
#status { color: var(--body-text-color-subdued); font-size: .9rem; padding: 0 .1rem; }
#status .bad { color: #b91c1c !important; } .dark #status .bad { color: #fca5a5 !important; }
main { width: 100%; }
.centred, .centred > * { align-items: center; }
#upload { align-self: center; }
.picture .image-container { padding-top: 1.9rem; background: #fff; }
.picture img { object-fit: contain; }
.table * { font-family: var(--font); }
@media (max-width: 640px) {
  .ledger .table-wrap, .ledger .table-container { overflow-x: auto !important; }
  .ledger table, .ledger .virtual-table-viewport { min-width: 620px !important; }
}
.note { color: var(--body-text-color-subdued); font-size: .82rem; line-height: 1.35; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem .8rem; font-size: .85rem; }
.legend span { display: inline-flex; align-items: center; gap: .35rem; }
.legend i { width: .8rem; height: .8rem; border-radius: 2px; border: 1px solid rgba(0,0,0,.15); flex: none; }
.verdict { display: flex; align-items: baseline; gap: .6rem; min-height: 2.2rem; }
.verdict b { font-size: 1.35rem; }
.verdict.yes b { color: #0f766e; } .verdict.no b { color: #b45309; } .verdict.abstain b { color: #64748b; }
.dark .verdict.yes b { color: #5eead4; } .dark .verdict.no b { color: #fcd34d; }
.dark .verdict.abstain b { color: #cbd5e1; }
#foot { text-align: center; color: var(--body-text-color-subdued); font-size: .8rem; padding: .6rem 0; }
footer { display: none !important; }
"""

# A click into a searchable list selects its text, so that typing replaces it instead of appending to it.
HEAD = """
<script>
document.addEventListener("focusin", (e) => { if (e.target.matches?.('input[role="combobox"]')) e.target.select(); });
</script>
"""


def theme() -> gr.Theme:
    """A calm theme with the fonts of the visitor's system. Nothing is downloaded from other servers."""
    import gradio as gr

    base = gr.themes.Base(
        primary_hue="teal", secondary_hue="slate", neutral_hue="slate", font=SYSTEM_FONTS, font_mono=MONO_FONTS
    )
    return base.set(
        body_background_fill="*neutral_50",
        body_text_color_subdued="*neutral_500",
        block_info_text_color="*neutral_500",
        block_border_width="1px",
        block_radius="*radius_lg",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_text_color="white",
        slider_color="*primary_600",
    )


def legend(canvas: Canvas, asked: str) -> str:
    """Swatch and name of every niche in a ``niches`` map."""
    rows = [(name, palette.ASKED if name == asked else colour) for name, colour in canvas.niche_swatches().items()]
    if (canvas.slide.niche < 0).any():
        rows.append(("no niche", palette.UNLABELLED))
    swatches = (
        f'<span><i style="background: rgb{colour}"></i>{html.escape(name)}{" (asked)" if name == asked else ""}</span>'
        for name, colour in rows
    )
    return f'<div class="legend">{"".join(swatches)}</div>'


def verdict(word: str, kind: str, detail: str) -> str:
    """The verdict in large letters, with its probability in words; ``kind`` is yes, no or abstain."""
    return (
        f'<div class="verdict {kind}" role="status"><b>{html.escape(word)}</b><span>{html.escape(detail)}</span></div>'
    )


def status(text: str, *, bad: bool = False) -> str:
    """One line under the slide's name."""
    return f'<div role="{"alert" if bad else "status"}" class="{"bad" if bad else ""}">{html.escape(text)}</div>'


def footer(*, by_server: bool) -> str:
    """Where the slides of a visitor go: pictures leave this machine only if a server has the model."""
    drawn = " Pictures drawn from them go to the server that has the model." if by_server else ""
    return f"Research software, not for clinical use. Slides stay on the machine that serves this page.{drawn}"


def note(text: str) -> str:
    """Small print."""
    return f'<div class="note">{html.escape(text)}</div>'


def ledger_rows(ledger: Ledger) -> list[list[str]]:
    """Rows under ``LEDGER_HEADERS``: the claims, then the sentences that hold none."""
    rows = [
        [
            entry.sentence,
            probability_in_ledger(entry),
            f"{VERDICT_MARKS[entry.verdict]} {entry.verdict}",
            entry.statistic,
            entry.value,
        ]
        for entry in ledger.entries
    ]
    no_claim = "holds no claim of the vocabulary"
    return rows + [[sentence, "", "- not checked", no_claim, ""] for sentence in ledger.unheard]


def marker_rows(table: pd.DataFrame) -> pd.DataFrame:
    """A marker table as the page shows it: fewer columns, three digits."""
    shown = table[list(MARKER_COLUMNS)].copy()
    for column in shown.select_dtypes("number"):
        shown[column] = [float(f"{value:.3g}") for value in shown[column]]
    return shown.rename(columns=MARKER_COLUMNS)
