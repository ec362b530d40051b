"""The pool: every lesson is shown, and none more often than it may be."""

from collections import Counter

import numpy as np

from tests.training.nano.square_lessons import SIZE, N, square_lessons
from training.nano.lesson_pool import LessonPool, to_batch


def numbered(seed: int):
    """Lessons with values of their own."""
    block = square_lessons(seed)
    block.values[:] = seed * N + np.arange(N)
    return block


def test_no_lesson_is_lost_or_shown_too_often() -> None:
    pool = LessonPool(3 * N, SIZE, repeats=2, device="cpu", seed=0)
    shown: Counter[float] = Counter()
    seed = 0
    for _ in range(40):
        while pool.has_room(N):
            pool.add(numbered(seed))
            seed += 1
        batch = pool.draw(16)
        assert len(set(batch.values.tolist())) == 16
        shown.update(batch.values.tolist())
    assert max(shown.values()) == 2
    kept = set(pool._lessons.values.tolist())
    assert not [value for value in range(seed * N) if value not in shown and value not in kept]


def test_a_batch_mixes_slides_and_keeps_pictures_with_their_answers() -> None:
    pool = LessonPool(4 * N, SIZE, repeats=1, device="cpu", seed=0)
    for seed in range(4):
        pool.add(numbered(seed))
    assert len(pool) == 4 * N
    batch = pool.draw(48)
    assert {int(value) // N for value in batch.values} == {0, 1, 2, 3}
    black = (batch.pictures == 0).all(dim=3).flatten(1).any(dim=1)
    assert (black == batch.answers.bool()).all()
    assert len(pool) == 4 * N - 48
    assert pool.has_room(48)
    assert not pool.has_room(49)


def test_a_batch_can_be_cut() -> None:
    batch = to_batch([square_lessons(0), square_lessons(1)], "cpu")
    assert len(batch) == 2 * N
    assert batch[N:].values.unique().tolist() == [1.0]
