"""The tab that asks about many genes in the chosen niche: a table, and files to take away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.niche_column import niche_search
from app.web import appearance
from app.web.downloads import Downloads
from app.web.gene_table import gene_table, marker_rows
from app.web.page_state import ENGINE_EVENT, QUIET, Chosen, PageState, Tab, guarded
from app.web.turns import Turns
from app.web.visitor_work import begin_work
from data_prep.errors import NicheLensError
from data_prep.read.options import ReadOptions
from inference.answers.asking import VERDICT_WORDS
from inference.answers.screen import screen_markers

if TYPE_CHECKING:
    import gradio as gr
    import pandas as pd

    from inference.engine.engine import Engine

NAME = "markers"
MARKER_GENES = 200
NOTE = (
    "The model answers one question for each gene. Its answer is compared with the marker rule, where both are sure. "
    "Click a row to see the gene on the map."
)


def markers_tab(engine: Engine, turns: Turns, chosen: Chosen, downloads: Downloads) -> Tab:
    """Builds the tab."""
    import gradio as gr

    with gr.Row(elem_classes=["buttons", "ask-how-many"]):
        count = gr.Number(MARKER_GENES, label="Most variable genes", minimum=1, precision=0, min_width=130, scale=1)
        all_genes = gr.Checkbox(False, label="All genes", container=False, min_width=110, scale=1)
    with gr.Row(elem_classes="buttons"):
        button = gr.Button("Find markers", variant="primary", scale=2, min_width=140)
        stop = gr.Button("Stop", variant="secondary", min_width=90)
    result = gr.HTML(appearance.note(NOTE), elem_classes="result", apply_default_css=False)
    table = gene_table("Markers of the niche", elem_id="markers")
    with gr.Row(elem_classes="buttons"):
        download = gr.DownloadButton("Download the table (CSV)", size="sm", interactive=False, min_width=190)
        make = gr.Button("Write it into the slide", size="sm", min_width=150)
        annotated = gr.DownloadButton("Download the slide (.h5ad)", size="sm", interactive=False, min_width=190)

    def draw(state: PageState, slice_name: str, niche: str, gene: str) -> tuple:
        if not state.show(NAME, slice_name, niche):
            return (gr.skip(),) * 4
        nothing = gr.DownloadButton(value=None, interactive=False)
        return appearance.note(NOTE), "", nothing, nothing

    @guarded
    def find(
        state: PageState,
        slice_name: str,
        niche: str,
        gene: str,
        count: int,
        all_genes: bool,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio looks for it there
    ) -> Iterator[tuple]:
        work = begin_work(state, NAME, (slice_name, niche), engine, turns)
        facts = work.measure(progress)

        def report(done: int, total: int) -> None:
            work.check_wanted()
            progress((done, total), desc="asking", unit="genes")

        genes = work.opened.genes(slice_name)
        asked = genes if all_genes else genes[: max(1, int(count or MARKER_GENES))]
        screen = screen_markers(work.engine, facts, asked, [niche], progress=report)
        path = downloads.path(facts.slide.name, niche, "markers", suffix=".csv")
        screen.to_csv(path, index=False)
        state.screen = (work.opened, screen)
        words = {word: int((screen["verdict"] == word).sum()) for word in VERDICT_WORDS}
        counts = f"{words['yes']} markers, {words['no']} not, {words['abstain']} not sure"
        summary = f"{niche}: {counts}, of {len(screen):,} genes."
        yield (
            appearance.note(summary),
            marker_rows(screen, summary),
            gr.DownloadButton(value=str(path), interactive=True),
        )

    @guarded
    def annotate(state: PageState) -> Iterator[gr.DownloadButton]:
        if state.screen is None or state.screen[0] is not state.opened:
            message = "there is no table of this slide yet; press “Find markers” first"
            raise NicheLensError(message)
        opened, screen = state.screen
        path = downloads.path(
            opened.title().removesuffix(".h5ad"), str(screen["niche"][0]), "nichelens", suffix=".h5ad"
        )
        write_annotated(opened.path, opened.niche_key, engine, screen, path)
        yield gr.DownloadButton(value=str(path), interactive=True)

    make.click(annotate, chosen.state, annotated, show_progress_on=annotated, **QUIET)
    button.click(
        find, [*chosen.inputs, count, all_genes], [result, table, download], show_progress_on=result, **ENGINE_EVENT
    )
    stop.click(lambda state: state.stop(NAME), chosen.state, None, queue=False, api_visibility="private")
    return Tab(NAME, draw, [result, table, download, annotated], (table.select,))


def write_annotated(file: Path | None, niche_key: str, engine: Engine, screen: pd.DataFrame, path: Path) -> None:
    """Writes a copy of a slide with a marker table in it; see `app.anndata_results.annotated_copy`.

    Args:
        file: the slide.
        niche_key: column that its niches were read from.
        engine: the model that was asked.
        screen: table of `screen_markers`.
        path: file to write.

    Raises:
        NicheLensError: the slide is no .h5ad file.
    """
    if file is None or file.suffix != ".h5ad":
        message = "only a slide from an .h5ad file can be written back; download the table instead"
        raise NicheLensError(message)
    from app.anndata_results import annotated_copy, screen_settings

    search = niche_search(niche_key)
    reading = ReadOptions((niche_key,), drop_small_niches=True)
    if search is not None:
        reading = ReadOptions(find_niches=True, niches=search)
    annotated_copy(file, screen, screen_settings(engine, reading), path)
