"""Turns: many visitors share one model, a small batch of questions at a time, and whoever leaves stops at once.

    turns = Turns()
    mine = turns.engine_for(engine, visitor, check_wanted)  # an engine like any other
    mine.yes_probability(questions)                         # other visitors' batches come in between

The visitor who was served longest ago comes next, however many questions or tabs the others have open. A model on a
server needs no turns: the server shares it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from data_prep.tasks import Question
from inference.engine.chat_messages import ChatReply
from inference.engine.engine import MAX_NEW_TOKENS, Engine, Progress, RawAnswer

TURN_SECONDS = 0.25
"""How long a turn should take. A visitor who presses Stop waits for one turn at most, and 32 visitors who all ask wait
eight seconds for their next one."""
FIRST_BATCH, MOST_QUESTIONS = 8, 128
"""Questions of a visitor's first turn, and of any turn."""
_LOOK_SECONDS = 0.2
"""While they wait, visitors look so often whether they are still wanted."""

CheckWanted = Callable[[], None]
"""Raises an error when nobody waits for the answer any more."""


class Turns:
    """The order in which visitors use something that serves one at a time. Threads may share it."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._waiting: OrderedDict[str, list[object]] = OrderedDict()
        """Visitor → tickets in their order; visitors by how long ago they were served."""
        self._is_taken = False

    @contextmanager
    def turn(self, visitor: str, check_wanted: CheckWanted = lambda: None) -> Iterator[None]:
        """Waits for the visitor's turn, and holds it.

        Args:
            visitor: any name that is the visitor's own.
            check_wanted: is called while waiting; its error ends the wait.
        """
        ticket = object()
        with self._condition:
            self._waiting.setdefault(visitor, []).append(ticket)
            try:
                while self._is_taken or self._next() is not ticket:
                    check_wanted()
                    self._condition.wait(_LOOK_SECONDS)
                check_wanted()
                self._is_taken = True
            finally:
                self._leave(visitor, ticket)
        try:
            yield
        finally:
            with self._condition:
                self._is_taken = False
                self._condition.notify_all()

    def engine_for(self, engine: Engine, visitor: str, check_wanted: CheckWanted = lambda: None) -> Engine:
        """An engine that asks the same model in turn.

        Args:
            engine: the model that all visitors share.
            visitor: whose turn it takes.
            check_wanted: is called before each turn and between the words of an answer; its error ends the work.
        """
        return SharedEngine(engine, self, visitor, check_wanted)

    @property
    def n_waiting(self) -> int:
        """Visitors who wait now."""
        with self._condition:
            return sum(bool(tickets) for tickets in self._waiting.values())

    def _next(self) -> object | None:
        """The ticket whose turn it is."""
        return next((tickets[0] for tickets in self._waiting.values() if tickets), None)

    def _leave(self, visitor: str, ticket: object) -> None:
        """Takes a ticket out of the line. The visitor goes behind all who wait now."""
        tickets = self._waiting.pop(visitor)
        tickets.remove(ticket)
        if tickets:
            self._waiting[visitor] = tickets
        self._condition.notify_all()


class SharedEngine(Engine):
    """One visitor's way to an engine that others use too; made by `Turns.engine_for`."""

    def __init__(self, engine: Engine, turns: Turns, visitor: str, check_wanted: CheckWanted) -> None:
        self._engine = engine
        self._turns = turns
        self._visitor = visitor
        self._check_wanted = check_wanted
        self._n_batch = FIRST_BATCH
        self.name, self.base, self.is_adapter = engine.name, engine.base, engine.is_adapter
        self.contract, self.calibration, self.image_size = engine.contract, engine.calibration, engine.image_size
        self.endpoint, self.writes_prose, self.calls_tools = engine.endpoint, engine.writes_prose, engine.calls_tools
        self.gives_probability, self.gives_likelihood = engine.gives_probability, engine.gives_likelihood

    @property
    def fingerprint(self) -> str:
        """As ``Engine.fingerprint``."""
        return self._engine.fingerprint

    def yes_logit(
        self, questions: Sequence[Question], batch_size: int | None = None, progress: Progress | None = None
    ) -> np.ndarray:
        """As ``Engine.yes_logit``, a turn for each batch."""
        logit = np.zeros(len(questions))
        done = 0
        while done < len(questions):
            batch = questions[done : done + self._n_batch]
            with self._turn():
                start = time.monotonic()
                logit[done : done + len(batch)] = self._engine.yes_logit(batch, batch_size)
                seconds = time.monotonic() - start
            self._adapt(len(batch), seconds)
            self.gives_probability = self._engine.gives_probability
            done += len(batch)
            if progress:
                progress(done, len(questions))
        return logit

    def stream(self, question: Question, max_new_tokens: int = MAX_NEW_TOKENS) -> Iterator[str]:
        """As ``Engine.stream``: an answer in words takes one turn, for as long as it grows."""
        with self._turn():
            for words in self._engine.stream(question, max_new_tokens):
                self._check_wanted()
                yield words

    def chat(
        self, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]], max_new_tokens: int = MAX_NEW_TOKENS
    ) -> Iterator[ChatReply]:
        """As ``Engine.chat``; the model is asked in one turn, the tools are called between turns."""
        with self._turn():
            for reply in self._engine.chat(messages, tools, max_new_tokens):
                self._check_wanted()
                yield reply

    def log_likelihood(self, question: Question, completions: Sequence[str]) -> np.ndarray:
        """As ``Engine.log_likelihood``."""
        with self._turn():
            return self._engine.log_likelihood(question, completions)

    def load_base(self) -> Engine | None:
        """As ``Engine.load_base``."""
        return self._engine.load_base()

    def _generate(
        self,
        questions: Sequence[Question],
        batch_size: int | None,
        max_new_tokens: int,
        progress: Progress | None,
        *,
        with_confidence: bool,
    ) -> list[RawAnswer]:
        answers: list[RawAnswer] = []
        for question in questions:
            with self._turn():
                answers += self._engine._generate(
                    [question], batch_size, max_new_tokens, None, with_confidence=with_confidence
                )
            if progress:
                progress(len(answers), len(questions))
        return answers

    @contextmanager
    def _turn(self) -> Iterator[None]:
        self._check_wanted()
        if self._engine.endpoint:
            yield
            return
        with self._turns.turn(self._visitor, self._check_wanted):
            yield

    def _adapt(self, n: int, seconds: float) -> None:
        """Chooses the next batch by the pace of the last one, but no more than twice as large."""
        fitting = int(n * TURN_SECONDS / max(seconds, 1e-6))
        self._n_batch = max(1, min(fitting, 2 * n, MOST_QUESTIONS))
