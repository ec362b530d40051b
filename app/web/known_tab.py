"""The tab about what is known: what the chosen niche may be, and a search for niches by words. No model is asked."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.known_slides import KnownSlides
from app.web import appearance
from app.web.gene_table import gene_table, table_value
from app.web.model_figures import figures_view
from app.web.page_state import ENGINE_EVENT, Chosen, PageState, Tab, guarded
from app.web.turns import Turns
from app.web.visitor_work import begin_work
from data_prep.facts.facts import Facts
from data_prep.facts.known.search.word_search import LONGEST_PHRASE, WordSearch, find_niches_by_words
from inference.answers.story.niche_story import tell_story
from inference.answers.story.story_page import story_html

if TYPE_CHECKING:
    import gradio as gr

    from inference.engine.engine import Engine

NAME, SEARCH = "known", "known-search"
GENES_TOLD = 8
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
    words = gr.Textbox(
        label="Words",
        placeholder="Find niches: myelinated white matter, hypoxic rim of the tumour, T cells",
        max_length=LONGEST_PHRASE,
        lines=1,
    )
    find_button = gr.Button("Find", size="sm", min_width=90)
    told = gr.HTML(elem_id="found-words", elem_classes="result", apply_default_css=False)
    pictures = gr.HTML(apply_default_css=False)
    ranking = gene_table("Niches that fit the words, the best first", elem_id="found-niches")
    shown = gr.HTML(appearance.note(NOTE), elem_id="may-be", elem_classes="result", apply_default_css=False)
    files = "; ".join(html.escape(str(source)) for source in known.knowledge.sources)
    gr.HTML(f'<p class="note">Known from: {files}</p>', apply_default_css=False)

    def draw(state: PageState, slice_name: str, niche: str, gene: str) -> tuple:
        cleared = [gr.skip()] * 3 if not state.show(SEARCH, slice_name) else [""] * 3
        return appearance.note(NOTE) if state.show(NAME, slice_name, niche) else gr.skip(), *cleared

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

    @guarded
    def find(
        state: PageState,
        slice_name: str,
        niche: str,
        gene: str,
        phrase: str | None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio looks for it there
    ) -> Iterator[tuple[str, str, str]]:
        work = begin_work(state, SEARCH, (slice_name,), engine, turns)
        facts = known.facts(work.measure(progress))
        found = find_niches_by_words([facts], phrase or "")
        work.check_wanted()
        yield _told(found), _pictures(facts, found), _ranking(found)

    def stop_both(state: PageState) -> None:
        state.stop(NAME)
        state.stop(SEARCH)

    button.click(tell, chosen.inputs, shown, show_progress_on=shown, **ENGINE_EVENT)
    gr.on(
        [find_button.click, words.submit],
        find,
        [*chosen.inputs, words],
        [told, pictures, ranking],
        show_progress_on=told,
        **ENGINE_EVENT,
    )
    stop.click(stop_both, chosen.state, None, queue=False, api_visibility="private")
    return Tab(NAME, draw, [shown, told, pictures, ranking], (ranking.select,))


def _told(found: WordSearch) -> str:
    """What stands above the ranking."""
    notes = [found.refusal] if found.refusal else []
    if found.unknown:
        notes.append(f"Not understood: {', '.join(found.unknown)}.")
    if found.is_weak and not found.refusal:
        notes.append("The evidence is weak: niches of shuffled spots often show as much.")
    raised = [f"{gene.gene} ({gene.niche} {gene.log2fc:+.1f})" for gene in found.genes if gene.niche][:GENES_TOLD]
    if raised:
        notes.append(f"Genes that fit the words and mark a niche, with log2 fold changes: {', '.join(raised)}.")
    return "".join(map(appearance.note, [*notes, *found.notes]))


def _pictures(facts: Facts, found: WordSearch) -> str:
    """The best niche on the tissue, and the gene that fits the words best there."""
    if not found.niches:
        return ""
    best, canvas = found.niches[0].niche, facts.canvas
    pictures = [(canvas.niche(best), f"{best} on the tissue")]
    gene = next((one.gene for one in found.genes if one.niche == best), "")
    if gene:
        pictures.append((canvas.focus([gene], best)[0], f"{gene} in {best}"))
    return figures_view(
        pictures, "The niche that fits best, and the gene that fits the words best of those raised in it."
    )


def _ranking(found: WordSearch) -> str:
    columns = [("Niche", "name", ""), ("Score", "number", "Evidence of the words, and what the place is worth")]
    rows = [(niche.niche, round(niche.score, 1), niche.why) for niche in found.niches]
    return table_value([*columns, ("Why", "verdict", "")], rows, f"Niches for “{found.phrase}”", picks="niche")
