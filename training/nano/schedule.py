"""Schedule: how far a run is, by steps or by the clock, and the learning rate that follows from it."""

from __future__ import annotations

import math
import time

from training.nano.pretrain_settings import PretrainSettings


class Schedule:
    """Ends a run after a number of steps or minutes, whichever comes first.

    On a lent GPU the minutes are fixed and the speed is not known. So the learning rate follows the clock there, and is
    zero when the time is up.
    """

    def __init__(self, settings: PretrainSettings, started: float) -> None:
        """Sets the length of the run.

        Args:
            settings: of the run.
            started: ``time.monotonic()`` when the run began, less the seconds before an interruption.
        """
        self._steps, self._warmup_steps = settings.steps, settings.warmup_steps
        self._seconds = max(0.0, settings.minutes * 60 - settings.finish_seconds)
        self._started = started

    @property
    def elapsed(self) -> float:
        """Seconds of training so far."""
        return time.monotonic() - self._started

    def progress(self, step: int) -> float:
        """Share of the run that is done, 0..1.

        Args:
            step: optimiser steps taken.
        """
        by_steps = step / self._steps if self._steps else 0.0
        by_clock = self.elapsed / self._seconds if self._seconds else 0.0
        return min(1.0, max(by_steps, by_clock))

    def relative_rate(self, step: int) -> float:
        """Learning rate as a share of its peak: linear warm-up, then a cosine that ends at zero."""
        warmup = min(1.0, (step + 1) / self._warmup_steps) if self._warmup_steps else 1.0
        return warmup * 0.5 * (1 + math.cos(math.pi * self.progress(step)))


class Interval:
    """Tells when something is due again."""

    def __init__(self, seconds: float) -> None:
        """Starts the first interval.

        Args:
            seconds: length of an interval.
        """
        self._seconds = seconds
        self._last = time.monotonic()

    def is_due(self) -> bool:
        """Whether an interval has passed; if so, the next one starts."""
        now = time.monotonic()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True
