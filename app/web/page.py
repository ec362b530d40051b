"""The web page: a slide, and three tabs to ask about it.

demo = build_demo(load_engine())
launch(demo, port=7860)
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.web import appearance, tabs
from app.web.page_state import Chosen, PageState
from app.web.slide_cache import SlideCache
from app.web.upload import DELETE_AFTER_SECONDS, LOOK_EVERY_SECONDS, example_slides, open_slides
from data_prep.errors import NicheLensError
from data_prep.facts.variable_genes import variable_genes
from data_prep.slide_loading import slide_label

if TYPE_CHECKING:
    import gradio as gr

    from inference.engine.engine import Engine


def build_demo(engine: Engine, opened: SlideCache | None = None) -> gr.Blocks:
    """Builds the page.

    Args:
        engine: model to ask. All visitors share it; it answers one of them at a time.
        opened: slides that the page shows first; None for a synthetic slide.
    """
    import gradio as gr

    with gr.Blocks(
        title="NicheLens", analytics_enabled=False, delete_cache=(LOOK_EVERY_SECONDS, DELETE_AFTER_SECONDS)
    ) as demo:
        state = gr.State(PageState(opened or example_slides()))
        gr.Markdown(appearance.TITLE, elem_id="title")
        with gr.Row():
            column = gr.Dropdown(label="Niche column", min_width=140)
            slice_name = gr.Dropdown(label="Slice", min_width=140)
            niche = gr.Dropdown(label="Niche", min_width=180)
            upload = gr.UploadButton(
                "Open a slide (.h5ad)", file_types=[".h5ad"], elem_id="upload", size="md", min_width=220, scale=0
            )
        status = gr.HTML(elem_id="status")
        gene = gr.Dropdown(label="Gene", info="Type to search; the most variable genes come first.", render=False)
        chosen = Chosen(state, slice_name, niche)
        with gr.Tabs():
            with gr.Tab("Ask about a gene"):
                asking = tabs.ask_tab(engine, chosen, gene)
            with gr.Tab("Describe the niche"):
                describing = tabs.describe_tab(engine, chosen)
            with gr.Tab("Find markers"):
                finding = tabs.markers_tab(engine, chosen)
        gr.HTML(appearance.footer(by_server=bool(engine.endpoint)), elem_id="foot")

        def open_file(path: str, state: PageState) -> list[Any]:
            return reopen(state, Path(path), None)

        # A list reports its choice again when it loses the focus. Do not reopen what is open: the visitor may have
        # chosen something else since.
        def read_column(state: PageState, key: str) -> list[Any]:
            return same if key == state.opened.niche_key else reopen(state, state.opened.path, key)

        def take_slice(state: PageState, name: str) -> list[Any]:
            return same if state.still_shows("slide", state.opened, name) else choices(state, name)

        def reopen(state: PageState, path: Path | None, key: str | None) -> list[Any]:
            try:
                state.opened = open_slides(path, [key] if key else []) if path else state.opened
            except NicheLensError as error:
                gr.Warning(html.escape(str(error)), title="Slide not opened")
                return [
                    state.opened.niche_key or None,
                    *[gr.skip()] * 3,
                    appearance.status(f"Not opened. {error}", bad=True),
                ]
            return choices(state)

        def choices(state: PageState, name: str | None = None) -> list[Any]:
            opened = state.opened
            slide = opened.slide(name)
            state.show("slide", slide_label(slide))
            genes = variable_genes(slide)
            return [
                gr.Dropdown(list(opened.columns), value=opened.niche_key or None, visible=len(opened.columns) > 1),
                gr.Dropdown(opened.slice_names, value=slide_label(slide), visible=len(opened.slice_names) > 1),
                gr.Dropdown(list(slide.niches), value=slide.niches[0]),
                gr.Dropdown(genes, value=genes[0]),
                appearance.status(opened.summary(name)),
            ]

        choosers = [column, slice_name, niche, gene, status]
        same = [gr.skip()] * len(choosers)
        quiet = {"show_progress": "hidden", "api_visibility": "private"}
        rechosen = [
            demo.load(choices, state, choosers, **quiet).then,
            upload.upload(open_file, [upload, state], choosers, api_visibility="private").then,
            column.input(read_column, [state, column], choosers, api_visibility="private").then,
            slice_name.input(take_slice, [state, slice_name], choosers, **quiet).then,
            niche.input,
        ]
        for tab in (asking, describing, finding):
            for event in rechosen:
                event(tab.draw, tab.inputs, tab.outputs, **quiet)
    return demo


def launch(demo: gr.Blocks, *, host: str = "127.0.0.1", port: int = 7860, wait: bool = True) -> str:
    """Serves the page with the default settings; see `app.web.serving.launch`."""
    from app.web import serving

    return serving.launch(demo, serving.Serving(host, port), wait=wait)
