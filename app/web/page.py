"""The web page: a slide, and three things to ask of it.

demo = build_demo(Engine.load())
launch(demo, port=7860)
"""

from __future__ import annotations

import html
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.slide_input import slide_label
from app.web import appearance, tabs
from app.web.visits import Bench, Visit, open_bench
from data_prep.errors import NicheLensError
from data_prep.facts.variable_genes import variable_genes
from data_prep.synth.tissue import make_slide

if TYPE_CHECKING:
    import gradio as gr

    from inference.engine.engine import Engine

MAX_UPLOAD = "1gb"
IDLE_SECONDS, SWEEP_SECONDS = 86_400, 3_600
"""Uploaded files are deleted when nobody used them for a day; looked for every hour."""


def build_demo(engine: Engine, bench: Bench | None = None) -> gr.Blocks:
    """Builds the page.

    Args:
        engine: answers; shared by all visitors, who are served one after another.
        bench: the slides to open on; None for a synthetic one.
    """
    import gradio as gr

    opening = bench or opening_bench()
    with gr.Blocks(title="NicheLens", analytics_enabled=False, delete_cache=(SWEEP_SECONDS, IDLE_SECONDS)) as demo:
        visit = gr.State(Visit(opening))
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
        chosen = tabs.Chosen(visit, slice_name, niche)
        with gr.Tabs():
            with gr.Tab("Ask about a gene"):
                asking = tabs.ask_tab(engine, chosen, gene)
            with gr.Tab("Describe the niche"):
                describing = tabs.describe_tab(engine, chosen)
            with gr.Tab("Find markers"):
                finding = tabs.markers_tab(engine, chosen)
        gr.HTML(appearance.footer(by_server=bool(engine.endpoint)), elem_id="foot")

        def open_file(path: str, visit: Visit) -> list[Any]:
            return reopen(visit, Path(path), None)

        # A list tells of a choice again when it loses the focus: what is open already is not opened over what the
        # visitor has chosen since.
        def read_column(visit: Visit, key: str) -> list[Any]:
            return same if key == visit.bench.niche_key else reopen(visit, visit.bench.path, key)

        def take_slice(visit: Visit, name: str) -> list[Any]:
            return same if visit.still_shows("slide", visit.bench, name) else choices(visit, name)

        def reopen(visit: Visit, path: Path | None, key: str | None) -> list[Any]:
            try:
                visit.bench = open_bench(path, key) if path else visit.bench
            except NicheLensError as error:
                gr.Warning(html.escape(str(error)), title="Slide not opened")
                return [
                    visit.bench.niche_key or None,
                    *[gr.skip()] * 3,
                    appearance.status(f"Not opened. {error}", bad=True),
                ]
            return choices(visit)

        def choices(visit: Visit, name: str | None = None) -> list[Any]:
            bench = visit.bench
            slide = bench.slide(name)
            visit.show("slide", slide_label(slide))
            genes = variable_genes(slide)
            return [
                gr.Dropdown(list(bench.columns), value=bench.niche_key or None, visible=len(bench.columns) > 1),
                gr.Dropdown(bench.names, value=slide_label(slide), visible=len(bench.names) > 1),
                gr.Dropdown(list(slide.niches), value=slide.niches[0]),
                gr.Dropdown(genes, value=genes[0]),
                appearance.status(bench.summary(name)),
            ]

        choosers = [column, slice_name, niche, gene, status]
        same = [gr.skip()] * len(choosers)
        quiet = {"show_progress": "hidden", "api_visibility": "private"}
        rechosen = [
            demo.load(choices, visit, choosers, **quiet).then,
            upload.upload(open_file, [upload, visit], choosers, api_visibility="private").then,
            column.input(read_column, [visit, column], choosers, api_visibility="private").then,
            slice_name.input(take_slice, [visit, slice_name], choosers, **quiet).then,
            niche.input,
        ]
        for tab in (asking, describing, finding):
            for event in rechosen:
                event(tab.draw, tab.inputs, tab.outputs, **quiet)
    return demo


def opening_bench() -> Bench:
    """A synthetic slide of bent layers, the same each time."""
    slide = make_slide(1, n_spots=1800, n_niches=6, n_genes=240, layout="hex", pattern="rings")
    return Bench([slide])


def check_port(host: str, port: int) -> None:
    """Finds out before anything slow is done whether the page can be served there.

    Raises:
        NicheLensError: the port is taken or not ours to take, or the host is not an address of this machine.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"port {port} on {host}: {error.strerror or error}; choose another with --port or --host"
            raise NicheLensError(message) from error


def launch(demo: gr.Blocks, *, host: str = "127.0.0.1", port: int = 7860, wait: bool = True) -> str:
    """Serves the page and prints its address; returns it at once, or with ``wait`` never, until Ctrl-C.

    Raises:
        NicheLensError: the port is taken.
    """
    check_port(host, port)
    demo.queue(max_size=32)
    _, address, _ = demo.launch(
        server_name=host,
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        show_error=True,
        share=False,
        ssr_mode=False,
        max_file_size=MAX_UPLOAD,
        footer_links=[],
        theme=appearance.theme(),
        css=appearance.CSS,
        head=appearance.HEAD,
    )
    print(f"NicheLens is serving on {address} (Ctrl-C stops it)", flush=True)
    if wait:
        try:
            threading.Event().wait()
        finally:
            demo.close(verbose=False)
    return address
