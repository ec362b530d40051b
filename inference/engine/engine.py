"""The one way to ask a model: for an answer, for an answer that grows, or for the probability of "Yes".

    engine = load_engine()                                  # the bundled model
    engine.answer([marker_question(canvas, "GFAP", "WM")])  # ["Yes."]
    engine.yes_probability(questions)                       # array of p(yes), one forward pass each

The model runs in this process (`inference.engine.local`) or on a server (`inference.engine.remote`). Decoding is
greedy, so the same question always gets the same answer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.figures.canvas import Canvas
from data_prep.tasks import Question
from inference.engine.chat_messages import ChatReply
from inference.engine.confidence import Sentence, filter_confident
from inference.model.calibration import Calibration

MAX_NEW_TOKENS = 160
"""A description of a niche with four panels is about 80 tokens of the bundled tokenizer."""

Progress = Callable[[int, int], None]
"""Called with (questions answered so far, all questions)."""


@dataclass(frozen=True)
class RawAnswer:
    """An answer as the model generated it.

    Attributes:
        text: all of its words.
        sentences: splits it into sentences with the confidence of each; costs some time, so only on demand.
    """

    text: str
    sentences: Callable[[], list[Sentence]]


class Engine(ABC):
    """Asks a model. Make one with ``inference.engine.load_engine``.

    Attributes:
        name: name of the model's folder, its Hub id, or its name on a server.
        base: folder or Hub id of the base, for comparisons without the adapter.
        is_adapter: whether an adapter was put on the base.
        contract: figure contract that the model was trained under; None where it is not known.
        calibration: of the yes/no questions of each kind of claim, and of the confidence of sentences in prose.
        image_size: side in pixels at which figures must be drawn.
        endpoint: address of the server that has the model; "" where it runs in this process.
        gives_probability: whether p(yes) is a probability. It becomes False once a server answers without log
            probabilities. From then on p(yes) is 0 or 1 by the first word of the answer, or 0.5.
        gives_likelihood: whether ``log_likelihood`` is available.
        writes_prose: whether the model answers in sentences. The bundled model says only "Yes." or "No."
        calls_tools: whether the model can hold a conversation in which it calls tools.
    """

    name: str
    base: str
    is_adapter: bool
    contract: dict[str, object] | None
    calibration: Calibration
    image_size: int
    endpoint: str = ""
    gives_probability: bool = True
    gives_likelihood: bool = True
    writes_prose: bool = True
    calls_tools: bool = False

    @property
    def contract_hash(self) -> str:
        """Hash of the figure contract, or "unknown"."""
        return str(self.contract["hash"]) if self.contract else "unknown"

    @property
    def fingerprint(self) -> str:
        """What tells this model from another one of the same name: equal fingerprints give equal answers."""
        return f"{self.endpoint} {self.name}".strip()

    def check_canvas(self, canvas: Canvas) -> None:
        """Refuses pictures of a size that the model was not trained on.

        Raises:
            NicheLensError: the canvas draws at another size.
        """
        if canvas.size != self.image_size:
            message = f"{canvas.slide.name}: drawn at {canvas.size} px, but {self.name} reads {self.image_size} px"
            raise NicheLensError(message)

    def answer(
        self,
        questions: Sequence[Question],
        batch_size: int | None = None,
        max_new_tokens: int = MAX_NEW_TOKENS,
        progress: Progress | None = None,
    ) -> list[str]:
        """Answers in the model's words, without the sentences that are not confident enough.

        Args:
            questions: what to ask.
            batch_size: number of questions answered at once; None for as many as suit the model.
            max_new_tokens: greatest length of an answer in tokens.
            progress: called after each batch.

        Returns:
            One answer per question, in their order.
        """
        raw = self._generate(questions, batch_size, max_new_tokens, progress, with_confidence=self._filters)
        return [self._confident_words(answer) for answer in raw]

    def sentences(
        self,
        questions: Sequence[Question],
        batch_size: int | None = None,
        max_new_tokens: int = MAX_NEW_TOKENS,
        progress: Progress | None = None,
    ) -> list[list[Sentence]]:
        """All sentences of each answer, with the confidence of the model; arguments as for ``answer``."""
        raw = self._generate(questions, batch_size, max_new_tokens, progress, with_confidence=True)
        return [answer.sentences() for answer in raw]

    def yes_probability(
        self, questions: Sequence[Question], batch_size: int | None = None, progress: Progress | None = None
    ) -> np.ndarray:
        """Calibrated probability that each answer starts with "Yes" rather than "No"; float64 (n,) in 0..1.

        Args:
            questions: what to ask.
            batch_size: number of questions scored at once; None for as many as suit the model. The result does not
                depend on it.
            progress: called after each batch.

        Raises:
            NicheLensError: the model gives no number.
        """
        logit = self.yes_logit(questions, batch_size, progress)
        if np.isnan(logit).any():
            message = f"{self.name}: answers with no number (NaN); its weights are damaged or overflow on this --device"
            raise NicheLensError(message)
        return self.calibration.probability(logit, [question.kind for question in questions])

    @abstractmethod
    def stream(self, question: Question, max_new_tokens: int = MAX_NEW_TOKENS) -> Iterator[str]:
        """Yields the answer so far, each time it grows; the last one equals ``answer``.

        Where unsure sentences are left out, it grows by whole sentences. Leaving the loop early stops the model.
        """

    def chat(
        self, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]], max_new_tokens: int = MAX_NEW_TOKENS
    ) -> Iterator[ChatReply]:
        """Goes on with a conversation in which the model may call tools; see `Endpoint.chat`.

        Raises:
            NicheLensError: the model calls no tools (``calls_tools``).
        """
        message = f"{self.name}: calls no tools; ask a model on a server (--endpoint)"
        raise NicheLensError(message)

    @abstractmethod
    def yes_logit(
        self, questions: Sequence[Question], batch_size: int | None = None, progress: Progress | None = None
    ) -> np.ndarray:
        """logit("Yes") - logit("No") of the first token of each answer, not calibrated; float64 (n,)."""

    @abstractmethod
    def log_likelihood(self, question: Question, completions: Sequence[str]) -> np.ndarray:
        """Log probability of each completion with its end of turn, summed over its tokens; float64 (n,)."""

    @abstractmethod
    def load_base(self) -> Engine | None:
        """Loads the base of an adapter, to compare with it; None for a base, and for a model on a server."""

    @abstractmethod
    def _generate(
        self,
        questions: Sequence[Question],
        batch_size: int | None,
        max_new_tokens: int,
        progress: Progress | None,
        *,
        with_confidence: bool,
    ) -> list[RawAnswer]:
        """Answers in the order of the questions; without ``with_confidence`` their sentences are not used."""

    @property
    def _filters(self) -> bool:
        """Whether the calibration leaves out sentences that are not confident enough."""
        return bool(self.calibration.least_confidence)

    def _confident_words(self, answer: RawAnswer) -> str:
        """The text of an answer without the sentences that are not confident enough."""
        if not self._filters:
            return answer.text.strip()
        return filter_confident(answer.sentences(), self.calibration.least_confidence)
