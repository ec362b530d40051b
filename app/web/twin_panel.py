"""Asks the last answer's questions again without the picture, on demand, and shows what was seen and what recalled."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.web import appearance
from app.web.page_state import ENGINE_EVENT, Chosen, PageState, guarded
from app.web.turns import Turns
from app.web.visitor_work import begin_work
from data_prep.claims import sentence
from data_prep.errors import NicheLensError
from inference.answers.blind_twin import BlindTwin, TwinAnswer
from inference.answers.prose_twin import twin_of
from inference.answers.readable import percent

if TYPE_CHECKING:
    import gradio as gr

    from inference.engine.engine import Engine

NOTE = appearance.note(
    "The same questions are asked with a blank picture and with shuffled spots. What is said again was not seen."
)


def twin_panel(engine: Engine, turns: Turns, chosen: Chosen) -> gr.HTML:
    """Builds the button and its result; returns the component of the result, which shows `NOTE` before it is used."""
    import gradio as gr

    again = gr.Button("Did it look? Ask again without the picture", size="sm")
    result = gr.HTML(NOTE, elem_id="twin", apply_default_css=False)

    @guarded
    def ask_again(state: PageState, slice_name: str, niche: str, gene: str) -> Iterator[str]:
        answer = state.answer
        if answer is None:
            message = "there is no answer yet; press “Ask” first"
            raise NicheLensError(message)
        work = begin_work(state, "twin", (slice_name, niche, gene), engine, turns)
        canvas = work.opened.canvas(slice_name, engine.image_size)
        yield twin_view(twin_of(work.engine, canvas, answer, work.measure))

    again.click(ask_again, chosen.inputs, result, **ENGINE_EVENT)
    return result


def twin_view(twin: BlindTwin) -> str:
    """How much of an answer needs the picture, and each claim with and without it."""
    rows = "".join(map(_row, twin.answers))
    return f'<div class="twin" role="status"><p>{html.escape(twin.words)}</p><ul>{rows}</ul></div>'


def _row(found: TwinAnswer) -> str:
    claim = html.escape(sentence(found.claim, real_names=True))
    shuffled = " and ".join(map(percent, found.p_shuffled))
    numbers = (
        f"{percent(found.p_seen)} with the picture, {percent(found.p_blank)} with a blank one, "
        f"{shuffled} with shuffled spots."
    )
    told = "" if found.p_seen != found.p_seen else f"<span>{html.escape(numbers)}</span>"  # prose has no probability
    conflict = " <em>Memory says the opposite.</em>" if found.is_conflict else ""
    return f"<li><b>{html.escape(found.source)}</b>: {claim} {told}{conflict}</li>"
