"""The three tabs of the page: ask about a gene, describe a niche, find markers.

Each builds its part of the page and returns how to draw it anew when another slide, slice or niche was chosen.
"""

from __future__ import annotations

import html
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.web import appearance
from app.web.visits import Bench, Visit
from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.variable_genes import variable_genes
from data_prep.figures.canvas import PANELS
from data_prep.tasks import MARKER_PROMPT
from inference.answers.asking import VERDICT_WORDS, ask_question, describe_niche, gene_question, probability_words
from inference.answers.report import choose_candidates
from inference.answers.screen import screen_markers, verdict

if TYPE_CHECKING:
    import gradio as gr

    from inference.engine.engine import Engine

LONGEST_QUESTION = 500
MARKER_GENES = 200
_ENGINE = {"concurrency_id": "engine", "concurrency_limit": 1, "api_visibility": "private"}
"""Events that use the model wait for one another: it answers one visitor at a time."""
_EMPTY = appearance.verdict("", "", "")


@dataclass(frozen=True)
class Chosen:
    """The components that say what is looked at, shared by all tabs."""

    visit: gr.State
    slice_name: gr.Dropdown
    niche: gr.Dropdown

    @property
    def inputs(self) -> list[Any]:
        """As inputs of an event."""
        return [self.visit, self.slice_name, self.niche]


@dataclass(frozen=True)
class Tab:
    """What the page needs to know of a tab.

    Attributes:
        draw: draws the tab for what is chosen, and empties what was answered about something else (lists of the page
            tell twice that something was chosen: an answer about the same choice stays).
        inputs: of ``draw``.
        outputs: of ``draw``.
    """

    draw: Callable[..., Any]
    inputs: list[Any]
    outputs: list[Any]


