"""Asks the last answer's questions again without the picture, on demand, and shows what was seen and what recalled."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.web import appearance
from app.web.page_state import ENGINE_EVENT, Chosen, PageState, guarded
from app.web.turns import Turns
from data_prep.claims import sentence
from data_prep.errors import NicheLensError
from inference.answers.blind_twin import BlindTwin, blind_twin
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
        opened, answer = state.opened, state.answer
        if answer is None:
            message = "there is no answer yet; press “Ask” first"
            raise NicheLensError(message)
        state.show("twin", slice_name, niche, gene)
        mine = turns.engine_for(
            engine, str(id(state)), lambda: state.check_wanted("twin", opened, slice_name, niche, gene)
        )
        yield twin_view(blind_twin(mine, opened.canvas(slice_name, engine.image_size), answer))

    again.click(ask_again, chosen.inputs, result, **ENGINE_EVENT)
    return result


def twin_view(twin: BlindTwin) -> str:
    """How much of an answer needs the picture, and each claim with and without it."""
    rows = "".join(
        f"<li><b>{html.escape(found.source)}</b>: {html.escape(sentence(found.claim, real_names=True))} "
        f"<span>{percent(found.p_seen)} with the picture, {percent(found.p_blank)} with a blank one, "
        f"{' and '.join(map(percent, found.p_shuffled))} with shuffled spots.</span>"
        f"{' <em>Memory says the opposite.</em>' if found.is_conflict else ''}</li>"
        for found in twin.answers
    )
    return f'<div class="twin" role="status"><p>{html.escape(twin.words)}</p><ul>{rows}</ul></div>'
