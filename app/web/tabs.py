"""The three tabs of the page: ask about a gene, describe a niche, find markers.

Each function builds one tab, and returns how to draw it again after another slide, slice or niche was chosen.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.web import appearance
from app.web.page_state import Chosen, PageState, guarded
from data_prep.facts.facts import Facts
from data_prep.facts.variable_genes import variable_genes
from data_prep.figures.spec import PANELS
from data_prep.tasks import MARKER_PROMPT
from inference.answers.asking import VERDICT_WORDS, ask_before_measuring, describe_niche, probability_words, verdict
from inference.answers.interview import ENRICHED
from inference.answers.screen import screen_markers

if TYPE_CHECKING:
    import gradio as gr

    from inference.engine.engine import Engine

LONGEST_QUESTION = 500
MARKER_GENES = 200
_ENGINE = {"concurrency_id": "engine", "concurrency_limit": 1, "api_visibility": "private"}
"""Settings of the events that use the model: it answers one visitor at a time, the others wait."""
_EMPTY = appearance.verdict("", "", "")
_NO_PANELS = appearance.note(appearance.FOCUS_NOTE)


@dataclass(frozen=True)
class Tab:
    """What the page needs to know of a tab.

    Attributes:
        draw: draws the tab for the current choice and removes an answer about another choice. Lists report a choice
            twice, so an answer about the same choice stays.
        inputs: inputs of ``draw``.
        outputs: outputs of ``draw``.
    """

    draw: Callable[..., Any]
    inputs: list[Any]
    outputs: list[Any]


def ask_tab(engine: Engine, chosen: Chosen, gene: gr.Dropdown) -> Tab:
    """One gene in one niche: its picture, the answer, and the ledger. ``gene`` is placed in this tab."""
    import gradio as gr

    with gr.Row():
        with gr.Column(scale=4, min_width=300):
            gene.render()
            words = gr.Textbox(
                label="Your own question (optional)",
                placeholder=MARKER_PROMPT,
                max_length=LONGEST_QUESTION,
                lines=1,
                visible=engine.writes_prose,
            )
            button = gr.Button("Ask", variant="primary")
            result = gr.HTML(_EMPTY)
            answer = gr.Textbox(label="Answer", lines=4, interactive=False)
        with gr.Column(scale=6, min_width=420), gr.Row():
            with gr.Column(min_width=200):
                picture = _picture("Gene in the niche")
                gr.HTML(appearance.note(appearance.FOCUS_NOTE))
            with gr.Column(min_width=200):
                niches = _picture("Niches")
                legend = gr.HTML()
    ledger = _ledger()

    def draw(state: PageState, slice_name: str, niche: str, gene: str) -> tuple:
        is_new = state.show("ask", slice_name, niche, gene)
        view = state.opened.canvas(slice_name)
        return (
            gr.Image(
                view.focus([gene], niche)[0], alt_text=f"Expression of {gene}, {niche} in colour, the rest in grey"
            ),
            gr.Image(view.niches(niche), alt_text=f"Map of all niches, {niche} in black"),
            appearance.legend(view, niche),
            *((_EMPTY, "", []) if is_new else [gr.skip()] * 3),
        )

    @guarded
    def answer_question(state: PageState, slice_name: str, niche: str, gene: str, words: str | None) -> Iterator[tuple]:
        opened, choice = state.opened, (slice_name, niche, gene)
        state.show("ask", *choice)

        def measure() -> Facts:
            return opened.facts(slice_name, engine.image_size)

        canvas = opened.canvas(slice_name, engine.image_size)
        headline = ""
        question = words or ""  # a hidden box gives None
        for answer in ask_before_measuring(engine, canvas, gene, niche, measure, question=question):
            headline = headline or _headline(engine, answer.probability)
            state.check_wanted("ask", opened, *choice)
            yield headline, answer.text, appearance.ledger_rows(answer.ledger)

    shown = [result, answer, ledger]
    gr.on(
        [button.click, words.submit],
        answer_question,
        [*chosen.inputs, gene, words],
        shown,
        show_progress_on=answer,
        **_ENGINE,
    )
    outputs = [picture, niches, legend, *shown]
    gene.input(draw, [*chosen.inputs, gene], outputs, show_progress="hidden", api_visibility="private")
    return Tab(draw, [*chosen.inputs, gene], outputs)


def describe_tab(engine: Engine, chosen: Chosen) -> Tab:
    """The chosen niche in words: form, place, extent, neighbours, its markers, and where in it they are."""
    import gradio as gr

    with gr.Row():
        with gr.Column(scale=4, min_width=300):
            button = gr.Button("Describe", variant="primary")
            text = gr.Textbox(label="Description", lines=7, interactive=False)
            gr.HTML(appearance.note(appearance.INTERVIEW_NOTE))
        with gr.Column(scale=6, min_width=420), gr.Row():
            with gr.Column(min_width=200):
                niches = _picture("Niches")
                legend = gr.HTML()
            with gr.Column(min_width=200):
                montage = _picture("Genes that it finds enriched")
                panels = gr.HTML(_NO_PANELS)
    ledger = _ledger()

    def draw(state: PageState, slice_name: str, niche: str) -> tuple:
        is_new = state.show("describe", slice_name, niche)
        view = state.opened.canvas(slice_name)
        map_ = gr.Image(view.niches(niche), alt_text=f"Map of all niches, {niche} in black")
        answered = (None, "", _NO_PANELS, []) if is_new else [gr.skip()] * 4
        return map_, appearance.legend(view, niche), *answered

    @guarded
    def describe(
        state: PageState,
        slice_name: str,
        niche: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio looks for it there
    ) -> Iterator[tuple]:
        opened, choice = state.opened, (slice_name, niche)
        state.show("describe", *choice)
        progress(0, desc="measuring the slide")
        facts = opened.facts(slice_name, engine.image_size)
        for answer in describe_niche(engine, facts, niche):
            state.check_wanted("describe", opened, *choice)
            yield None, answer.text, _NO_PANELS, appearance.ledger_rows(answer.ledger)
        enriched = [claim.gene for claim in answer.claims if claim.kind == ENRICHED][: len(PANELS)]
        if enriched:
            names = ", ".join(f"{letter} = {gene}" for letter, gene in zip(PANELS, enriched, strict=False))
            picture = gr.Image(opened.canvas(slice_name).montage(enriched, niche), alt_text=f"Maps of genes: {names}")
            yield picture, answer.text, appearance.note(names), appearance.ledger_rows(answer.ledger)

    button.click(describe, chosen.inputs, [montage, text, panels, ledger], show_progress_on=text, **_ENGINE)
    return Tab(draw, chosen.inputs, [niches, legend, montage, text, panels, ledger])


def markers_tab(engine: Engine, chosen: Chosen) -> Tab:
    """The answers about the most variable genes in the chosen niche, as a table and as a CSV file."""
    import gradio as gr

    folder = tempfile.TemporaryDirectory(prefix="nichelens-")
    with gr.Row(elem_classes="centred"):
        count = gr.Slider(
            10, 1000, value=MARKER_GENES, step=10, label="Genes to ask", info="The most variable ones.", scale=3
        )
        button = gr.Button("Find markers", variant="primary", scale=1)
        download = gr.DownloadButton("Download CSV", interactive=False, scale=1, min_width=190)
    result = gr.HTML(appearance.note(appearance.MARKERS_NOTE))
    table = gr.Dataframe(
        headers=list(appearance.MARKER_COLUMNS.values()),
        interactive=False,
        label="Markers",
        show_search="search",
        max_height=560,
        elem_classes=["table", "markers"],
    )

    def draw(state: PageState, slice_name: str, niche: str) -> tuple:
        if not state.show("markers", slice_name, niche):
            return (gr.skip(),) * 3
        return (
            appearance.note(appearance.MARKERS_NOTE),
            gr.Dataframe([]),
            gr.DownloadButton(value=None, interactive=False),
        )

    @guarded
    def find(
        state: PageState,
        slice_name: str,
        niche: str,
        count: int,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio looks for it there
    ) -> Iterator[tuple]:
        opened, choice = state.opened, (slice_name, niche)
        state.show("markers", *choice)
        progress(0, desc="measuring the slide")
        facts = opened.facts(slice_name, engine.image_size)

        def report(done: int, total: int) -> None:
            state.check_wanted("markers", opened, *choice)
            progress((done, total), desc="asking", unit="genes")

        screen = screen_markers(engine, facts, variable_genes(facts.slide, int(count)), [niche], progress=report)
        path = Path(tempfile.mkdtemp(dir=folder.name)) / "markers.csv"
        screen.to_csv(path, index=False)
        words = {word: int((screen["verdict"] == word).sum()) for word in VERDICT_WORDS}
        summary = (
            f"{niche}: {words['yes']} markers, {words['no']} not, {words['abstain']} not sure, of {len(screen)} genes."
        )
        yield (
            appearance.note(summary),
            appearance.marker_rows(screen),
            gr.DownloadButton(value=str(path), interactive=True),
        )

    button.click(find, [*chosen.inputs, count], [result, table, download], show_progress_on=table, **_ENGINE)
    return Tab(draw, chosen.inputs, [result, table, download])


def _headline(engine: Engine, probability: float | None) -> str:
    if probability is None:
        return appearance.verdict("In your own words", "abstain", "no probability: this is not the yes/no question")
    kind = verdict(engine, probability)
    words = probability_words(probability, is_known=engine.gives_probability)
    return appearance.verdict(VERDICT_WORDS[kind], kind, words)


def _picture(label: str) -> gr.Image:
    import gradio as gr

    return gr.Image(
        label=label, format="png", interactive=False, buttons=["download", "fullscreen"], elem_classes="picture"
    )


def _ledger() -> gr.Dataframe:
    import gradio as gr

    return gr.Dataframe(
        headers=list(appearance.LEDGER_HEADERS),
        datatype="str",
        interactive=False,
        wrap=True,
        label="Ledger: what the counts say of each claim",
        column_widths=["34%", "11%", "15%", "20%", "20%"],
        elem_classes=["table", "ledger"],
    )
