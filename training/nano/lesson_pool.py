"""LessonPool: the lessons of many slides on the training device, shuffled into batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from training.nano.lesson_block import LessonBlock


@dataclass(frozen=True, eq=False)
class LessonBatch:
    """Lessons on the training device.

    Attributes:
        pictures: (n, size, size, 3) uint8.
        kinds: (n,) int64 number of the claim's kind.
        prompts: (n,) int64 number of the prompt.
        answers: (n,) int64, 1 for yes and 0 for no.
        values: (n,) float32, the statistic that decides the claim, or NaN.
    """

    pictures: torch.Tensor
    kinds: torch.Tensor
    prompts: torch.Tensor
    answers: torch.Tensor
    values: torch.Tensor

    def __len__(self) -> int:
        return len(self.kinds)

    def __getitem__(self, rows: slice | torch.Tensor) -> LessonBatch:
        return LessonBatch(**{name: tensor[rows] for name, tensor in vars(self).items()})


class LessonPool:
    """Keeps lessons until each was shown a number of times.

    A picture moves to the device once. Batches are random draws from everything in the pool, so they mix many slides,
    and showing a lesson again costs no more data.
    """

    def __init__(self, capacity: int, size: int, repeats: int, device: str, seed: int) -> None:
        """Takes the memory of the whole pool.

        Args:
            capacity: most lessons at a time.
            size: edge length of a picture in pixels.
            repeats: how often each lesson is shown, at most. New lessons first take the places of those that were
                shown most often.
            device: of the lessons.
            seed: of the draws.
        """
        self._repeats = repeats
        self._rng = np.random.default_rng(seed)
        self._shown = np.full(capacity, repeats)
        numbers = {"kinds": torch.int64, "prompts": torch.int64, "answers": torch.int64, "values": torch.float32}
        self._lessons = LessonBatch(
            pictures=torch.empty((capacity, size, size, 3), dtype=torch.uint8, device=device),
            **{name: torch.empty(capacity, dtype=dtype, device=device) for name, dtype in numbers.items()},
        )

    def has_room(self, n: int) -> bool:
        """Whether so many new lessons fit in without losing any that was never shown."""
        return int(np.count_nonzero(self._shown)) >= n

    def add(self, block: LessonBlock) -> None:
        """Takes in the lessons of a slide, in place of those that were shown most often."""
        places = np.argsort(-self._shown, kind="stable")[: len(block)]
        self._shown[places] = 0
        index = torch.from_numpy(places).to(self._lessons.kinds.device)
        for name, tensor in vars(self._lessons).items():
            new = torch.from_numpy(np.ascontiguousarray(getattr(block, name)))
            tensor[index] = new.to(tensor.device, tensor.dtype)

    def __len__(self) -> int:
        """Lessons that can still be shown."""
        return int(np.count_nonzero(self._shown < self._repeats))

    def draw(self, n: int) -> LessonBatch:
        """A random batch of distinct lessons.

        Args:
            n: at most ``len(self)``.
        """
        places = self._rng.choice(np.flatnonzero(self._shown < self._repeats), n, replace=False, shuffle=False)
        self._shown[places] += 1
        index = torch.from_numpy(places).to(self._lessons.kinds.device)
        return LessonBatch(**{name: tensor[index] for name, tensor in vars(self._lessons).items()})


def to_batch(blocks: list[LessonBlock], device: str) -> LessonBatch:
    """All lessons of some slides in one batch, for example for validation."""
    fields = vars(blocks[0])
    return LessonBatch(
        **{name: torch.from_numpy(np.concatenate([getattr(b, name) for b in blocks])).to(device) for name in fields}
    )
