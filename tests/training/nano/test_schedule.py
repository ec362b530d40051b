"""The schedule: the learning rate is zero when the steps or the minutes are over."""

import time

import pytest

from training.nano.pretrain_settings import PretrainSettings
from training.nano.schedule import Interval, Schedule


def test_by_steps_the_rate_warms_up_and_falls_to_zero() -> None:
    schedule = Schedule(PretrainSettings("A", steps=100, warmup_steps=10), time.monotonic())
    rates = [schedule.relative_rate(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) > 0.95
    assert rates[50] == pytest.approx(0.5, abs=0.01)
    assert schedule.relative_rate(100) == pytest.approx(0.0)
    assert schedule.progress(100) == 1


def test_by_the_clock_the_rate_is_zero_when_the_time_is_up() -> None:
    settings = PretrainSettings("A", minutes=10, finish_seconds=60, warmup_steps=0)
    now = time.monotonic()
    assert Schedule(settings, now).progress(10**6) == pytest.approx(0, abs=1e-3)
    assert Schedule(settings, now - 270).relative_rate(10) == pytest.approx(0.5, abs=1e-3)
    assert Schedule(settings, now - 540).progress(10) == 1
    assert Schedule(settings, now - 600).relative_rate(10) == pytest.approx(0)


def test_whichever_limit_comes_first_ends_the_run() -> None:
    settings = PretrainSettings("A", steps=100, minutes=10, finish_seconds=0)
    assert Schedule(settings, time.monotonic()).progress(100) == 1
    assert Schedule(settings, time.monotonic() - 600).progress(1) == 1


def test_something_is_due_once_in_each_interval(monkeypatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    interval = Interval(10)
    due = []
    for now in range(0, 40, 4):  # noqa: B007  read by the clock
        due.append(interval.is_due())
    assert [4 * i for i, is_due in enumerate(due) if is_due] == [12, 24, 36]
