"""A model that runs in this process: `load_engine` without an endpoint makes one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from data_prep.tasks import Question
from inference.engine.confidence import Sentence, TokenProbabilities, read_sentences, token_ends
from inference.engine.encoding import Encoder
from inference.engine.engine import MAX_NEW_TOKENS, Engine, Progress, RawAnswer
from inference.engine.threads import count_threads, map_batches
from inference.model.answer_length import writes_prose
from inference.model.loader import Loaded, load
from inference.model.weight_hash import hash_weights

if TYPE_CHECKING:
    import torch

SCORE_BATCH = 16
"""Questions scored at once. On a CPU the activations of so many stay in its caches; larger batches are slower."""
GPU_SCORE_BATCH = 256
"""Questions that a small model scores at once on a GPU: 4.6 times as fast as 16 on an H200 (docs/performance.md)."""
SMALL_MODEL = 100_000_000
"""Parameters below which a model counts as small: the activations of ``GPU_SCORE_BATCH`` questions fit on any GPU."""
ANSWER_BATCH = 16
_UNFINISHED = "\ufffd"
"""What a tokenizer decodes half a character to."""


class LocalEngine(Engine):
    """Asks a model in this process.

    Attributes:
        model: the ``transformers`` model, LoRA merged in.
        processor: its processor.
        encoder: turns questions into inputs of the model.
        score_batch: number of questions in a batch unless a caller says otherwise.
        in_threads: whether batches are scored in several threads, each batch in one (`inference.engine.threads`).
    """

    def __init__(self, loaded: Loaded) -> None:
        self.name = loaded.name
        self.base = loaded.base
        self.is_adapter = loaded.is_adapter
        self.contract = loaded.contract
        self.calibration = loaded.calibration
        self.image_size = loaded.image_size
        self.writes_prose = writes_prose(loaded.model.generation_config.max_new_tokens)
        self.model = loaded.model
        self.processor = loaded.processor
        self.encoder = Encoder(loaded.processor, loaded.image_size, loaded.model.device, loaded.model.dtype)
        device, n_parameters = loaded.model.device.type, loaded.model.num_parameters()
        self.score_batch = choose_score_batch(device, n_parameters)
        self.in_threads = device == "cpu" and n_parameters < SMALL_MODEL  # each thread holds activations of its own

    @cached_property
    def fingerprint(self) -> str:
        """As ``Engine.fingerprint``: a hash of the weights, with their type and that of the device."""
        return hash_weights(self.model)

    def load_base(self) -> Engine | None:
        """Loads the base of an adapter onto the same device; None for a base."""
        if not self.is_adapter:
            return None
        return LocalEngine(load(self.base, str(self.model.device), None, reads_pictures=self.image_size > 0))

    def stream(self, question: Question, max_new_tokens: int = MAX_NEW_TOKENS) -> Iterator[str]:
        """As ``Engine.stream``. The model runs in a thread; errors of that thread are raised here."""
        tokens = _TokenQueue()
        probabilities = TokenProbabilities()
        inputs = self.encoder.encode([question])
        worker = threading.Thread(
            target=self._generate_into, args=(tokens, inputs, max_new_tokens, probabilities), daemon=True
        )
        worker.start()
        ids: list[int] = []
        text = ""
        try:
            for token in tokens:
                ids.append(token)
                if self._filters and not self._decode([token]).strip().endswith("."):
                    continue
                longer = self._confident_words(self._raw_answer(ids, probabilities.of(0, len(ids))))
                if longer != text and not longer.endswith(_UNFINISHED):
                    text = longer
                    yield text
            whole = self._confident_words(self._raw_answer(ids, probabilities.of(0, len(ids))))
            if whole != text:
                yield whole
        finally:
            tokens.stopped.set()
            worker.join()

    def yes_logit(
        self, questions: Sequence[Question], batch_size: int | None = None, progress: Progress | None = None
    ) -> np.ndarray:
        """As ``Engine.yes_logit``, in one forward pass per batch."""
        import torch

        before, yes, no = self.encoder.yes_no

        def score(positions: list[int]) -> np.ndarray:
            inputs = self.encoder.encode([questions[i] for i in positions])
            if before:
                inputs = self.encoder.extend(inputs, [before] * len(positions))
            with torch.inference_mode():
                last = self.model(**inputs, logits_to_keep=1, use_cache=False).logits[:, -1].float()
                return (last[:, yes] - last[:, no]).cpu().numpy()

        logit = np.zeros(len(questions))
        done = 0
        batches = list(self.encoder.batches(questions, batch_size or self.score_batch))
        # A processor may not run in two threads at once, so only inputs that need none are encoded there.
        n_threads = count_threads() if self.in_threads and self.encoder.is_plain else 1
        with closing(map_batches(score, batches, n_threads)) as results:
            for positions, logits in zip(batches, results, strict=True):
                logit[positions] = logits
                done += len(positions)
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
                # The logits at a position are those of the next token, so one position more than the completion has.
                logits = self.model(**inputs, logits_to_keep=longest + 1, use_cache=False).logits[:, :-1].float()
                tokens = inputs["input_ids"][:, -longest:]
                kept = inputs["attention_mask"][:, -longest:]
                each = logits.log_softmax(-1).gather(-1, tokens[..., None])[..., 0] * kept
                result[start : start + len(rows)] = each.double().sum(dim=1).cpu().numpy()
        return result

    def _generate(
        self,
        questions: Sequence[Question],
        batch_size: int | None,
        max_new_tokens: int,
        progress: Progress | None,
        *,
        with_confidence: bool,
    ) -> list[RawAnswer]:
        import torch
        from transformers import LogitsProcessorList

        answers = [RawAnswer("", list)] * len(questions)
        done = 0
        with torch.inference_mode():
            for positions in self.encoder.batches(questions, batch_size or ANSWER_BATCH):
                inputs = self.encoder.encode([questions[i] for i in positions])
                probabilities = TokenProbabilities()
                sequences = self.model.generate(
                    **inputs, **self._generation(max_new_tokens), logits_processor=LogitsProcessorList([probabilities])
                )
                rows = sequences[:, inputs["input_ids"].shape[1] :].tolist()
                for row, (position, ids) in enumerate(zip(positions, rows, strict=True)):
                    answers[position] = self._raw_answer(ids, probabilities.of(row, len(ids)))
                done += len(positions)
                if progress:
                    progress(done, len(questions))
        return answers

    def _generate_into(
        self, tokens: _TokenQueue, inputs: dict[str, Any], max_new_tokens: int, probabilities: TokenProbabilities
    ) -> None:
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
                    logits_processor=LogitsProcessorList([probabilities]),
                    stopping_criteria=StoppingCriteriaList([stop]),
                )
        except Exception as error:  # any error of this thread is raised where the tokens are read
            tokens.fail(error)

    def _generation(self, max_new_tokens: int) -> dict[str, Any]:
        """Options of ``generate`` for greedy decoding, whatever the folder of the model asks for."""
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

    def _raw_answer(self, ids: list[int], p: list[float]) -> RawAnswer:
        """The answer that tokens make, with the probability of each token."""
        return RawAnswer(self._decode(ids), partial(self._read_sentences, list(ids), p))

    def _read_sentences(self, ids: list[int], p: list[float]) -> list[Sentence]:
        return read_sentences(self._decode(ids), token_ends(self.processor.tokenizer, ids), p)

    def _decode(self, ids: list[int]) -> str:
        return self.processor.tokenizer.decode(ids, skip_special_tokens=True)


def choose_score_batch(device: str, n_parameters: int) -> int:
    """Number of questions that a model scores at once.

    Args:
        device: type of its device: "cpu", "cuda", "mps".
        n_parameters: of the model.
    """
    return GPU_SCORE_BATCH if device == "cuda" and n_parameters < SMALL_MODEL else SCORE_BATCH


class _TokenQueue:
    """Passes new tokens from the generating thread to the asking one (the ``streamer`` of ``generate``)."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._queue: queue.SimpleQueue[list[int] | Exception | None] = queue.SimpleQueue()
        self._prompt_seen = False

    def put(self, value: torch.Tensor) -> None:
        """Takes the prompt at first, then each new token; ``generate`` calls it."""
        if self._prompt_seen:
            self._queue.put(value.reshape(-1).tolist())
        self._prompt_seen = True

    def end(self) -> None:
        """Ends the stream; ``generate`` calls it when the answer is complete."""
        self._queue.put(None)

    def fail(self, error: Exception) -> None:
        """Ends the stream with an error, which is raised where the tokens are read."""
        self._queue.put(error)

    def __iter__(self) -> Iterator[int]:
        while (item := self._queue.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield from item
