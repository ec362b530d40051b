"""Measurement: a statistic with its standard error."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measurement:
    """A statistic of a slide.

    Attributes:
        value: the estimate, in the units of the statistic; NaN where the slide cannot tell (too few spots).
        error: standard error of the estimate, from a block jackknife unless the statistic says otherwise.
        noise: how much of it is counting noise, 0..1, which only deeper sequencing lowers: the share of the squared
            error of a log ratio, and of the variance of the map behind a correlation or Moran's I.
        reach: how much of it the counting noise would leave of a clear relation, 0..1: a correlation that noise lowers
            is small where nothing is related, and where the counts are too few.
    """

    value: float
    error: float
    noise: float = 0.0
    reach: float = 1.0

    def __neg__(self) -> Measurement:
        """The same statistic with the opposite sign."""
        return Measurement(-self.value, self.error, self.noise, self.reach)
