"""The tab that describes the chosen niche: form, place, extent, neighbours, its markers, and where in it they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.web.downloads import Downloads
from app.web.ledger_view import NOTHING_YET, answer_view, ledger_view
from app.web.model_figures import figures_view
from app.web.page_state import ENGINE_EVENT, Chosen, PageState, Tab, guarded
from app.web.turns import Turns
from app.web.visitor_work import begin_work
from app.web.widgets import chips, chips_value
from inference.answers.asking import describe_niche
from inference.answers.candidate_claims import N_GENES
from inference.answers.interview import ENRICHED
from inference.answers.report import describe_slides
from inference.answers.report_page import to_html

if TYPE_CHECKING:
    import gradio as gr

    from inference.engine.engine import Engine

NAME = "niche"
MOST_CHIPS = 12
HINT = (
    "Press Describe: the model is asked about the niche, its neighbours and 24 genes. Half of them are likely markers "
    "by the counts, half are not. What the counts could not check is not asked."
)


def niche_tab(engine: Engine, turns: Turns, chosen: Chosen, downloads: Downloads) -> Tab:
    """Builds the tab."""
    import gradio as gr

    with gr.Row(elem_classes="buttons"):
        button = gr.Button("Describe", variant="primary", scale=2, min_width=120)
        stop = gr.Button("Stop", variant="secondary", scale=1, min_width=90)
    text = gr.HTML(answer_view(None, HINT), elem_classes="result", apply_default_css=False)
    genes = chips(elem_id="enriched")
    ledger = gr.HTML(NOTHING_YET, elem_classes="result", apply_default_css=False)
    with gr.Accordion("What the model sees", open=False):
        figure = gr.HTML(apply_default_css=False)
    with gr.Row(elem_classes="buttons"):
        make = gr.Button("Make a report of all niches", size="sm", min_width=190)
        report = gr.DownloadButton("Download the report", size="sm", interactive=False, min_width=190)

    def draw(state: PageState, slice_name: str, niche: str, gene: str) -> tuple:
        is_new = state.show(NAME, slice_name, niche)
        canvas = state.opened.canvas(slice_name, engine.image_size)
        pictures = [(canvas.niche(niche), f"{niche} on the tissue"), (canvas.mask(niche), f"{niche}, cropped")]
        answered = (answer_view(None, HINT), chips_value(), NOTHING_YET) if is_new else [gr.skip()] * 3
        return figures_view(pictures, "Beside these it sees one picture for each gene and each neighbour."), *answered

    @guarded
    def describe(
        state: PageState,
        slice_name: str,
        niche: str,
        gene: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio looks for it there
    ) -> Iterator[tuple]:
        work = begin_work(state, NAME, (slice_name, niche), engine, turns)
        for answer in describe_niche(work.engine, work.measure(progress), niche):
            work.check_wanted()
            yield answer_view(answer), chips_value(), ledger_view(answer.ledger)
        enriched = [claim.gene for claim in answer.claims if claim.kind == ENRICHED][:MOST_CHIPS]
        shown = chips_value("Show on the map:", enriched) if enriched else chips_value()
        yield answer_view(answer), shown, ledger_view(answer.ledger)

    @guarded
    def report_all(
        state: PageState,
        slice_name: str,
        niche: str,
        gene: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio looks for it there
    ) -> Iterator[gr.DownloadButton]:
        work = begin_work(state, "report", (slice_name,), engine, turns)
        facts = work.measure(progress)
        reports = describe_slides(
            work.engine,
            [facts],
            n_genes=N_GENES,
            progress=lambda done, all_: progress((done, all_), desc="describing"),
        )
        path = downloads.path(facts.slide.name, "report", suffix=".html")
        path.write_text(to_html(engine, reports), encoding="utf-8")
        yield gr.DownloadButton(value=str(path), interactive=True)

    shown = [text, genes, ledger]
    button.click(describe, chosen.inputs, shown, show_progress_on=text, **ENGINE_EVENT)
    make.click(report_all, chosen.inputs, report, show_progress_on=report, **ENGINE_EVENT)

    def stop_all(state: PageState) -> None:
        state.stop(NAME)
        state.stop("report")

    stop.click(stop_all, chosen.state, None, queue=False, api_visibility="private")
    return Tab(NAME, draw, [figure, *shown], (genes.select,))
