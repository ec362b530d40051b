"""The panel about found niches: how many there are and why, and another number or scale to look for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.niche_column import found_column
from app.web.slide_cache import SlideCache
from data_prep.niche_options import FEWEST, NicheOptions
from inference.answers.found_niches.niche_search_page import why_html

if TYPE_CHECKING:
    import gradio as gr

LABEL = "Number of niches"
MOST_OFFERED = 20
"""More niches than people tell apart on a map; a link may name more."""
_FOUND = {
    "found automatically": NicheOptions(),
    "found, coarser": NicheOptions(scale="coarse"),
    "found, finer": NicheOptions(scale="fine"),
    "found, with preprocessing chosen by count splitting": NicheOptions(auto=True),
}


@dataclass(frozen=True)
class NicheSearchPanel:
    """Its components.

    Attributes:
        box: holds the others; hidden where niches were read.
        number: what to look for, as a column (`app.niche_column`).
        why: reason and curve.
        stop: ends a search.
    """

    box: gr.Accordion
    number: gr.Dropdown
    why: gr.HTML
    stop: gr.Button

    @property
    def outputs(self) -> list[Any]:
        """The components that `panel_values` fills."""
        return [self.box, self.number, self.why]


def niche_search_panel() -> NicheSearchPanel:
    """Builds the components."""
    import gradio as gr

    with gr.Accordion("How niches were found", open=False, visible=False, elem_id="niche-search") as box:
        with gr.Row(elem_classes="search-row"):
            number = gr.Dropdown(_choices(NicheOptions()), label=LABEL, min_width=150, scale=2)
            stop = gr.Button("Stop the search", size="sm", min_width=110, scale=1)
        why = gr.HTML(elem_id="niche-why", apply_default_css=False)
    return NicheSearchPanel(box, number, why, stop)


def panel_values(opened: SlideCache) -> list[Any]:
    """New values for `NicheSearchPanel.outputs`."""
    import gradio as gr

    found = opened.found
    if found is None:
        return [gr.Accordion(visible=False), gr.skip(), ""]
    return [
        gr.Accordion(label=f"Why {found.n_niches} niches? Find another number", visible=True),
        gr.Dropdown(_choices(found.options), value=opened.niche_key),
        why_html(found),
    ]


def _choices(shown: NicheOptions) -> list[tuple[str, str]]:
    """What can be looked for, with what is shown: label and column."""
    numbers = sorted({*range(FEWEST, MOST_OFFERED + 1), shown.n_niches or FEWEST})
    searches = _FOUND | {str(number): NicheOptions(n_niches=number) for number in numbers}
    return [(label, found_column(search)) for label, search in searches.items()]
