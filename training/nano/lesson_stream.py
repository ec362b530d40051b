"""Streams synthetic lessons from worker processes and collates them into tensors."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import parent_process
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.multiprocessing as mp

from training.nano.lessons import Lesson, LessonConfig, lessons

if TYPE_CHECKING:
    from transformers import Idefics3Processor

FIRST_WORD_WEIGHT = 3.0
"""Weight of an answer's first token, which carries the verdict, in the language-model loss."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Tensors of some lessons.

    Attributes:
        pixels: (n_pictures, 3, size, size) float32 in -1..1, pictures of a lesson side by side.
        input_ids: (n, length), right-padded.
        attention_mask: (n, length).
        labels: (n, length); -100 outside the answer.
        weights: (n, length) weight of each label in the loss.
        targets: (n_pictures, PICTURE.size), NaN where not asked.
        relations: (n, RELATIONS.size), NaN where not asked.
        overlays: (n_pairs, 3) pictures to lay over each other, the first of a lesson and a later one, and the lesson.
    """

    pixels: torch.Tensor
    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    labels: torch.Tensor
    weights: torch.Tensor
    targets: torch.Tensor
    relations: torch.Tensor
    overlays: torch.Tensor


class Collator:
    """Turns lessons into a batch, with the processor's own chat template and image tokens."""

    def __init__(self, processor: Idefics3Processor, device: str) -> None:
        """Keeps the processor; batches go to ``device``."""
        self.processor = processor
        self.device = device
        self._prompts: dict[tuple[str, int, tuple[int, ...]], list[int]] = {}

    def __call__(self, part: list[Lesson]) -> Batch:
        """Collates lessons of any tasks."""
        tokenizer = self.processor.tokenizer
        prompts = [self._prompt(lesson) for lesson in part]
        answers = [
            [*ids, tokenizer.eos_token_id] for ids in tokenizer([lesson.completion for lesson in part])["input_ids"]
        ]
        length = max(len(p) + len(a) for p, a in zip(prompts, answers, strict=True))
        ids = torch.full((len(part), length), tokenizer.pad_token_id)
        labels = torch.full((len(part), length), -100)
        weights = torch.ones(len(part), length)
        mask = torch.zeros(len(part), length, dtype=torch.long)
        for i, (prompt, answer) in enumerate(zip(prompts, answers, strict=True)):
            end = len(prompt) + len(answer)
            ids[i, :end] = torch.tensor(prompt + answer)
            labels[i, len(prompt) : end] = torch.tensor(answer)
            weights[i, len(prompt)] = FIRST_WORD_WEIGHT if part[i].label else 1.0
            mask[i, :end] = 1
        pixels = torch.from_numpy(np.concatenate([lesson.images for lesson in part])).to(self.device)
        targets = torch.from_numpy(np.concatenate([lesson.targets for lesson in part]))
        return Batch(
            pixels=pixels.permute(0, 3, 1, 2).float() / 127.5 - 1.0,
            input_ids=ids.to(self.device),
            attention_mask=mask.to(self.device),
            labels=labels.to(self.device),
            weights=weights.to(self.device),
            targets=targets.to(self.device),
            relations=torch.from_numpy(np.stack([lesson.relations for lesson in part])).to(self.device),
            overlays=_overlays(part).to(self.device),
        )

    def _prompt(self, lesson: Lesson) -> list[int]:
        """Token ids of the user's turn, pictures first, up to where the answer begins."""
        key = (lesson.prompt, *lesson.images.shape[:2])
        if key not in self._prompts:
            content = [*({"type": "image"} for _ in lesson.images), {"type": "text", "text": lesson.prompt}]
            text = self.processor.apply_chat_template(
                [{"role": "user", "content": content}], add_generation_prompt=True
            )
            self._prompts[key] = self.processor(text=text, images=[list(lesson.images)])["input_ids"][0]
        return self._prompts[key]


def _overlays(part: list[Lesson]) -> torch.Tensor:
    pairs, start = [], 0
    for place, lesson in enumerate(part):
        if lesson.overlaid:
            pairs += [(start, start + later, place) for later in range(1, len(lesson.images))]
        start += len(lesson.images)
    return torch.tensor(pairs, dtype=torch.long).reshape(-1, 3)


class LessonStream:
    """Lessons of ever new synthetic slides, shuffled over many slides, each shown a few times.

    Args:
        first_seed: seed of the first slide.
        config: what is drawn from a slide.
        workers: processes that draw.
        pool: lessons kept at hand.
        repeats: how often each lesson is shown.
        seed: seed of the shuffling.
    """

    def __init__(self, first_seed: int, config: LessonConfig, workers: int, pool: int, repeats: int, seed: int) -> None:
        """Starts the workers."""
        context = mp.get_context("spawn")
        self._pool, self._repeats = pool, repeats
        self._rng = np.random.default_rng(seed)
        self._queues = [context.Queue(maxsize=8) for _ in range(workers)]
        self._next_seed = first_seed
        self._turn = 0
        self._workers = [
            context.Process(target=_draw, args=(q, first_seed + i, workers, config), daemon=True)
            for i, q in enumerate(self._queues)
        ]
        for worker in self._workers:
            worker.start()

    def batches(self, n_single: int, n_several: int) -> Iterator[tuple[list[Lesson], list[Lesson], int]]:
        """Endless (lessons of one picture, lessons of several, seed of the next slide): two lengths, little padding."""
        pools: tuple[list[Lesson], list[Lesson]] = [], []
        wanted = n_single, n_several
        # The pool grows as the run goes on: waiting for all of it at the start would waste minutes.
        fill = 4 * sum(wanted)
        while True:
            while any(len(pool) < max(fill * n / sum(wanted), n) for pool, n in zip(pools, wanted, strict=True)):
                for lesson in self._slide():
                    pools[len(lesson.images) > 1].extend([lesson] * self._repeats)
            fill = min(self._pool, fill + sum(wanted) // 10)
            yield self._take(pools[0], n_single), self._take(pools[1], n_several), self._next_seed
            for pool in pools:  # slides give more of one kind than is asked for: the rest must not pile up
                del pool[: max(0, len(pool) - 2 * self._pool)]

    def close(self) -> None:
        """Ends the workers."""
        for worker in self._workers:
            worker.terminate()

    def _slide(self) -> list[Lesson]:
        """The lessons of the next slide; workers take turns, so the order does not depend on their speed."""
        made = self._queues[self._turn].get()
        self._turn = (self._turn + 1) % len(self._queues)
        self._next_seed += 1
        return made

    def _take(self, pool: list[Lesson], n: int) -> list[Lesson]:
        taken = []
        for _ in range(n):
            i = int(self._rng.integers(len(pool)))
            pool[i], pool[-1] = pool[-1], pool[i]
            taken.append(pool.pop())
        return taken


def _draw(out: mp.Queue, seed: int, stride: int, config: LessonConfig) -> None:
    """Draws slides until the training process is gone, also where that was killed and could not say so."""
    torch.set_num_threads(1)
    out.cancel_join_thread()  # what nobody will read any more must not keep this process
    parent = parent_process()
    made = lessons(seed, config)
    while parent is None or parent.is_alive():
        try:
            out.put(made, timeout=5)
        except queue.Full:
            continue
        seed += stride
        made = lessons(seed, config)
