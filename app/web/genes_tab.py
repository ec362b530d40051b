"""The tab that compares genes: maps side by side, their values by niche as a plot, and as a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from app.web.gene_table import gene_table, table_value
from app.web.page_state import QUIET, Chosen, PageState, Tab, told
from app.web.tissue_map import map_settings
from app.web.widgets import chips, chips_value, find_gene, gene_box
from data_prep.slide import Slide

if TYPE_CHECKING:
    import gradio as gr

NAME = "genes"
MOST_GENES = 4
_TEMPLATE = """
<div class="genes-view">
  <div class="gene-maps" role="img" aria-label="Maps of the chosen genes"></div>
  <div class="segments" role="group" aria-label="Plot by niche">
    <button type="button" data-plot="dots" aria-pressed="true">Dots</button>
    <button type="button" data-plot="violin" aria-pressed="false">Violins</button>
  </div>
  <div class="gene-plot" role="img" aria-label="Values of the chosen genes by niche"></div>
  <p class="note gene-plot-note"></p>
</div>
"""


def genes_tab(chosen: Chosen) -> Tab:
    """Builds the tab."""
    import gradio as gr

    box = gene_box("Add a gene to compare", placeholder="Up to four genes", empties=True)
    note = chips()
    listed = chips(elem_id="compared")
    view = gr.HTML(
        value="",
        html_template=_TEMPLATE,
        elem_id="genes-view",
        **map_settings("genes_view.js"),
    )
    table = gene_table("The chosen gene in each niche", elem_id="gene-by-niche")

    def draw(state: PageState, slice_name: str, niche: str, gene: str) -> tuple:
        before = state.shown.get(NAME)
        if not state.show(NAME, slice_name, gene):
            return (gr.skip(),) * 4
        same_slide = before and before[:2] == (state.opened, slice_name)
        names = [gene, *(name for name in state.compared if name != gene)][:MOST_GENES] if same_slide else [gene]
        return refreshed(state, slice_name, names)

    def refreshed(state: PageState, slice_name: str, names: list[str]) -> tuple:
        state.compared = names
        slide = state.opened.slide(slice_name)
        message = _message(state, slice_name, names)
        removable = chips_value("Remove:", names[1:]) if names[1:] else chips_value()
        return chips_value(), removable, message, _table(state, slide, slice_name, names[0])

    @told
    def add(state: PageState, slice_name: str, niche: str, gene: str, event: gr.EventData) -> tuple:
        slide = state.opened.slide(slice_name)
        found, near = find_gene(slide, str(event._data.get("gene", "")))
        if not found:
            return absent(str(event._data.get("gene", "")), near), *[gr.skip()] * 3
        if found in state.compared:
            return (gr.skip(),) * 4
        if len(state.compared) == MOST_GENES:
            return chips_value(f"{MOST_GENES} genes are shown. Remove one first.", bad=True), *[gr.skip()] * 3
        return refreshed(state, slice_name, [*state.compared, found])

    @told
    def remove(state: PageState, slice_name: str, niche: str, gene: str, event: gr.EventData) -> tuple:
        names = [name for name in state.compared if name != event._data.get("text")]
        return refreshed(state, slice_name, names or [gene])

    outputs = [note, listed, view, table]
    for event in (box.select, note.select):
        event(add, chosen.inputs, outputs, **QUIET)
    listed.select(remove, chosen.inputs, outputs, **QUIET)
    return Tab(NAME, draw, outputs, (table.select,))


def absent(wanted: str, near: list[str]) -> str:
    """What is said of a gene that the slide does not have, as the value of `chips`."""
    words = f"This slide has no gene “{wanted[:40]}”." + (" Did you mean" if near else " Type a part of its name.")
    return chips_value(words, near, bad=True)


def _message(state: PageState, slice_name: str, names: list[str]) -> str:
    data = state.opened.map_data(slice_name)
    statistics: dict[str, Any] = {"niches": data.niche_statistics(names), "depth": round(data.median_depth)}
    return json.dumps({"genes": [data.gene_message(name) for name in names], **statistics}, allow_nan=False)


def _table(state: PageState, slide: Slide, slice_name: str, gene: str) -> str:
    rows = state.opened.map_data(slice_name).niche_statistics([gene])
    columns = [
        ("Niche", "name", ""),
        ("Spots", "number", ""),
        (f"Mean of {gene}", "number", "Mean counts per spot of median depth"),
        ("Detected", "share", "Share of the spots with a count"),
    ]
    values = [(row["niche"], row["spots"], row["mean"][0], row["detected"][0]) for row in rows]
    values.sort(key=lambda row: -row[2])
    return table_value(columns, values, f"{gene} in the niches of {slide.name}", picks="niche")
