"""The tab that asks about one gene in one niche: a headline, the answer in words, and its ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.web import appearance
from app.web.ledger_view import NOTHING_YET, answer_view, ledger_view
from app.web.model_figures import FOCUS_NOTE, figures_view
from app.web.page_state import ENGINE_EVENT, QUIET, Chosen, PageState, Tab, guarded, told
from app.web.turns import Turns
from app.web.twin_panel import NOTE as TWIN_NOTE
from app.web.twin_panel import twin_panel
from app.web.visitor_work import begin_work
from app.web.widgets import chips, chips_value
from data_prep.slide import Slide
from data_prep.tasks import MARKER_PROMPT
from inference.answers.asking import VERDICT_WORDS, Answer, ask_before_measuring, probability_words, verdict
from inference.answers.routing import LONGEST_QUESTION, Refusal, example_questions

if TYPE_CHECKING:
    import gradio as gr

    from inference.engine.engine import Engine

NAME = "ask"
HINT = (
    "Press Ask. The model answers this from the picture, and says where in the niche and in which pattern the gene is."
)


def ask_tab(engine: Engine, turns: Turns, chosen: Chosen) -> Tab:
    """Builds the tab."""
    import gradio as gr

    words = gr.Textbox(
        label="Your own question (optional)",
        placeholder="Empty: is the chosen gene a marker of the chosen niche?",
        max_length=LONGEST_QUESTION,
        lines=1,
    )
    suggested = chips(elem_id="suggested-questions")
    with gr.Row(elem_classes="buttons"):
        button = gr.Button("Ask", variant="primary", scale=2, min_width=120)
        stop = gr.Button("Stop", variant="secondary", scale=1, min_width=90)
    headline = gr.HTML(elem_classes="result", apply_default_css=False)
    text = gr.HTML(answer_view(None, HINT), elem_classes="result", apply_default_css=False)
    ledger = gr.HTML(NOTHING_YET, elem_classes="result", apply_default_css=False)
    with gr.Accordion("What the model sees", open=False):
        figure = gr.HTML(apply_default_css=False)
        twin = twin_panel(engine, turns, chosen)

    def draw(state: PageState, slice_name: str, niche: str, gene: str) -> tuple:
        is_new = state.show(NAME, slice_name, niche, gene)
        canvas = state.opened.canvas(slice_name, engine.image_size)
        caption = f"Expression of {gene}, {niche} in colour, the rest in grey"
        view = figures_view([(canvas.focus([gene], niche)[0], caption)], f"{MARKER_PROMPT} {FOCUS_NOTE}")
        if not is_new:
            return view, *[gr.skip()] * 5
        state.answer = None
        asked = appearance.question(f"Is {gene} a marker of {niche}?")
        hints = suggestions(state.opened.slide(slice_name), niche, gene)
        return view, asked, answer_view(None, HINT), NOTHING_YET, hints, TWIN_NOTE

    @guarded
    def answer_question(state: PageState, slice_name: str, niche: str, gene: str, words: str | None) -> Iterator[tuple]:
        work = begin_work(state, NAME, (slice_name, niche, gene), engine, turns)
        canvas = work.opened.canvas(slice_name, engine.image_size)
        head = ""
        question = words or ""  # a hidden box gives None
        for answer in ask_before_measuring(work.engine, canvas, gene, niche, work.measure, question=question):
            head = head or _headline(work.engine, answer)
            work.check_wanted()
            asked = suggestions(canvas.slide, niche, gene, answer.refusal)
            yield head, answer_view(answer), ledger_view(answer.ledger), asked, TWIN_NOTE
        work.check_wanted()  # else it is the answer about an earlier choice
        state.answer = answer

    @told
    def take(event: gr.EventData) -> str:
        return str(event._data.get("text", ""))

    shown = [headline, text, ledger, suggested, twin]
    inputs = [*chosen.inputs, words]
    suggested.select(take, None, words, **QUIET).then(
        answer_question, inputs, shown, show_progress_on=text, **ENGINE_EVENT
    )
    gr.on([button.click, words.submit], answer_question, inputs, shown, show_progress_on=text, **ENGINE_EVENT)
    stop.click(lambda state: state.stop(NAME), chosen.state, None, queue=False, api_visibility="private")
    return Tab(NAME, draw, [figure, *shown])


def suggestions(slide: Slide, niche: str, gene: str, refusal: Refusal | None = None) -> str:
    """Questions to click on, as the value of `chips`: what a refused one may have meant, or three that are answered."""
    if refusal is None:
        return chips_value("For example:", example_questions(slide, gene=gene, niche=niche))
    if refusal.corrected:
        return chips_value("Did you mean:", refusal.corrected)
    return chips_value("Ask for example:", refusal.examples)


def _headline(engine: Engine, answer: Answer) -> str:
    probability = answer.probability
    if answer.refusal is not None:
        return appearance.verdict("Not answered", "abstain", answer.question)
    if probability is None:
        return appearance.question(answer.question)
    kind = verdict(engine, probability)
    words = probability_words(probability, is_known=engine.gives_probability)
    return appearance.verdict(VERDICT_WORDS[kind], kind, f"{answer.gene} in {answer.niche}: {words}")
