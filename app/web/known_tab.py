"""The tab about what is known: what the chosen niche may be, and a search for niches by words. No model is asked."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.known_slides import KnownSlides
from app.web import appearance
from app.web.page_state import ENGINE_EVENT, Chosen, PageState, Tab, guarded
from app.web.turns import Turns
from app.web.visitor_work import begin_work
from inference.answers.story.niche_story import tell_story
from inference.answers.story.story_page import story_html

if TYPE_CHECKING:
    import gradio as gr

    from inference.engine.engine import Engine

NAME = "known"
NOTE = (
    "Press Tell: your files say what the niche may be, and what its strongest markers do. Each sentence is checked "
    "against the counts, or is the words of a source. The model is not asked."
)


def known_tab(engine: Engine, turns: Turns, chosen: Chosen, known: KnownSlides) -> Tab:
    """Builds the tab."""
    import gradio as gr

    with gr.Row(elem_classes="buttons"):
        button = gr.Button("Tell what it may be", variant="primary", scale=2, min_width=120)
        stop = gr.Button("Stop", variant="secondary", scale=1, min_width=90)
    shown = gr.HTML(appearance.note(NOTE), elem_id="may-be", elem_classes="result", apply_default_css=False)
    files = "; ".join(html.escape(str(source)) for source in known.knowledge.sources)
    gr.HTML(f'<p class="note">Known from: {files}</p>', apply_default_css=False)

    def draw(state: PageState, slice_name: str, niche: str, gene: str) -> tuple:
        return (appearance.note(NOTE) if state.show(NAME, slice_name, niche) else gr.skip(),)

    @guarded
    def tell(
        state: PageState,
        slice_name: str,
        niche: str,
        gene: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio looks for it there
    ) -> Iterator[str]:
        work = begin_work(state, NAME, (slice_name, niche), engine, turns)
        facts = known.facts(work.measure(progress))
        work.check_wanted()
        yield story_html(tell_story(facts, niche), facts.canvas)

    button.click(tell, chosen.inputs, shown, show_progress_on=shown, **ENGINE_EVENT)
    stop.click(lambda state: state.stop(NAME), chosen.state, None, queue=False, api_visibility="private")
    return Tab(NAME, draw, [shown])
