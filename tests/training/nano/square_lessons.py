"""Lessons that are quick to draw and to learn: is the square black (yes) or orange (no)?"""

from __future__ import annotations

import os

import numpy as np

from training.nano.lesson_block import LessonBlock
from training.nano.lesson_prompts import asked_kinds, prompt_numbers

N = 24
SIZE = 128


def square_lessons(seed: int) -> LessonBlock:
    """Lessons of one seed. Their values hold the seed, so that tests can tell where a lesson comes from."""
    rng = np.random.default_rng(seed)
    numbers = list(prompt_numbers())
    prompts = rng.integers(0, len(numbers), N)
    answers = rng.permutation(N) % 2
    pictures = np.full((N, SIZE, SIZE, 3), 255, np.uint8)
    for picture, answer, (x, y) in zip(pictures, answers, rng.integers(10, 90, (N, 2)), strict=True):
        picture[10:110, 10:110] = 205
        picture[y : y + 24, x : x + 24] = 0 if answer else (255, 140, 20)
    kinds = np.array([asked_kinds().index(numbers[prompt][0]) for prompt in prompts])
    return LessonBlock(pictures, kinds, prompts, answers, np.full(N, seed % 2**20, np.float32))


def failing_lessons(seed: int) -> LessonBlock:
    """As `square_lessons`, but odd seeds raise an error."""
    if seed % 2:
        message = f"slide {seed} is odd"
        raise ValueError(message)
    return square_lessons(seed)


def broken_lessons(seed: int) -> LessonBlock:
    """Raises an error for every seed."""
    raise ValueError(str(seed))


def deadly_lessons(seed: int) -> LessonBlock:
    """Ends the process at the fifth seed, as a lack of memory would."""
    if seed == 5:
        os._exit(1)
    return square_lessons(seed)
