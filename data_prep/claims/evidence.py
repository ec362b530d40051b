"""Evidence: what the counts say about one claim, and the rule that turns a statistic into a verdict."""

from __future__ import annotations

from dataclasses import dataclass

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCHECKABLE
from data_prep.facts.measurement import Measurement

ERRORS = 2.0
"""A verdict must stand when the statistic moves by this many standard errors (about 95 %)."""


@dataclass(frozen=True)
class Evidence:
    """What the counts say about one claim.

    Attributes:
        verdict: supported, contradicted, or uncheckable where the counts cannot tell.
        value: the statistic; NaN where it could not be measured.
        error: its standard error.
        words: the statistic for people, for example "+2.63 ± 0.21, detected in 96 %".
    """

    verdict: str
    value: float
    error: float
    words: str


def verdict_of(measured: Measurement, yes: float, no: float) -> str:
    """The verdict on "the statistic is large", or on "it is small" where ``yes`` is below ``no``.

    Supported: the estimate reaches ``yes``, and stays beyond ``no`` when it moves by ``ERRORS`` standard errors.
    Contradicted: the estimate does not reach ``no``, and does not reach ``yes`` when it moves so. Else uncheckable.

    Args:
        measured: the statistic.
        yes: the claim holds from here on.
        no: the claim does not hold up to here. The gap between the two is the slack of the claim.
    """
    sign = 1.0 if yes >= no else -1.0
    value, move = sign * measured.value, ERRORS * measured.error
    if value >= sign * yes and value - move >= sign * no:
        return SUPPORTED
    return CONTRADICTED if value <= sign * no and value + move < sign * yes else UNCHECKABLE
