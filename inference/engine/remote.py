"""A model on a server, asked through the same interface as one in this process.

    engine = load_engine("MERGED", endpoint="http://host:8000/v1", served_name="nichelens")

Where the folder of the model (or its Hub id) is known too, its figure contract and its calibration are used.
Probabilities come from the log probabilities of the server. Where it gives none, a warning says so once, and the first
word of an answer decides between yes and no.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.tasks import Question
from inference.engine.chat_messages import ChatReply
from inference.engine.confidence import Sentence, read_sentences
from inference.engine.endpoint import Endpoint, Reply, name_models
from inference.engine.engine import MAX_NEW_TOKENS, Engine, Progress, RawAnswer
from inference.engine.served_model import ServedModel, read_served_model

logger = logging.getLogger(__name__)

CONCURRENCY = 16
"""Questions on their way at once. A server that batches answers them together; another one lets them wait."""
FIRST_WORD = 4
"""Tokens in which an answer has said yes or no."""
TOP_LOGPROBS = 20
"""Number of the likeliest first tokens among which "Yes" and "No" are looked up; vLLM gives no more by default."""


class RemoteEngine(Engine):
    """Asks a model on a server. Make one with ``load_engine(..., endpoint=...)``."""

    gives_likelihood = False
    is_adapter = False

    def __init__(self, server: Endpoint, name: str, model: ServedModel) -> None:
        self.server = server
        self.endpoint = server.url
        self.name = self.base = name
        self.contract = model.contract
        self.calibration = model.calibration
        self.image_size = model.image_size
        self.writes_prose = self.calls_tools = model.writes_prose

    @classmethod
    def connect(cls, address: str, model: str | Path | None, served_name: str | None = None) -> RemoteEngine:
        """Connects to a server.

        Args:
            address: address of the server.
            model: name of the model on the server. A folder or a Hub id also gives figure contract and calibration.
            served_name: name of the model on the server, where ``model`` is a folder or a Hub id of another name.

        Raises:
            NicheLensError: there is no server, it refuses the key, no model is named, or the folder of ``model`` is
                damaged or has another figure contract.
        """
        name = served_name or str(model or "")
        server = Endpoint(address, name)
        listed = server.list_models()
        if not name:
            models = "" if listed is None else f"; it has {name_models(listed)}"
            message = f"{server.url}: name a model of it with --model{models}"
            raise NicheLensError(message)
        known = read_served_model(model, must_exist=bool(served_name)) if model else None
        if known is None:
            known = ServedModel()
            logger.warning(
                "%s: its folder is not at hand, so its figures are drawn at %d px and its answers are not calibrated; "
                "with it, give --model FOLDER --served-name %s",
                name,
                known.image_size,
                name,
            )
        shown = name if served_name or not Path(name).is_dir() else Path(name).resolve().name
        return cls(server, shown, known)

    def load_base(self) -> Engine | None:
        """None: a model on a server has no other one beside it."""
        return None

    def stream(self, question: Question, max_new_tokens: int = MAX_NEW_TOKENS) -> Iterator[str]:
        """As ``Engine.stream``."""
        text, reply = "", Reply("")
        for reply in self.server.stream(question, max_new_tokens, 0 if self._filters else None):
            if self._filters and not reply.text.endswith("."):
                continue
            longer = self._confident_words(self._raw_answer(reply))
            if longer != text:
                text = longer
                yield text
        whole = self._confident_words(self._raw_answer(reply))
        if whole != text:
            yield whole

    def chat(
        self, messages: Sequence[dict[str, Any]], tools: Sequence[dict[str, Any]], max_new_tokens: int = MAX_NEW_TOKENS
    ) -> Iterator[ChatReply]:
        """As ``Engine.chat``."""
        yield from self.server.chat(messages, tools, max_new_tokens)

    def yes_logit(
        self, questions: Sequence[Question], batch_size: int | None = None, progress: Progress | None = None
    ) -> np.ndarray:
        """As ``Engine.yes_logit``; infinite where only the first word is known.

        An answer that starts with neither word gets the logit whose calibrated probability is 0.5.
        """
        fitted = [self.calibration.of(question.kind) for question in questions]
        logit = np.array([-kind.bias * kind.temperature for kind in fitted])
        replies = self._ask_all(questions, FIRST_WORD, TOP_LOGPROBS, batch_size, progress)
        for i, reply in enumerate(replies):
            first = next((token for token in reply.tokens if token.letters.strip()), None)
            if first and first.alternatives:
                difference = _yes_minus_no(first.alternatives)
            else:
                self._note_missing_probability()
                difference = _first_word(reply.text)
            if difference is not None:
                logit[i] = difference
        return logit

    def log_likelihood(self, question: Question, completions: Sequence[str]) -> np.ndarray:
        """Not available: the chat protocol does not score given answers.

        Raises:
            NicheLensError: always.
        """
        message = f"{self.endpoint}: a server does not say how likely a given answer is; load the model here"
        raise NicheLensError(message)

    def _generate(
        self,
        questions: Sequence[Question],
        batch_size: int | None,
        max_new_tokens: int,
        progress: Progress | None,
        *,
        with_confidence: bool,
    ) -> list[RawAnswer]:
        replies = self._ask_all(questions, max_new_tokens, 0 if with_confidence else None, batch_size, progress)
        return [self._raw_answer(reply) for reply in replies]

    def _ask_all(
        self,
        questions: Sequence[Question],
        max_tokens: int,
        top_logprobs: int | None,
        at_once: int | None,
        progress: Progress | None,
    ) -> list[Reply]:
        """Replies in the order of the questions; at most ``at_once`` questions are on their way."""
        replies = [Reply("")] * len(questions)
        with ThreadPoolExecutor(max_workers=at_once or CONCURRENCY) as pool:
            positions = {
                pool.submit(self.server.ask, question, max_tokens, top_logprobs): i
                for i, question in enumerate(questions)
            }
            try:
                for done, future in enumerate(as_completed(positions), start=1):
                    replies[positions[future]] = future.result()
                    if progress:
                        progress(done, len(questions))
            finally:
                pool.shutdown(wait=False, cancel_futures=True)  # after an error no more questions are sent
        return replies

    def _raw_answer(self, reply: Reply) -> RawAnswer:
        return RawAnswer(reply.text, partial(self._read_sentences, reply))

    def _read_sentences(self, reply: Reply) -> list[Sentence]:
        """Sentences of a reply; their confidence is 1 where the server gives no log probabilities."""
        text, tokens = reply.text, reply.tokens
        letters, ends = b"", [0]
        for token in tokens:
            letters += token.letters
            ends.append(len(letters.decode(errors="ignore")))
        start = letters.decode(errors="ignore").find(text)
        if text and (start < 0 or not tokens):
            self._note_missing_probability()
            return read_sentences(text, [0, len(text)], [1.0])
        # The tokens may include an end of turn, which is not part of the text.
        ends = [min(max(end - start, 0), len(text)) for end in ends]
        return read_sentences(text, ends, [math.exp(token.logprob) for token in tokens])

    def _note_missing_probability(self) -> None:
        """Warns once that the server gives no log probabilities."""
        if self.gives_probability:
            self.gives_probability = False
            logger.warning(
                "%s: gives no log probabilities: the first word of an answer decides between yes and no%s",
                self.endpoint,
                ", and claims are passed on however unsure the model is of them" if self._filters else "",
            )


def _yes_minus_no(alternatives: Sequence[tuple[str, float]]) -> float | None:
    """Log p("Yes") - log p("No"), or None where neither is listed.

    A word that is not listed counts as likely as the last token that is.
    """
    least = min(logprob for _, logprob in alternatives)
    best: dict[str, float] = {}
    for token, logprob in alternatives:
        word = token.strip().lower()
        best[word] = max(logprob, best.get(word, -math.inf))
    if "yes" not in best and "no" not in best:
        return None
    return best.get("yes", least) - best.get("no", least)


def _first_word(text: str) -> float | None:
    """Infinity for a text that starts with "yes", -infinity for "no", None for any other."""
    word = re.match(r"\W*(yes|no)\b", text, re.IGNORECASE)
    return None if word is None else math.inf if word[1].lower() == "yes" else -math.inf
