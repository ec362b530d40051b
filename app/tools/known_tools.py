"""The tools about what is known: what the server's files say a niche may be. The model is not asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from app.known_slides import KnownSlides
from app.tools.asking_tools import measured
from app.tools.opened_slides import SlideStore
from data_prep.facts.known.search.word_search import find_niches_by_words
from inference.answers.story.niche_story import tell_story
from inference.engine.engine import Engine


class KnownTools:
    """Says what files tell about open slides.

    Args:
        store: the open slides.
        engine_for: as for `AskingTools`.
        known: what the server's files say.
    """

    def __init__(self, store: SlideStore, engine_for: Callable[[str], Engine], known: KnownSlides) -> None:
        self._store = store
        self._engine_for = engine_for
        self._known = known

    def may_be(self, slide: str, niche: str) -> dict[str, Any]:
        """Says what a niche may be, by marker lists, gene sets, ligand-receptor pairs and gene tables of this server.

        Each sentence is a claim that the counts support, with its number, or the words of a source; each names the file
        and line that it comes from. Nothing is said by a model.

        Args:
            slide: id of an open slide, as open_slide returns it.
            niche: name of the niche.

        Returns:
            The cell type that the niche looks like, null if none fits; the sentences in parts; and its markers: seen
            and known, seen and not in the lists of the type, and known but not seen here, with the reason.
        """
        opened, _, facts = measured(self._store, self._engine_for, slide)
        opened.slide.niche_index(niche)
        story = tell_story(self._known.facts(facts), niche)
        return {"slice": opened.slice_name, "niche": niche, **(story.to_json() if story else {})}

    def find(self, slide: str, words: str) -> dict[str, Any]:
        """Finds the niches of a slide that words describe, such as "myelinated white matter" or "hypoxic rim".

        The words are matched with marker lists, gene sets and gene texts of this server, and with places ("outermost",
        "beside the tumour"); the counts say where their genes are raised.

        Args:
            slide: id of an open slide, as open_slide returns it.
            words: in English, at most 500 characters.

        Returns:
            The niches by falling score, each with a sentence that says why and cites files; genes that fit the words;
            words that no file has; and a refusal where no niche shows what the words name.
        """
        opened, _, facts = measured(self._store, self._engine_for, slide)
        found = find_niches_by_words([self._known.facts(facts)], words)
        return {"slice": opened.slice_name, **asdict(found)}
