"""Evidence: what the counts say about one claim, and the rules that turn a statistic into a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCHECKABLE
from data_prep.facts.measurement import Measurement

ERRORS = 2.0
"""A verdict must stand when the statistic moves by this many standard errors (about 95 %)."""

SURE = 3.5
"""A contrast that is true of few among thousands of genes and niches must be this many standard errors from zero. On 18
sections, `docs/claims.md`, it leaves 579 of 1,097 claims partial and 928 of 2,195 claims spills over. With the spots of
each niche shuffled, chance gives 17 instead of 106, and 29 instead of 440."""


@dataclass(frozen=True)
class Evidence:
    """What the counts say about one claim.

    Attributes:
        verdict: supported, contradicted, or uncheckable where the counts cannot tell.
        value: the statistic; NaN where it could not be measured.
        error: its standard error; NaN where there is none. That of places, extents, pieces and shares of cells says how
            much other tissue of the same kind would differ, and decides nothing (``weigh_margin``).
        words: the statistic for people, for example "+2.63 ± 0.21, detected in 96 %".
        margin: how far the statistic lies on the claim's side: above 0 for, below 0 against. Within a kind, the
            contradicted claim with the largest margin is the nearest miss.
    """

    verdict: str
    value: float
    error: float
    words: str
    margin: float = nan


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


def weigh(measured: Measurement, yes: float, no: float, more: str = "", sure: float = 0.0) -> Evidence:
    """The evidence for "the statistic is large" (or "small"), with the thresholds of ``verdict_of``.

    Args:
        measured: the statistic.
        yes: the claim holds from here on.
        no: the claim does not hold up to here.
        more: further words for people.
        sure: least number of standard errors from zero of a supported claim, for example ``SURE``.
    """
    sign = 1.0 if yes >= no else -1.0
    verdict = verdict_of(measured, yes, no)
    if verdict == SUPPORTED and abs(measured.value) < sure * measured.error:
        verdict = UNCHECKABLE
    return Evidence(
        verdict=verdict,
        value=measured.value,
        error=measured.error,
        words=in_words(measured) + more,
        margin=sign * (measured.value - (yes + no) / 2),
    )


def weigh_margin(margin: float, value: float, words: str, error: float = nan) -> Evidence:
    """The evidence for a claim whose statistic must lie in a range, such as a place or a band.

    Such claims are about the shapes on this slide, which are known exactly: every spot has its niche. So the slack
    decides, and the error does not.

    Args:
        margin: how far inside the range the statistic lies, in units of the slack. The claim is supported from 1 on
            and contradicted up to -1.
        value: the statistic.
        words: the statistic for people.
        error: its standard error.
    """
    verdict = SUPPORTED if margin >= 1 else CONTRADICTED if margin <= -1 else UNCHECKABLE
    return Evidence(verdict, value, error, words, margin)


def not_asked(reason: str) -> Evidence:
    """The evidence for a claim that makes no sense here, for example on a part of a niche that lacks the gene."""
    return Evidence(UNCHECKABLE, nan, nan, reason)


def in_words(measured: Measurement) -> str:
    """A statistic with its standard error for people."""
    if isnan(measured.value):
        return "too few spots to measure it"
    return f"{measured.value:+.2f} ± {measured.error:.2f}"
