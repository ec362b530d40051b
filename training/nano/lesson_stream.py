"""LessonStream: always new lessons in shuffled batches, and those of the validation."""

from __future__ import annotations

from collections.abc import Iterator

from training.nano.lesson_block import MAX_LESSONS, LessonBlock
from training.nano.lesson_pool import LessonBatch, LessonPool, to_batch
from training.nano.lesson_workers import LessonWorkers, MakeLessons
from training.nano.pretrain_settings import PretrainSettings

VALIDATION_SEED = 2**40
"""Seeds from this one on are never used in training."""
_FIRST_FILL = 4
"""Batches in the pool at the first step. The pool grows from there: filling it at the start would take minutes."""
_GROWTH_STEPS = 10
"""Steps after which the pool must have grown by one batch."""
_WAIT_SECONDS = 1.0


class LessonStream:
    """Draws lessons in worker processes, and shuffles those of many slides.

    Attributes:
        next_seed: seed of the next slide.
        n_drawn: lessons that were drawn for training so far.
    """

    def __init__(self, settings: PretrainSettings, size: int, device: str, first_seed: int, make: MakeLessons) -> None:
        """Starts the workers.

        Args:
            settings: of the run.
            size: edge length of a picture in pixels.
            device: of the lessons.
            first_seed: of the slides of this run.
            make: draws the lessons of a slide.
        """
        self.next_seed = first_seed
        self.n_drawn = 0
        self._batch, self._n_validation, self._device = settings.batch, settings.validation_slides, device
        capacity = max(settings.pool, 2 * settings.batch, 2 * MAX_LESSONS)
        self._most = capacity // 2
        self._fill = min(_FIRST_FILL * settings.batch, self._most)
        self._pool = LessonPool(capacity, size, settings.repeats, device, settings.seed)
        self._validation: list[LessonBlock] = []
        self._workers = LessonWorkers(make, self._seeds(), settings.workers)

    def validation(self) -> LessonBatch:
        """The lessons of the validation, drawn before all others."""
        while len(self._validation) < self._n_validation:
            self._workers.receive(self._take, timeout=None)
        return to_batch(self._validation, self._device)

    def next_batch(self) -> LessonBatch | None:
        """A batch that mixes many slides; None if there are too few lessons yet, after a second of waiting."""
        while self._has_room() and self._workers.receive(self._take):
            pass
        if len(self._pool) < max(self._fill, self._batch):
            self._workers.receive(self._take, _WAIT_SECONDS)
            return None
        self._fill = min(self._most, self._fill + self._batch // _GROWTH_STEPS)
        return self._pool.draw(self._batch)

    def close(self) -> None:
        """Stops the workers."""
        self._workers.close()

    def _has_room(self) -> bool:
        return self._pool.has_room(MAX_LESSONS)

    def _take(self, seed: int, block: LessonBlock) -> None:
        if seed >= VALIDATION_SEED:
            self._validation.append(block.copy())
        else:
            self._pool.add(block)
            self.n_drawn += len(block)

    def _seeds(self) -> Iterator[int]:
        """Seeds in the order in which workers take them: those of the validation come first."""
        yield from range(VALIDATION_SEED, VALIDATION_SEED + self._n_validation)
        while True:
            self.next_seed += 1
            yield self.next_seed - 1
