"""Draws lessons in worker processes, shuffles them, and collates them into tensors."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import parent_process
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.multiprocessing as mp

from training.nano.lessons import Lesson, LessonConfig, make_lessons

if TYPE_CHECKING:
    from transformers import Idefics3Processor

FIRST_WORD_WEIGHT = 3.0
"""Weight, in the language-model loss, of the first token of a yes/no answer, which holds the verdict."""


@dataclass(frozen=True, eq=False)
class LessonBatch:
    """Tensors of some lessons.

    Attributes:
        pixels: (n_pictures, 3, size, size) float32 in -1..1, the pictures of each lesson in a row.
        input_ids: (n, length), right-padded.
        attention_mask: (n, length).
        labels: (n, length); -100 outside the answer.
        weights: (n, length) weight of each label in the loss.
        targets: (n_pictures, PICTURE_TARGETS.size), NaN where a number does not apply.
        relations: (n, RELATION_TARGETS.size), NaN where a number does not apply.
        overlays: (n_pairs, 3) indices of a lesson's first picture, of a later picture, and of the lesson.
    """

    pixels: torch.Tensor
    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    labels: torch.Tensor
    weights: torch.Tensor
    targets: torch.Tensor
    relations: torch.Tensor
    overlays: torch.Tensor


class LessonCollator:
    """Turns lessons into a batch, with the chat template and image tokens of a processor."""

    def __init__(self, processor: Idefics3Processor, device: str) -> None:
        """Sets the processor, and the device of the batches."""
        self.processor = processor
        self.device = device
        self._prompts: dict[tuple[str, int, tuple[int, ...]], list[int]] = {}

    def __call__(self, part: list[Lesson]) -> LessonBatch:
        """A batch of lessons of any tasks."""
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
        return LessonBatch(
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
        """Token ids of the user's turn, pictures first, up to the beginning of the answer."""
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
    for index, lesson in enumerate(part):
        if lesson.is_overlay:
            pairs += [(start, start + later, index) for later in range(1, len(lesson.images))]
        start += len(lesson.images)
    return torch.tensor(pairs, dtype=torch.long).reshape(-1, 3)


class LessonStream:
    """Lessons of always new synthetic slides, shuffled over many slides."""

    def __init__(self, first_seed: int, config: LessonConfig, workers: int, pool: int, repeats: int, seed: int) -> None:
        """Starts the workers.

        Args:
            first_seed: seed of the first slide.
            config: the lessons of a slide.
            workers: processes that draw slides.
            pool: lessons that are kept in memory and shuffled.
            repeats: how often each lesson is shown.
            seed: seed of the shuffling.
        """
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
        """Endless (lessons of one picture, lessons of several pictures, seed of the next slide).

        Lessons of one picture and of several are kept apart, so that little padding is needed.
        """
        pools: tuple[list[Lesson], list[Lesson]] = [], []
        sizes = n_single, n_several
        # The pool grows during the run, since filling it at the start would take minutes.
        fill = 4 * sum(sizes)
        while True:
            while any(len(pool) < max(fill * n / sum(sizes), n) for pool, n in zip(pools, sizes, strict=True)):
                for lesson in self._slide():
                    pools[len(lesson.images) > 1].extend([lesson] * self._repeats)
            fill = min(self._pool, fill + sum(sizes) // 10)
            yield self._take(pools[0], n_single), self._take(pools[1], n_several), self._next_seed
            for pool in pools:  # slides give more lessons of one kind than a batch takes
                del pool[: max(0, len(pool) - 2 * self._pool)]

    def close(self) -> None:
        """Stops the workers."""
        for worker in self._workers:
            worker.terminate()

    def _slide(self) -> list[Lesson]:
        """The lessons of the next slide. The workers take turns, so the order does not depend on their speed."""
        lessons = self._queues[self._turn].get()
        self._turn = (self._turn + 1) % len(self._queues)
        self._next_seed += 1
        return lessons

    def _take(self, pool: list[Lesson], n: int) -> list[Lesson]:
        taken = []
        for _ in range(n):
            i = int(self._rng.integers(len(pool)))
            pool[i], pool[-1] = pool[-1], pool[i]
            taken.append(pool.pop())
        return taken


def _draw(out: mp.Queue, seed: int, stride: int, config: LessonConfig) -> None:
    """Draws slides until the training process ends, even if it was killed."""
    torch.set_num_threads(1)
    out.cancel_join_thread()  # unread lessons must not keep this process alive
    parent = parent_process()
    lessons = make_lessons(seed, config)
    while parent is None or parent.is_alive():
        try:
            out.put(lessons, timeout=5)
        except queue.Full:
            continue
        seed += stride
        lessons = make_lessons(seed, config)
