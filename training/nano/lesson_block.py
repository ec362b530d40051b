"""LessonBlock: the lessons of one synthetic slide as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MAX_LESSONS = 320
"""Most lessons of one slide. The shared memory between processes holds so many pictures for each."""


@dataclass(frozen=True, eq=False)
class LessonBlock:
    """Lessons of one slide, in random order.

    Attributes:
        pictures: (n, size, size, 3) uint8.
        kinds: (n,) int64 number of the claim's kind in ``lesson_prompts.asked_kinds``.
        prompts: (n,) int64 number of the prompt in ``lesson_prompts.prompts``.
        answers: (n,) int64, 1 for yes and 0 for no.
        values: (n,) float32, the statistic that decides the claim (``Evidence.value``); NaN where there is none.
    """

    pictures: np.ndarray
    kinds: np.ndarray
    prompts: np.ndarray
    answers: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.kinds)

    def copy(self) -> LessonBlock:
        """The same lessons in memory of their own."""
        return LessonBlock(**{name: array.copy() for name, array in vars(self).items()})
