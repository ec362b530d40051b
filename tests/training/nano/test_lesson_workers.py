"""Workers: each slide arrives once and whole, and a slide or a process that fails does not stop the others."""

from itertools import count

import numpy as np
import pytest

from data_prep.errors import NicheLensError
from tests.training.nano.square_lessons import broken_lessons, deadly_lessons, failing_lessons, square_lessons
from training.nano.lesson_block import LessonBlock
from training.nano.lesson_workers import LessonWorkers


def receive(workers: LessonWorkers, n: int) -> dict[int, LessonBlock]:
    received: dict[int, LessonBlock] = {}
    while len(received) < n:
        workers.receive(lambda seed, block: received.update({seed: block.copy()}), timeout=60)
    return received


def test_each_slide_arrives_once_with_its_pictures() -> None:
    workers = LessonWorkers(square_lessons, count(10), 2)
    received = receive(workers, 8)
    workers.close()
    assert len(received) == 8
    assert max(received) < 10 + 8 + 4
    for seed, block in received.items():
        drawn = square_lessons(seed)
        for name in vars(drawn):
            assert np.array_equal(getattr(block, name), getattr(drawn, name)), name


def test_a_slide_that_fails_is_left_out(caplog) -> None:
    workers = LessonWorkers(failing_lessons, count(0), 1)
    received = receive(workers, 3)
    workers.close()
    assert sorted(received) == [0, 2, 4]
    assert "slide 1 is odd" in caplog.text


def test_a_process_that_ends_leaves_the_work_to_the_others(caplog) -> None:
    workers = LessonWorkers(deadly_lessons, count(0), 2)
    n_before = 0
    while "1 are left" not in caplog.text and n_before < 10_000:  # a process may start after the other drew many
        receive(workers, 1)
        n_before += 1
    received = receive(workers, 10)
    workers.close()
    assert "1 are left" in caplog.text
    assert 5 not in received


def test_a_bug_ends_the_run() -> None:
    workers = LessonWorkers(broken_lessons, count(0), 1)
    with pytest.raises(NicheLensError, match="20 synthetic slides in a row"):
        receive(workers, 1)
    workers.close()


def test_without_any_process_there_is_an_error() -> None:
    workers = LessonWorkers(deadly_lessons, count(5), 1)
    with pytest.raises(NicheLensError, match="every process that draws lessons has ended"):
        receive(workers, 1)
    workers.close()
