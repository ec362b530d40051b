"""Batches are scored in threads that compute alone: the same numbers, the caller's settings untouched."""

import threading
import time
from contextlib import closing

import numpy as np
import pytest
import torch

from inference.engine.threads import MOST_THREADS, count_threads, map_batches


@pytest.fixture
def two_threads():
    """What torch would use on two cores, whatever the environment says."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_results_come_in_the_order_of_the_batches():
    def slow_at_first(number):
        time.sleep(0.05 if number == 0 else 0)
        return 10 * number

    with closing(map_batches(slow_at_first, range(9), 3)) as results:
        assert list(results) == [10 * number for number in range(9)]


def test_each_thread_computes_alone_and_the_caller_keeps_its_threads(two_threads):
    seen = list(map_batches(lambda _: (threading.get_ident(), torch.get_num_threads()), range(8), 2))
    assert threading.get_ident() not in {thread for thread, _ in seen}
    assert {threads for _, threads in seen} == {1}
    assert torch.get_num_threads() == 2
    others = []
    other = threading.Thread(target=lambda: others.append(torch.get_num_threads()))
    other.start()
    other.join()
    assert others == [2]


def test_one_thread_is_the_calling_one():
    assert list(map_batches(lambda _: threading.get_ident(), [0], 1)) == [threading.get_ident()]


def test_batches_are_read_only_a_little_ahead():
    read = []

    def batches():
        for number in range(100):
            read.append(number)
            yield number

    with closing(map_batches(lambda number: number, batches(), 2)) as results:
        assert next(results) == 0
        assert len(read) <= 5


def test_closing_drops_what_no_thread_has_begun():
    begun, may_go_on = [], threading.Event()

    def work(number):
        begun.append(number)
        assert number == 0 or may_go_on.wait(10)
        return number

    with closing(map_batches(work, range(50), 2)) as results:
        assert next(results) == 0
    may_go_on.set()
    assert list(map_batches(lambda number: number, range(4), 2)) == [0, 1, 2, 3]  # the threads are free again
    assert len(begun) <= 3


def test_an_error_of_a_thread_reaches_the_caller():
    with pytest.raises(ZeroDivisionError), closing(map_batches(lambda number: 1 // number, [1, 0, 1], 2)) as results:
        list(results)


def test_the_number_follows_torch_up_to_a_limit(two_threads):
    assert count_threads() == 2
    torch.set_num_threads(MOST_THREADS + 5)
    assert count_threads() == MOST_THREADS


def test_threads_change_no_bit_of_a_logit(engine, questions, two_threads, monkeypatch):
    asked = questions * 6
    in_threads = engine.yes_logit(asked)
    seen = []
    engine.yes_logit(asked, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert seen[-1] == (len(asked), len(asked))
    monkeypatch.setattr(engine, "in_threads", False)
    torch.set_num_threads(1)
    assert np.array_equal(engine.yes_logit(asked), in_threads)


def test_a_caller_that_gives_up_leaves_the_engine_usable(engine, questions, two_threads):
    def give_up(done, total):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        engine.yes_logit(questions * 20, progress=give_up)
    assert len(engine.yes_logit(questions)) == len(questions)
