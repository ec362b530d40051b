"""A model that a server has: asked through the same interface as one that is loaded here.

    engine = Engine.load("MERGED", endpoint="http://host:8000/v1", served_name="nichelens")

Where the model's folder is at hand (or its Hub id), figures are drawn and answers are read by the figure contract and
the calibration in it. Probabilities come from the server's log probabilities; where it gives none, that is said once,
and the first word of an answer decides between yes and no.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.tasks import Question
from inference.engine.confidence import Sentence, passed_on, read_sentences
from inference.engine.endpoint import Endpoint, Reply, name_models
from inference.engine.engine import MAX_NEW_TOKENS, Engine
from inference.engine.served_model import Terms, find_terms

logger = logging.getLogger(__name__)

CONCURRENCY = 16
"""Questions in flight at once: a server that batches answers them together, another one lets them wait."""
FIRST_WORD = 4
"""Tokens in which an answer has said yes or no."""
ALTERNATIVES = 20
"""Likeliest first tokens among which "Yes" and "No" are looked for; the most that vLLM gives unless told otherwise."""


class RemoteEngine(Engine):
    """Asks a model of a server. Make one with ``Engine.load(..., endpoint=...)``."""

    gives_likelihood = False
    is_adapter = False

    def __init__(self, server: Endpoint, name: str, terms: Terms) -> None:
        self.server = server
        self.endpoint = server.url
        self.name = self.base = name
        self.contract = terms.contract
        self.calibration = terms.calibration
        self.image_size = terms.image_size

    @classmethod
    def connect(cls, address: str, model: str | Path | None, served_name: str | None = None) -> RemoteEngine:
        """Finds a server and the terms of its model.

        Args:
            address: of the server.
            model: what the server calls the model; a folder or a Hub id also gives figure contract and calibration.
            served_name: what the server calls the model, where ``model`` is its folder or Hub id under another name.

        Raises:
            NicheLensError: no server there, it refuses the key, no model is named, or the folder of ``model`` is
                damaged or speaks of other figures.
        """
        name = served_name or str(model or "")
        server = Endpoint(address, name)
        listed = server.models()
        if not name:
            has = "" if listed is None else f"; it has {name_models(listed)}"
            msg = f"{server.url}: name a model of it with --model{has}"
            raise NicheLensError(msg)
        terms = find_terms(model, must_exist=bool(served_name)) if model else None
        if terms is None:
            terms = Terms()
            logger.warning(
                "%s: its folder is not at hand, so its figures are drawn at %d px and its answers are not calibrated; "
                "with it, give --model FOLDER --served-name %s",
                name,
                terms.image_size,
                name,
            )
        shown = name if served_name or not Path(name).is_dir() else Path(name).resolve().name
        return cls(server, shown, terms)

    def load_base(self) -> Engine | None:
        """None: a server's model has no other one beside it."""
        return None

    def answer(
        self,
        questions: Sequence[Question],
        batch_size: int | None = None,
        max_new_tokens: int = MAX_NEW_TOKENS,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[str]:
        """As ``Engine.answer``."""
        wanted = 0 if self.calibration.sureness else None
        replies = self._ask_all(questions, max_new_tokens, wanted, batch_size, progress)
        return [self._passed_on(reply) for reply in replies]

    def sentences(
        self,
        questions: Sequence[Question],
        batch_size: int | None = None,
        max_new_tokens: int = MAX_NEW_TOKENS,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[list[Sentence]]:
        """As ``Engine.sentences``; each is as sure as can be where the server gives no log probabilities."""
        replies = self._ask_all(questions, max_new_tokens, 0, batch_size, progress)
        return [self._sentences(reply) for reply in replies]

    def stream(self, question: Question, max_new_tokens: int = MAX_NEW_TOKENS) -> Iterator[str]:
        """As ``Engine.stream``."""
        text, said = "", Reply("")
        for said in self.server.stream(question, max_new_tokens, 0 if self.calibration.sureness else None):
            if self.calibration.sureness and not said.text.endswith("."):
                continue
            longer = self._passed_on(said)
            if longer != text:
                text = longer
                yield text
        whole = self._passed_on(said)
        if whole != text:
            yield whole

    def yes_logit(
        self,
        questions: Sequence[Question],
        batch_size: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> np.ndarray:
        """As ``Engine.yes_logit``; infinite where only the first word is known.

        An answer that starts with neither word gets the logit whose calibrated probability is even.
        """
        even = -self.calibration.bias * self.calibration.temperature
        logit = np.full(len(questions), even)
        replies = self._ask_all(questions, FIRST_WORD, ALTERNATIVES, batch_size, progress)
        for place, reply in enumerate(replies):
            first = next((token for token in reply.tokens if token.letters.strip()), None)
            if first and first.alternatives:
                found = _yes_minus_no(first.alternatives)
            else:
                self._miss_probability()
                found = _first_word(reply.text)
            logit[place] = even if found is None else found
        return logit

    def log_likelihood(self, question: Question, completions: Sequence[str]) -> np.ndarray:
        """Not to be had: the chat protocol scores no given answers."""
        msg = f"{self.endpoint}: a server does not say how likely a given answer is; load the model here"
        raise NicheLensError(msg)

    def _ask_all(
        self,
        questions: Sequence[Question],
        max_tokens: int,
        alternatives: int | None,
        at_once: int | None,
        progress: Callable[[int, int], None] | None,
    ) -> list[Reply]:
        """Replies in the order of the questions, of which at most ``at_once`` are on their way."""
        replies = [Reply("")] * len(questions)
        with ThreadPoolExecutor(max_workers=at_once or CONCURRENCY) as pool:
            places = {
                pool.submit(self.server.ask, question, max_tokens, alternatives): place
                for place, question in enumerate(questions)
            }
            try:
                for done, future in enumerate(as_completed(places), start=1):
                    replies[places[future]] = future.result()
                    if progress:
                        progress(done, len(questions))
            finally:
                pool.shutdown(wait=False, cancel_futures=True)  # after an error nothing more is asked
        return replies

    def _passed_on(self, reply: Reply) -> str:
        if not self.calibration.sureness:
            return reply.text.strip()
        return passed_on(self._sentences(reply), self.calibration.sureness)

    def _sentences(self, reply: Reply) -> list[Sentence]:
        text, tokens = reply.text, reply.tokens
        said, ends = b"", [0]
        for token in tokens:
            said += token.letters
            ends.append(len(said.decode(errors="ignore")))
        start = said.decode(errors="ignore").find(text)
        if text and (start < 0 or not tokens):
            self._miss_probability()
            return read_sentences(text, [0, len(text)], [1.0])
        # An end of turn may be among the tokens; it is no part of the text.
        ends = [min(max(end - start, 0), len(text)) for end in ends]
        return read_sentences(text, ends, [math.exp(token.logprob) for token in tokens])

    def _miss_probability(self) -> None:
        """Says once that the server gives no log probabilities."""
        if self.gives_probability:
            self.gives_probability = False
            logger.warning(
                "%s: gives no log probabilities: the first word of an answer decides between yes and no%s",
                self.endpoint,
                ", and claims are passed on however unsure the model is of them" if self.calibration.sureness else "",
            )


def _yes_minus_no(alternatives: Sequence[tuple[str, float]]) -> float | None:
    """Log p("Yes") - log p("No"); one that is not listed is at most as likely as the last that is; None for neither."""
    least = min(logprob for _, logprob in alternatives)
    best: dict[str, float] = {}
    for token, logprob in alternatives:
        word = token.strip().lower()
        best[word] = max(logprob, best.get(word, -math.inf))
    if "yes" not in best and "no" not in best:
        return None
    return best.get("yes", least) - best.get("no", least)


def _first_word(text: str) -> float | None:
    found = re.match(r"\W*(yes|no)\b", text, re.IGNORECASE)
    return None if found is None else math.inf if found[1].lower() == "yes" else -math.inf
