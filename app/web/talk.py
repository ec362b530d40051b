"""Talk: what one visitor and the assistant have said to each other about one slice."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from app.known_slides import KnownSlides
from app.tools.allowed_folders import AllowedFolders
from app.tools.asking_tools import AskingTools
from app.tools.comparing_tools import ComparingTools
from app.tools.conversation import Conversation, Said, Step
from app.tools.known_tools import KnownTools
from app.tools.looking_tools import LookingTools
from app.tools.opened_slides import SlideStore
from app.tools.scripted import ScriptedConversation
from app.tools.toolbox import Toolbox
from app.web.slide_cache import SlideCache
from app.web.turns import Turns
from data_prep.claims import Names
from data_prep.errors import NicheLensError
from inference.answers.ledger import Ledger, check_answer
from inference.answers.routing import Refusal
from inference.engine.engine import Engine

MOST_TURNS = 50
"""Turns that the page shows. A browser draws them all again with each new word."""


@dataclass
class Turn:
    """One question and what the assistant did about it.

    Attributes:
        question: of the visitor.
        steps: calls, results and words in their order; growing words are one step.
        error: why the turn failed; "" if it did not.
        was_stopped: whether the visitor pressed Stop.
    """

    question: str
    steps: list[Step | Refusal] = field(default_factory=list)
    error: str = ""
    was_stopped: bool = False

    def add(self, step: Step | Refusal) -> None:
        """Adds a step; words that have grown replace those before."""
        if isinstance(step, Said) and self.steps and isinstance(self.steps[-1], Said):
            self.steps[-1] = step
        else:
            self.steps.append(step)


class Talk:
    """A conversation about one slice, with tools that see this slice only.

    Args:
        engine: the model.
        turns: the order of those who use it.
        visitor: whose turn this talk takes.
        opened: the slides that the visitor has open.
        slice_name: the slice that the talk is about.
        known: what the server's files say of slides; None for no tools about it.

    Attributes:
        turns: questions and answers so far.
    """

    def __init__(
        self,
        engine: Engine,
        turns: Turns,
        visitor: str,
        opened: SlideCache,
        slice_name: str,
        known: KnownSlides | None = None,
    ) -> None:
        self.turns: list[Turn] = []
        self._engine = engine
        self._opened = opened
        self._slice_name = slice_name
        self._known = known
        self._check_wanted: Callable[[], None] = lambda: None
        mine = turns.engine_for(engine, visitor, self._still_wanted)
        store = SlideStore(open_seconds=math.inf)
        (slide_id,) = [key for key, name in store.put(opened).items() if name == slice_name]
        looking = LookingTools(store, AllowedFolders(), dict, _open_nothing)
        asking, comparing = AskingTools(store, lambda _: mine, known), ComparingTools(store, lambda _: mine)
        about_known = KnownTools(store, lambda _: mine, known) if known else None
        toolbox = Toolbox(looking, asking, comparing, about_known)
        self._conversation = (
            Conversation(toolbox, slide_id, mine, self._check, self._still_wanted)
            if engine.calls_tools
            else ScriptedConversation(toolbox, slide_id, opened.slide(slice_name), self._check)
        )

    def is_about(self, opened: SlideCache, slice_name: str) -> bool:
        """Whether the talk is about this slice."""
        return (self._opened, self._slice_name) == (opened, slice_name)

    def say(self, text: str, gene: str, niche: str, check_wanted: Callable[[], None]) -> Iterator[None]:
        """One turn of the conversation. Yields each time that ``turns`` has changed.

        Args:
            text: the question.
            gene: gene that is selected.
            niche: niche that is selected.
            check_wanted: raises an error when nobody waits for the answer any more.
        """
        self._check_wanted = check_wanted
        turn = Turn(text.strip())
        self.turns[:] = [*self.turns, turn][-MOST_TURNS:]
        yield
        try:
            # The slide is measured here, so that it ends with the visitor's interest and not inside a tool.
            self._opened.facts(self._slice_name, self._engine.image_size, lambda done, total: check_wanted())
            for step in self._conversation.say(text, gene=gene, niche=niche):
                check_wanted()
                turn.add(step)
                yield
        except NicheLensError as error:
            turn.error = str(error)
            yield
        except Exception:
            turn.was_stopped = True
            raise

    def _still_wanted(self) -> None:
        self._check_wanted()

    def _check(self, words: str, gene: str, niche: str) -> Ledger:
        facts = self._opened.facts(self._slice_name, self._engine.image_size)
        facts = self._known.facts(facts) if self._known else facts
        names = Names.of_selected(gene, niche)
        return check_answer(words, names, facts)


def _open_nothing(*_: object) -> SlideCache:
    message = "a conversation opens no files"
    raise NicheLensError(message)
