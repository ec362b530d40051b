"""A model that is loaded here and answers: `Engine.load` without an endpoint makes one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from data_prep.tasks import Question
from inference.engine.confidence import Sentence, Sureness, passed_on, read_sentences, token_ends
from inference.engine.encoding import Encoder
from inference.engine.engine import MAX_NEW_TOKENS, Engine
from inference.model.loader import Loaded, load

if TYPE_CHECKING:
    import torch

SCORE_BATCH = 16
"""Questions scored at once: on a CPU the activations of so many stay in its caches; more are slower."""
ANSWER_BATCH = 16
_UNFINISHED = "\ufffd"


class LocalEngine(Engine):
    """Asks a model in this process.

    Attributes:
        model: the ``transformers`` model, LoRA merged in.
        processor: its processor.
        encoder: turns questions into the model's inputs.
    """

    def __init__(self, loaded: Loaded) -> None:
        self.name = loaded.name
        self.base = loaded.base
        self.is_adapter = loaded.is_adapter
        self.contract = loaded.contract
        self.calibration = loaded.calibration
        self.image_size = loaded.image_size
        self.model = loaded.model
        self.processor = loaded.processor
        self.encoder = Encoder(loaded.processor, loaded.image_size, loaded.model.device, loaded.model.dtype)

    def load_base(self) -> Engine | None:
        """The base of an adapter, on the same device; None for a base."""
        return LocalEngine(load(self.base, str(self.model.device), None)) if self.is_adapter else None

    def answer(
        self,
        questions: Sequence[Question],
        batch_size: int | None = None,
        max_new_tokens: int = MAX_NEW_TOKENS,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[str]:
        """As ``Engine.answer``."""
        answers = [""] * len(questions)
        for place, ids, p in self._answer_ids(questions, batch_size, max_new_tokens, progress):
            answers[place] = self._passed_on(ids, p)
        return answers

    def sentences(
        self,
        questions: Sequence[Question],
        batch_size: int | None = None,
        max_new_tokens: int = MAX_NEW_TOKENS,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[list[Sentence]]:
        """As ``Engine.sentences``."""
        answers: list[list[Sentence]] = [[] for _ in questions]
        for place, ids, p in self._answer_ids(questions, batch_size, max_new_tokens, progress):
            answers[place] = self._sentences(ids, p)
        return answers

    def _answer_ids(
        self,
        questions: Sequence[Question],
        batch_size: int | None,
        max_new_tokens: int,
        progress: Callable[[int, int], None] | None,
    ) -> Iterator[tuple[int, list[int], list[float]]]:
        """(place of the question, tokens of its answer, probability of each)."""
        import torch
        from transformers import LogitsProcessorList

        done = 0
        with torch.inference_mode():
            for places, inputs in self.encoder.batches(questions, batch_size or ANSWER_BATCH):
                sure = Sureness()
                found = self.model.generate(
                    **inputs, **self._generation(max_new_tokens), logits_processor=LogitsProcessorList([sure])
                )
                rows = found[:, inputs["input_ids"].shape[1] :].tolist()
                yield from (
                    (place, ids, sure.of(row, len(ids)))
                    for row, (place, ids) in enumerate(zip(places, rows, strict=True))
                )
                done += len(places)
                if progress:
                    progress(done, len(questions))

    def stream(self, question: Question, max_new_tokens: int = MAX_NEW_TOKENS) -> Iterator[str]:
        """As ``Engine.stream``. The model runs in a thread; what goes wrong there is raised here."""
        tokens = _TokenQueue()
        sure = Sureness()
        inputs = self.encoder.encode([question])
        worker = threading.Thread(target=self._generate_into, args=(tokens, inputs, max_new_tokens, sure), daemon=True)
        worker.start()
        said: list[int] = []
        text = ""
        try:
            for token in tokens:
                said.append(token)
                if self.calibration.sureness and not self._decode([token]).endswith("."):
                    continue
                longer = self._passed_on(said, sure.of(0, len(said)))
                if longer != text and not longer.endswith(_UNFINISHED):
                    text = longer
                    yield text
            whole = self._passed_on(said, sure.of(0, len(said)))
            if whole != text:
                yield whole
        finally:
            tokens.stopped.set()
            worker.join()

    def yes_logit(
        self,
        questions: Sequence[Question],
        batch_size: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> np.ndarray:
        """As ``Engine.yes_logit``, one forward pass each."""
        import torch

        before, yes, no = self.encoder.yes_no
        logit = np.zeros(len(questions))
        done = 0
        with torch.inference_mode():
            for places, inputs in self.encoder.batches(questions, batch_size or SCORE_BATCH):
                if before:
                    inputs = self.encoder.extend(inputs, [before] * len(places))
                last = self.model(**inputs, logits_to_keep=1, use_cache=False).logits[:, -1].float()
                logit[places] = (last[:, yes] - last[:, no]).cpu().numpy()
                done += len(places)
                if progress:
                    progress(done, len(questions))
        return logit

    def log_likelihood(
        self, question: Question, completions: Sequence[str], batch_size: int = ANSWER_BATCH
    ) -> np.ndarray:
        """As ``Engine.log_likelihood``."""
        import torch

        n_images = len(question.images)
        ids = [self.encoder.completion_ids(question.prompt, n_images, text) for text in completions]
        result = np.zeros(len(ids))
        with torch.inference_mode():
            for start in range(0, len(ids), batch_size):
                rows = ids[start : start + batch_size]
                inputs = self.encoder.extend(self.encoder.encode([question] * len(rows)), rows)
                longest = max(len(row) for row in rows)
                # The logits at one position are about the next one, so one more than the completion's are needed.
                logits = self.model(**inputs, logits_to_keep=longest + 1, use_cache=False).logits[:, :-1].float()
                said = inputs["input_ids"][:, -longest:]
                kept = inputs["attention_mask"][:, -longest:]
                each = logits.log_softmax(-1).gather(-1, said[..., None])[..., 0] * kept
                result[start : start + len(rows)] = each.double().sum(dim=1).cpu().numpy()
        return result

    def _generation(self, max_new_tokens: int) -> dict[str, Any]:
        from transformers import GenerationConfig

        stored = self.model.generation_config
        ends = stored.eos_token_id
        greedy = GenerationConfig(
            do_sample=False,
            max_new_tokens=max_new_tokens,
            eos_token_id=ends if ends is not None else self.processor.tokenizer.eos_token_id,
            pad_token_id=self.processor.tokenizer.pad_token_id,
            bos_token_id=stored.bos_token_id,
        )
        return {"generation_config": greedy}

    def _passed_on(self, ids: list[int], p: list[float]) -> str:
        """The answer that some tokens make, less the sentences of which the model is not sure enough."""
        if not self.calibration.sureness:
            return self._decode(ids)
        return passed_on(self._sentences(ids, p), self.calibration.sureness)

    def _sentences(self, ids: list[int], p: list[float]) -> list[Sentence]:
        text = self.processor.tokenizer.decode(ids, skip_special_tokens=True)
        return read_sentences(text, token_ends(self.processor.tokenizer, ids), p)

    def _generate_into(self, tokens: _TokenQueue, inputs: dict[str, Any], max_new_tokens: int, sure: Sureness) -> None:
        import torch
        from transformers import LogitsProcessorList, StoppingCriteriaList

        def stop(ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
            return torch.full((ids.shape[0],), tokens.stopped.is_set(), dtype=torch.bool, device=ids.device)

        try:
            with torch.inference_mode():
                self.model.generate(
                    **inputs,
                    **self._generation(max_new_tokens),
                    streamer=tokens,
                    logits_processor=LogitsProcessorList([sure]),
                    stopping_criteria=StoppingCriteriaList([stop]),
                )
        except Exception as error:  # whatever went wrong belongs to the one who asked, not to this thread
            tokens.fail(error)

    def _decode(self, ids: list[int]) -> str:
        return self.processor.tokenizer.decode(ids, skip_special_tokens=True).strip()


class _TokenQueue:
    """Hands new tokens from a generating thread to an asking one (the ``streamer`` of ``generate``)."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._queue: queue.SimpleQueue[list[int] | Exception | None] = queue.SimpleQueue()
        self._prompt_seen = False

    def put(self, value: torch.Tensor) -> None:
        """Called by ``generate``: first with the prompt, then with each new token."""
        if self._prompt_seen:
            self._queue.put(value.reshape(-1).tolist())
        self._prompt_seen = True

    def end(self) -> None:
        """Called by ``generate`` when the answer is complete."""
        self._queue.put(None)

    def fail(self, error: Exception) -> None:
        """Ends the stream with an error, raised where the tokens are read."""
        self._queue.put(error)

    def __iter__(self) -> Iterator[int]:
        while (found := self._queue.get()) is not None:
            if isinstance(found, Exception):
                raise found
            yield from found
