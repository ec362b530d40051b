"""The tab that tells whether the slice is good enough, and for what; and the same as a page to hand out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.web import appearance
from app.web.downloads import Downloads
from app.web.page_state import ENGINE_EVENT, Chosen, PageState, Tab, guarded
from app.web.turns import Turns
from app.web.visitor_work import begin_work
from inference.answers.quality.quality_page import to_html

if TYPE_CHECKING:
    import gradio as gr

    from inference.engine.engine import Engine

NAME = "quality"
NOTE = (
    "Press Check: depth, genes, coordinates and niches of the slice are measured, and which claims it has the counts "
    "for. The model is not asked."
)


def quality_tab(engine: Engine, turns: Turns, chosen: Chosen, downloads: Downloads) -> Tab:
    """Builds the tab."""
    import gradio as gr

    with gr.Row(elem_classes="buttons"):
        button = gr.Button("Check", variant="primary", scale=2, min_width=120)
        stop = gr.Button("Stop", variant="secondary", scale=1, min_width=90)
        download = gr.DownloadButton("Download the page", size="sm", interactive=False, min_width=170)
    preprocessing = gr.Checkbox(
        label="Also compare ways to prepare the counts before niches are found (some ten seconds)",
        container=False,
    )
    shown = gr.HTML(appearance.note(NOTE), elem_id="quality", elem_classes="result", apply_default_css=False)

    def draw(state: PageState, slice_name: str, niche: str, gene: str) -> tuple:
        if not state.show(NAME, slice_name):
            return gr.skip(), gr.skip()
        return appearance.note(NOTE), gr.DownloadButton(value=None, interactive=False)

    @guarded
    def check(
        state: PageState,
        slice_name: str,
        niche: str,
        gene: str,
        preprocessing: bool,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio looks for it there
    ) -> Iterator[tuple]:
        work = begin_work(state, NAME, (slice_name,), engine, turns)

        def report(step: str, done: int, total: int) -> None:
            work.check_wanted()
            progress((done, total), desc=step)

        quality = work.opened.quality(slice_name, work.measure(progress), report, preprocessing=preprocessing)
        path = downloads.path(quality.check.slide.name, NAME, suffix=".html")
        path.write_text(to_html([quality]), encoding="utf-8")
        yield to_html([quality], whole=False), gr.DownloadButton(value=str(path), interactive=True)

    button.click(check, [*chosen.inputs, preprocessing], [shown, download], show_progress_on=shown, **ENGINE_EVENT)
    stop.click(lambda state: state.stop(NAME), chosen.state, None, queue=False, api_visibility="private")
    return Tab(NAME, draw, [shown, download])