def ask_tab(engine: Engine, chosen: Chosen, gene: gr.Dropdown) -> Tab:
    """One gene in one niche: its picture, the answer, and the ledger. ``gene`` is drawn here."""
    import gradio as gr

    with gr.Row():
        with gr.Column(scale=4, min_width=300):
            gene.render()
            words = gr.Textbox(
                label="Your own question (optional)", placeholder=MARKER_PROMPT, max_length=LONGEST_QUESTION, lines=1
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

    def draw(visit: Visit, slice_name: str, niche: str, gene: str) -> tuple:
        is_new = visit.show("ask", slice_name, niche, gene)
        view = visit.bench.canvas(slice_name)
        return (
            gr.Image(
                view.focus([gene], niche)[0], alt_text=f"Expression of {gene}, {niche} in colour, the rest in grey"
            ),
            gr.Image(view.niches(niche), alt_text=f"Map of all niches, {niche} in black"),
            appearance.legend(view, niche),
            *((_EMPTY, "", []) if is_new else [gr.skip()] * 3),
        )

    @_guarded
    def ask(visit: Visit, slice_name: str, niche: str, gene: str, words: str) -> Iterator[tuple]:
        bench, now = visit.bench, ("ask", slice_name, niche, gene)
        visit.show(*now)
        asked = gene_question(bench.canvas(slice_name, engine.image_size), gene, niche, words)

        def measure() -> Facts:
            return bench.facts(slice_name, engine.image_size)

        answers = ask_question(engine, asked, measure, with_probability=not words.strip())
        headline = ""
        for answer in answers:
            headline = headline or _headline(answer.probability, engine.gives_probability)
            _check_wanted(visit, bench, *now)
            yield headline, answer.text, appearance.ledger_rows(answer.ledger)

    shown = [result, answer, ledger]
    gr.on([button.click, words.submit], ask, [*chosen.inputs, gene, words], shown, show_progress_on=answer, **_ENGINE)
    outputs = [picture, niches, legend, *shown]
    gene.input(draw, [*chosen.inputs, gene], outputs, show_progress="hidden", api_visibility="private")
    return Tab(draw, [*chosen.inputs, gene], outputs)


def describe_tab(engine: Engine, chosen: Chosen) -> Tab:
    """The chosen niche in words: place, extent, form, neighbours, and which of four genes mark it."""
    import gradio as gr

    with gr.Row():
        with gr.Column(scale=4, min_width=300):
            button = gr.Button("Describe", variant="primary")
            text = gr.Textbox(label="Description", lines=7, interactive=False)
            panels = gr.HTML(appearance.note(appearance.PANELS_NOTE))
        with gr.Column(scale=6, min_width=420), gr.Row():
            with gr.Column(min_width=200):
                niches = _picture("Niches")
                legend = gr.HTML()
            with gr.Column(min_width=200):
                montage = _picture("Four candidate genes")
                gr.HTML(appearance.note(appearance.FOCUS_NOTE))
    ledger = _ledger()

    def draw(visit: Visit, slice_name: str, niche: str) -> tuple:
        is_new = visit.show("describe", slice_name, niche)
        view = visit.bench.canvas(slice_name)
        map_ = gr.Image(view.niches(niche), alt_text=f"Map of all niches, {niche} in black")
        answered = (None, "", appearance.note(appearance.PANELS_NOTE), []) if is_new else [gr.skip()] * 4
        return map_, appearance.legend(view, niche), *answered

    @_guarded
    def describe(
        visit: Visit,
        slice_name: str,
        niche: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio looks for it there
    ) -> Iterator[tuple]:
        bench, now = visit.bench, ("describe", slice_name, niche)
        visit.show(*now)
        progress(0, desc="measuring the slide")
        facts = bench.facts(slice_name, engine.image_size)

        def report(done: int, total: int) -> None:
            _check_wanted(visit, bench, *now)
            progress((done, total), desc="choosing genes", unit="questions")

        table = bench.screened(slice_name, engine, report)
        genes = choose_candidates(table, niche, facts.slide.name)
        if len(genes) < len(PANELS):
            message = f"{facts.slide.name}: has fewer than {len(PANELS)} genes with counts; a description needs so many"
            raise NicheLensError(message)
        names = ", ".join(f"{letter} = {gene}" for letter, gene in zip(PANELS, genes, strict=False))
        picture = gr.Image(bench.canvas(slice_name).montage(genes, niche), alt_text=f"Maps of four genes: {names}")
        for answer in describe_niche(engine, facts, niche, genes):
            _check_wanted(visit, bench, *now)
            yield picture, answer.text, appearance.note(names), appearance.ledger_rows(answer.ledger)

    button.click(describe, chosen.inputs, [montage, text, panels, ledger], show_progress_on=text, **_ENGINE)
    return Tab(draw, chosen.inputs, [niches, legend, montage, text, panels, ledger])


def markers_tab(engine: Engine, chosen: Chosen) -> Tab:
    """Every variable gene asked in the chosen niche: a table, and the same as CSV."""
    import gradio as gr

    room = tempfile.TemporaryDirectory(prefix="nichelens-")
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

    def draw(visit: Visit, slice_name: str, niche: str) -> tuple:
        if not visit.show("markers", slice_name, niche):
            return (gr.skip(),) * 3
        return (
            appearance.note(appearance.MARKERS_NOTE),
            gr.Dataframe([]),
            gr.DownloadButton(value=None, interactive=False),
        )

    @_guarded
    def find(
        visit: Visit,
        slice_name: str,
        niche: str,
        count: int,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio looks for it there
    ) -> Iterator[tuple]:
        bench, now = visit.bench, ("markers", slice_name, niche)
        visit.show(*now)
        progress(0, desc="measuring the slide")
        facts = bench.facts(slice_name, engine.image_size)

        def report(done: int, total: int) -> None:
            _check_wanted(visit, bench, *now)
            progress((done, total), desc="asking", unit="genes")

        found = screen_markers(engine, facts, variable_genes(facts.slide, int(count)), [niche], progress=report)
        path = Path(tempfile.mkdtemp(dir=room.name)) / "markers.csv"
        found.to_csv(path, index=False)
        words = {word: int((found["verdict"] == word).sum()) for word in VERDICT_WORDS}
        summary = (
            f"{niche}: {words['yes']} markers, {words['no']} not, {words['abstain']} not sure, of {len(found)} genes."
        )
        yield (
            appearance.note(summary),
            appearance.marker_rows(found),
            gr.DownloadButton(value=str(path), interactive=True),
        )

    button.click(find, [*chosen.inputs, count], [result, table, download], show_progress_on=table, **_ENGINE)
    return Tab(draw, chosen.inputs, [result, table, download])


def _headline(probability: float | None, is_known: bool) -> str:
    if probability is None:
        return appearance.verdict(
            "In your own words", "abstain", "no probability: the question is not the standing one"
        )
    kind = verdict(probability)
    return appearance.verdict(VERDICT_WORDS[kind], kind, probability_words(probability, is_known=is_known))


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
        column_widths=["40%", "16%", "22%", "22%"],
        elem_classes=["table", "ledger"],
    )


class _NoLongerWanted(Exception):
    """The visitor has chosen something else."""


def _check_wanted(visit: Visit, bench: Bench, tab: str, *chosen: str) -> None:
    """Stops an answer about something that the tab no longer shows."""
    if not visit.still_shows(tab, bench, *chosen):
        raise _NoLongerWanted


def _guarded(event: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """Bad input in an event becomes a message on the page, and what was shown stays; so it does when nobody waits."""

    @wraps(event)
    def shown(*args: Any) -> Iterator[Any]:
        import gradio as gr

        try:
            yield from event(*args)
        except NicheLensError as error:
            gr.Warning(html.escape(str(error)), title="That did not work")
            yield gr.skip()
        except _NoLongerWanted:
            yield gr.skip()

    return shown
