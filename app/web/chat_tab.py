"""The tab of the conversation: several turns about one slice, with every tool that the assistant calls."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from app.known_slides import KnownSlides
from app.web.page_state import ENGINE_EVENT, Chosen, NoLongerWanted, PageState, Tab, told
from app.web.talk import Talk
from app.web.transcript import transcript
from app.web.turns import Turns
from app.web.widgets import chips, chips_value
from data_prep.errors import NicheLensError
from inference.answers.routing import Refusal, example_questions

if TYPE_CHECKING:
    import gradio as gr

    from inference.engine.engine import Engine

NAME = "talk"
HINT = (
    "Ask about genes and niches of this slide. The assistant calls tools and shows what they return. Each sentence of "
    "its answer is checked against the counts, or marked as not checked."
)


def chat_tab(engine: Engine, turns: Turns, chosen: Chosen, known: KnownSlides | None = None) -> Tab:
    """Builds the tab."""
    import gradio as gr

    log = gr.HTML(transcript((), HINT), elem_id="talk", apply_default_css=False)
    examples = chips()
    words = gr.Textbox(label="Your question", lines=1, max_length=2_000, placeholder="Which genes mark this niche?")
    with gr.Row(elem_classes="buttons"):
        send = gr.Button("Send", variant="primary", scale=2, min_width=120)
        stop = gr.Button("Stop", variant="secondary", min_width=90)
        clear = gr.Button("Start over", variant="secondary", min_width=110)

    def draw(state: PageState, slice_name: str, niche: str, gene: str) -> tuple:
        slide = state.opened.slide(slice_name)
        shown = chips_value("For example:", example_questions(slide, gene=gene, niche=niche))
        if isinstance(state.talk, Talk) and not state.talk.is_about(state.opened, slice_name):
            state.stop(NAME)
            state.talk = None
        return transcript(state.talk.turns if state.talk else (), HINT), shown, gr.skip()

    def say(state: PageState, slice_name: str, niche: str, gene: str, text: str) -> Iterator[tuple]:
        if state.talk is None or not state.talk.is_about(state.opened, slice_name):
            state.talk = Talk(engine, turns, state.visitor, state.opened, slice_name, known)
        talk, asked = state.talk, (slice_name, str(len(state.talk.turns)))
        opened = state.opened
        state.show(NAME, *asked)

        def check_wanted() -> None:
            state.check_wanted(NAME, opened, *asked)

        try:
            for _ in talk.say(text, gene, niche, check_wanted):
                yield transcript(talk.turns), gr.skip(), ""
        except NicheLensError as error:
            gr.Warning(html.escape(str(error)), title="That did not work")
        except NoLongerWanted:
            pass
        if state.talk is talk:
            yield transcript(talk.turns), _next_examples(talk), gr.skip()

    def say_example(state: PageState, slice_name: str, niche: str, gene: str, event: gr.EventData) -> Iterator[tuple]:
        yield from say(state, slice_name, niche, gene, str((event._data or {}).get("text", "")))

    def start_over(state: PageState) -> tuple:
        state.stop(NAME)
        state.talk = None
        return transcript((), HINT), ""

    shown: list[Any] = [log, examples, words]
    gr.on([send.click, words.submit], say, [*chosen.inputs, words], shown, show_progress="hidden", **ENGINE_EVENT)
    examples.select(told(say_example), chosen.inputs, shown, show_progress="hidden", **ENGINE_EVENT)
    stop.click(lambda state: state.stop(NAME), chosen.state, None, queue=False, api_visibility="private")
    clear.click(start_over, chosen.state, [log, words], queue=False, api_visibility="private")
    return Tab(NAME, draw, shown)


def _next_examples(talk: Talk) -> Any:
    """The questions that a refusal offers; as before after any other answer."""
    import gradio as gr

    refusals = [step for step in talk.turns[-1].steps if isinstance(step, Refusal)] if talk.turns else []
    return chips_value("These are answered:", refusals[-1].examples) if refusals else gr.skip()
