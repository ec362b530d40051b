"""What a visitor has chosen: slide, slice, niche and gene; and how the whole page follows a new choice at once."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.web import appearance
from app.web.address import Address, address_message
from app.web.genes_tab import absent
from app.web.niche_search_panel import panel_values
from app.web.page_state import NoLongerWanted, PageState, Tab
from app.web.slide_cache import SlideCache
from app.web.sources import Sources
from app.web.tissue_map import message
from app.web.upload import Progress, open_slides
from app.web.widgets import chips_value, find_gene
from data_prep.errors import NicheLensError
from data_prep.slide_loading import slide_label

N_CHOOSERS = 11
"""Outputs before those of the tabs: niche column, slice, niche, gene, status, gene note, map, address, and the three of
the panel about found niches."""
_PANEL = slice(8, N_CHOOSERS)


@dataclass(frozen=True)
class Choice:
    """A slice, one of its niches, and one of its genes."""

    slice_name: str
    niche: str
    gene: str


class Chooser:
    """Turns what a visitor does into new values for all components of the page.

    Args:
        sources: where slides come from.
        tabs: the tabs; each draws itself for a choice.
    """

    def __init__(self, sources: Sources, tabs: Sequence[Tab]) -> None:
        self._sources = sources
        self._tabs = tabs

    @property
    def tab_outputs(self) -> list[Any]:
        """Components that the tabs fill."""
        return [component for tab in self._tabs for component in tab.outputs]

    def restore(self, state: PageState, wanted: Address, *, is_new_page: bool) -> list[Any]:
        """Shows what an address names, as far as it can be had.

        Args:
            state: of the visitor.
            wanted: the address.
            is_new_page: whether the page has just been loaded.
        """
        problem = ""
        if wanted.slide and (is_new_page or wanted.slide != state.source or wanted.column != state.opened.niche_key):
            try:
                state.opened, state.source = (
                    self._sources.open(wanted.slide, wanted.column, may_fetch=False),
                    wanted.slide,
                )
            except NicheLensError as error:
                problem = f"Not opened. {error}"
        opened = state.opened
        slice_name = wanted.slice if wanted.slice in opened.slides else slide_label(opened.slide())
        choice = self._fitting(opened, slice_name, wanted.niche, wanted.gene)
        return self._show(state, choice, is_new_page=is_new_page, steps=False, problem=problem, redraws=True)

    def reopen(
        self, state: PageState, source: str, read: Callable[[Progress], SlideCache], progress: Progress
    ) -> list[Any]:
        """Opens other slides. If that fails, the page keeps and names the slide that is open.

        An earlier opening of the same visitor ends.

        Args:
            state: of the visitor.
            source: name of what is opened.
            read: opens it; is given a progress that ends the opening when the visitor leaves.
            progress: is told how far the opening is.
        """
        import gradio as gr

        state.openings += 1
        number = state.openings

        def wanted(share: float, words: str) -> None:
            if state.has_left or state.openings != number:
                raise NoLongerWanted
            progress(share, words)

        try:
            opened = read(wanted)
            if state.openings != number:
                raise NoLongerWanted
            state.opened, state.source = opened, source
        except NicheLensError as error:
            if state.openings != number:
                return self._nothing()
            gr.Warning(html.escape(str(error)), title="Slide not opened")
            return self._only(state, problem=f"Not opened. {error}")
        except NoLongerWanted:
            return self._nothing()
        return self._show(state, self._fitting(state.opened, slide_label(state.opened.slide())), redraws=True)

    def open_source(self, state: PageState, source: str, progress: Progress) -> list[Any]:
        """Opens a source by its name."""
        return self.reopen(state, source, lambda told: self._sources.open(source, "", told), progress)

    def take_column(self, state: PageState, column: str, progress: Progress) -> list[Any]:
        """Reads the niches from another column."""
        if column == state.opened.column:
            return self._keep(state)
        return self._reread(state, column, progress)

    def take_search(self, state: PageState, column: str, progress: Progress) -> list[Any]:
        """Finds niches again: another number, or a number of another scale (`app.niche_column`)."""
        if column == state.opened.niche_key:
            return self._keep(state)
        return self._nothing() if state.opened.found is None else self._reread(state, column, progress)

    def _keep(self, state: PageState) -> list[Any]:
        """Stays with the niches that are shown; a search for others ends.

        A list also reports its choice again when it loses the focus. Do not reopen what is open then: the visitor may
        have chosen something else since.
        """
        return self.stop_opening(state) if state.reading else self._nothing()

    def stop_opening(self, state: PageState) -> list[Any]:
        """Ends the opening that runs; the lists go back to what is open."""
        state.openings += 1
        state.reading = ""
        return self._only(state)

    def _reread(self, state: PageState, column: str, progress: Progress) -> list[Any]:
        """Opens the open file with other niches."""
        if state.reading == column:  # the list reports twice
            return self._nothing()
        source, path = state.source, state.opened.path
        if path is None and not self._sources.is_shareable(source):
            return self._nothing()

        def read(told: Progress) -> SlideCache:
            if self._sources.is_shareable(source) or path is None:
                return self._sources.open(source, column, told)
            return open_slides(path, [column], progress=told)

        state.reading = column
        try:
            return self.reopen(state, source, read, progress)
        finally:
            if state.reading == column:
                state.reading = ""

    def take_slice(self, state: PageState, slice_name: str, niche: str, gene: str) -> list[Any]:
        """Shows another slice; niche and gene stay where it has them."""
        if state.still_shows("slide", state.opened, slice_name):
            return self._nothing()
        return self._show(state, self._fitting(state.opened, slice_name, niche, gene), redraws=True)

    def take_niche(self, state: PageState, before: Choice, niche: str) -> list[Any]:
        """Chooses a niche."""
        if niche not in state.opened.slide(before.slice_name).niches:
            return self._nothing()
        return self._show(state, replace(before, niche=niche))

    def take_gene(self, state: PageState, before: Choice, text: str) -> list[Any]:
        """Chooses a gene by what somebody typed. A gene that is not there is said to be absent."""
        gene, near = find_gene(state.opened.slide(before.slice_name), text)
        if not gene:
            return self._only(state, gene_note=absent(text, near))
        return self._show(state, replace(before, gene=gene), mode="gene")

    def _show(
        self,
        state: PageState,
        choice: Choice,
        *,
        is_new_page: bool = False,
        steps: bool = True,
        redraws: bool = False,
        mode: str | None = None,
        problem: str = "",
    ) -> list[Any]:
        """New values for every component.

        Args:
            state: of the visitor.
            choice: what to show.
            is_new_page: whether the browser shows nothing yet.
            steps: whether "back" comes back to what was shown before.
            redraws: whether the slide is new to the browser.
            mode: what the colours of the map show from now on.
            problem: why something else could not be opened.
        """
        import gradio as gr

        opened, slice_name = state.opened, choice.slice_name
        is_new_slide = state.show("slide", slice_name) or is_new_page
        is_new_gene = state.show("gene", slice_name, choice.gene) or is_new_slide
        if not state.show("page", slice_name, choice.niche, choice.gene) and not redraws and mode is None:
            return self._nothing()
        slide = opened.slide(slice_name)
        if is_new_slide or redraws:
            lists = [
                gr.Dropdown(list(opened.columns), value=opened.column or None, visible=len(opened.columns) > 1),
                gr.Dropdown(opened.slice_names, value=slice_name, visible=len(opened.slice_names) > 1),
                gr.Dropdown(list(slide.niches), value=choice.niche),
            ]
        else:
            lists = [gr.skip(), gr.skip(), choice.niche]
        panel = (
            panel_values(opened) if is_new_slide or redraws else [gr.skip()] * len(range(*_PANEL.indices(N_CHOOSERS)))
        )
        address = Address(state.source, slice_name, opened.niche_key, choice.niche, choice.gene)
        drawn = [tab.draw(state, slice_name, choice.niche, choice.gene) for tab in self._tabs]
        return [
            *lists,
            choice.gene,
            self._status(state, slice_name, problem),
            chips_value(),
            message(
                opened,
                slice_name,
                choice.niche,
                choice.gene if is_new_gene else "",
                with_slide=is_new_slide,
                mode=mode,
            ),
            address_message(address, is_new_page=is_new_page or not steps),
            *panel,
            *(value for values in drawn for value in values),
        ]

    def _only(self, state: PageState, *, problem: str = "", gene_note: str = "") -> list[Any]:
        """A problem, and nothing else new; the lists go back to what is open."""
        import gradio as gr

        values = self._nothing()
        if not gene_note:
            values[0] = state.opened.column or gr.skip()
            values[_PANEL] = panel_values(state.opened)
        if problem:
            _, slice_name = state.shown["slide"]
            values[4] = self._status(state, slice_name, problem)
        if gene_note:
            values[5] = gene_note
        return values

    def _nothing(self) -> list[Any]:
        import gradio as gr

        return [gr.skip()] * (N_CHOOSERS + len(self.tab_outputs))

    def _status(self, state: PageState, slice_name: str, problem: str) -> str:
        return appearance.status(state.opened.title(), state.opened.about(slice_name), problem)

    @staticmethod
    def _fitting(opened: SlideCache, slice_name: str, niche: str = "", gene: str = "") -> Choice:
        """The wanted niche and gene where the slice has them, else its largest niche and its most variable gene."""
        slide = opened.slide(slice_name)
        found, _ = find_gene(slide, gene) if gene else ("", [])
        if niche not in slide.niches:
            niche = slide.niches[int(np.bincount(slide.niche[slide.niche >= 0]).argmax())]
        return Choice(slice_name, niche, found or opened.genes(slice_name)[0])
