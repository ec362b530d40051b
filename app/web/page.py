"""The web page: the tissue in the middle, and tabs to ask about it. This module only wires the parts together.

`app.web.serving` serves it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.known_slides import KnownSlides
from app.web import appearance
from app.web.address import Address, address_keeper, tab_script
from app.web.ask_tab import ask_tab
from app.web.chat_tab import chat_tab
from app.web.choice import Choice, Chooser
from app.web.downloads import Downloads
from app.web.genes_tab import genes_tab
from app.web.known_tab import known_tab
from app.web.markers_tab import markers_tab
from app.web.niche_search_panel import niche_search_panel
from app.web.niche_tab import niche_tab
from app.web.page_state import OPENING, QUIET, Chosen, PageState, told
from app.web.quality_tab import quality_tab
from app.web.slide_cache import SlideCache
from app.web.source_picker import source_picker
from app.web.sources import UPLOAD, Folders, Sources
from app.web.tissue_map import tissue_map
from app.web.turns import Turns
from app.web.upload import DELETE_AFTER_SECONDS, LOOK_EVERY_SECONDS, Progress, open_slides
from app.web.visits import Visits
from app.web.widgets import chips, gene_box

if TYPE_CHECKING:
    import gradio as gr

    from inference.engine.engine import Engine


def build_demo(
    engine: Engine,
    opened: SlideCache | None = None,
    *,
    folders: Folders | None = None,
    turns: Turns | None = None,
    known: KnownSlides | None = None,
) -> gr.Blocks:
    """Builds the page.

    Args:
        engine: model to ask. All visitors share it, and take turns.
        opened: slides that the page shows first; None for a synthetic slide.
        folders: which files visitors may open by path; None for none.
        turns: the order of those who use the model, if others than the page's visitors do.
        known: what the server's files say of slides; None leaves out the tab about it.
    """
    import gradio as gr

    sources = Sources(opened, folders=folders)
    turns = turns or Turns()
    visits, downloads = Visits(), Downloads()
    with gr.Blocks(
        title="NicheLens", analytics_enabled=False, delete_cache=(LOOK_EVERY_SECONDS, DELETE_AFTER_SECONDS)
    ) as demo:
        state = gr.State(PageState(sources.open(sources.first), sources.first))
        address = address_keeper()
        gr.HTML(appearance.TITLE, elem_id="head", apply_default_css=False)
        status = gr.HTML(elem_id="status", apply_default_css=False)
        picker = source_picker(sources)
        with gr.Row(elem_id="choosers"):
            column = gr.Dropdown(label="Niche column", min_width=140)
            slice_name = gr.Dropdown(label="Slice", min_width=140)
            niche = gr.Dropdown(label="Niche", min_width=170)
            with gr.Column(min_width=190):
                gene = gene_box("Gene")
        gene_note = chips(elem_id="gene-note")
        chosen = Chosen(state, slice_name, niche, gene)
        with gr.Row(elem_id="main", equal_height=False):
            with gr.Column(scale=6, min_width=340):
                tissue = tissue_map()
                panel = niche_search_panel()
            with gr.Column(scale=5, min_width=340), gr.Tabs(elem_id="tabs") as shelf:
                tabs = []
                about_known = (
                    () if known is None else (("known", "Known", lambda: known_tab(engine, turns, chosen, known)),)
                )
                for name, label, build in (
                    ("ask", "Ask", lambda: ask_tab(engine, turns, chosen)),
                    ("niche", "Describe", lambda: niche_tab(engine, turns, chosen, downloads)),
                    ("genes", "Compare", lambda: genes_tab(chosen)),
                    ("markers", "Markers", lambda: markers_tab(engine, turns, chosen, downloads)),
                    ("quality", "Quality", lambda: quality_tab(engine, turns, chosen, downloads)),
                    *about_known,
                    ("talk", "Talk", lambda: chat_tab(engine, turns, chosen, known)),
                ):
                    with gr.Tab(label, id=name, elem_id=f"tab-{name}") as page:
                        tabs.append(build())
                    page.select(None, None, None, js=tab_script(name))
        gr.HTML(appearance.footer(by_server=bool(engine.endpoint)), elem_id="foot", apply_default_css=False)

        chooser = Chooser(sources, tabs)
        outputs = [column, slice_name, niche, gene, status, gene_note, tissue, address]
        outputs += [*panel.outputs, *chooser.tab_outputs]

        def on(event: Any, take: Any, inputs: list[Any] | None = None, **settings: Any) -> None:
            event(take, inputs or chosen.inputs, outputs, **(QUIET | settings))

        @told
        def load(state: PageState, request: gr.Request) -> list[Any]:
            visits.arrive(request.session_hash, state)
            wanted = Address.of(dict(request.query_params))
            return [*chooser.restore(state, wanted, is_new_page=True), gr.Tabs(selected=_tab(wanted, tabs))]

        @told
        def step(state: PageState, event: gr.EventData) -> list[Any]:
            wanted = Address.of(event._data.get("query") or {})
            return [*chooser.restore(state, wanted, is_new_page=False), gr.Tabs(selected=_tab(wanted, tabs))]

        @told
        def pick(state: PageState, slice_name: str, niche: str, gene: str, event: gr.EventData) -> list[Any]:
            before = Choice(slice_name, niche, gene)
            data = event._data or {}
            if isinstance(data.get("niche"), str):
                return chooser.take_niche(state, before, data["niche"])
            return chooser.take_gene(state, before, str(data.get("gene", "")))

        @told
        def leave(request: gr.Request) -> None:
            visits.leave(request.session_hash)

        def opening(event: Any, source: Any, take: Callable[[PageState, str, Progress], list[Any]]) -> None:
            """Calls ``take`` with the state, the value of ``source``, and a progress that the page shows."""

            def run(state: PageState, value: str, progress: gr.Progress = gr.Progress()) -> list[Any]:  # noqa: B008
                return take(state, value, lambda share, words: progress(share, desc=words))

            event(run, [state, source], outputs, show_progress_on=status, **OPENING)

        def open_upload(state: PageState, file: str, progress: Progress) -> list[Any]:
            return chooser.reopen(state, UPLOAD, lambda told: open_slides(Path(file), progress=told), progress)

        demo.unload(leave)
        demo.load(load, state, [*outputs, shelf], **QUIET)
        # Who steps back and forth quickly ends where the address does.
        address.select(step, state, [*outputs, shelf], trigger_mode="multiple", **QUIET)
        opening(picker.upload.upload, picker.upload, open_upload)
        for event, source, named in picker.opens:
            opening(event, source, partial(_open_named, chooser, named))
        opening(column.input, column, chooser.take_column)
        opening(panel.number.input, panel.number, chooser.take_search)
        panel.stop.click(chooser.stop_opening, state, outputs, queue=False, **QUIET)
        on(slice_name.input, chooser.take_slice)
        on(niche.input, lambda state, *choice: chooser.take_niche(state, Choice(*choice), choice[1]))
        for event in (tissue.select, gene.select, gene_note.select, *(event for tab in tabs for event in tab.picks)):
            on(event, pick)
    return demo


def _open_named(
    chooser: Chooser, name: Callable[[str], str], state: PageState, value: str, progress: Progress
) -> list[Any]:
    return chooser.open_source(state, name(value), progress)


def _tab(wanted: Address, tabs: list[Any]) -> str:
    names = [tab.name for tab in tabs]
    return wanted.tab if wanted.tab in names else names[0]
