"""KnownSlides: what the files of a server say of each slide that its visitors open."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

from data_prep.facts.facts import Facts
from data_prep.knowledge.gene_list import Knowledge
from data_prep.knowledge.on_slide import SlideKnowledge
from data_prep.knowledge.reading import read_knowledge


class KnownSlides:
    """Maps knowledge to slides, once for each slide. Threads may share it.

    Args:
        knowledge: what the files say.
        tissue: words that name the tissue of all slides; "" for what each file says.
    """

    def __init__(self, knowledge: Knowledge, tissue: str = "") -> None:
        self.knowledge = knowledge
        self._tissue = tissue
        self._known: WeakKeyDictionary[Facts, Facts] = WeakKeyDictionary()
        self._lock = threading.Lock()

    @classmethod
    def read(cls, paths: Sequence[Path], tissue: str = "") -> KnownSlides:
        """Reads files and folders.

        Raises:
            NicheLensError: one cannot be read.
        """
        return cls(read_knowledge(paths), tissue)

    def facts(self, facts: Facts) -> Facts:
        """The same facts, of the slide with knowledge. The first call for a slide takes seconds."""
        with self._lock:
            if facts not in self._known:
                mapped = SlideKnowledge.of(self.knowledge, facts.slide, self._tissue)
                self._known[facts] = facts.with_knowledge(mapped)
            return self._known[facts]

    def __deepcopy__(self, memo: dict) -> KnownSlides:
        """Itself: Gradio copies the state of a page for each visitor."""
        return self
