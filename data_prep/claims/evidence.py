"""Evidence: what the counts say about one claim, and the rules that turn a statistic into a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan, nan

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCHECKABLE, UNCLEAR
from data_prep.facts.measurement import Measurement
from data_prep.knowledge.citation import Citation

ERRORS = 2.0
"""A verdict must stand when the statistic moves by this many standard errors (about 95 %)."""

SURE = 3.5
"""A contrast that is true of few among thousands of genes and niches must be this many standard errors from zero. On 18
sections, `docs/claims.md`, it leaves 579 of 1,097 claims partial and 928 of 2,195 claims spills over. With the spots of
each niche shuffled, chance gives 17 instead of 106, and 29 instead of 440."""

MORE_SPOTS, MORE_COUNTS = "more spots", "more counts"
BETWEEN = "truly between the limits: more data would not decide"
"""What would decide an unclear claim. Deeper sequencing gives more counts; more or larger sections give more spots."""
MOSTLY_NOISE = 0.5
"""From this share of counting noise on, more counts help more than more spots."""


@dataclass(frozen=True)
class Evidence:
    """What the counts say about one claim.

    Attributes:
        verdict: supported or contradicted; unclear where the counts cannot tell; uncheckable where the claim makes no
            sense.
        value: the statistic; NaN where it could not be measured.
        error: its standard error; NaN where there is none. That of places, extents, pieces and shares of cells says how
            much other tissue of the same kind would differ, and decides nothing (``weigh_margin``).
        words: the statistic for people, for example "+2.63 ± 0.21, detected in 96 %".
        margin: how far the statistic lies on the claim's side: above 0 for, below 0 against. Within a kind, the
            contradicted claim with the largest margin is the nearest miss.
        needs: what would decide an unclear claim: ``MORE_SPOTS``, ``MORE_COUNTS`` or ``BETWEEN``; else "".
        sources: lines of the user's files that the claim rests on.
    """

    verdict: str
    value: float
    error: float
    words: str
    margin: float = nan
    needs: str = ""
    sources: tuple[Citation, ...] = ()


def verdict_of(measured: Measurement, yes: float, no: float) -> str:
    """The verdict on "the statistic is large", or on "it is small" where ``yes`` is below ``no``.

    Supported: the estimate reaches ``yes``, and stays beyond ``no`` when it moves by ``ERRORS`` standard errors.
    Contradicted: the estimate does not reach ``no``, and does not reach ``yes`` when it moves so. Else unclear.

    Args:
        measured: the statistic.
        yes: the claim holds from here on.
        no: the claim does not hold up to here. The gap between the two is the slack of the claim.
    """
    sign = 1.0 if yes >= no else -1.0
    value, move = sign * measured.value, ERRORS * measured.error
    if value >= sign * yes and value - move >= sign * no:
        return SUPPORTED
    return CONTRADICTED if value <= sign * no and value + move < sign * yes else UNCLEAR


def weigh(
    measured: Measurement,
    yes: float,
    no: float,
    more: str = "",
    sure: float = 0.0,
    *,
    noise_lowers: bool = False,
) -> Evidence:
    """The evidence for "the statistic is large" (or "small"), with the thresholds of ``verdict_of``.

    Args:
        measured: the statistic. NaN stands for too few spots: the claim is unclear.
        yes: the claim holds from here on.
        no: the claim does not hold up to here.
        more: further words for people.
        sure: least number of standard errors from zero of a supported claim, for example ``SURE``.
        noise_lowers: whether noise lowers the statistic, as it does with correlations.

    A contradicted claim must also be certainly below the part of ``yes`` that the noise leaves (``Measurement.reach``):
    with too few counts even a true claim looks like that.
    """
    sign = 1.0 if yes >= no else -1.0
    verdict = verdict_of(measured, yes, no)
    if verdict == SUPPORTED and abs(measured.value) < sure * measured.error:
        verdict = UNCLEAR
    hidden = verdict == CONTRADICTED and sign * measured.value + ERRORS * measured.error >= sign * yes * measured.reach
    if hidden:
        verdict = UNCLEAR
    needs = MORE_COUNTS if hidden else what_decides(measured, yes, no, noise_lowers=noise_lowers)
    return Evidence(
        verdict=verdict,
        value=measured.value,
        error=measured.error,
        words=in_words(measured) + more,
        margin=sign * (measured.value - (yes + no) / 2),
        needs=needs if verdict == UNCLEAR else "",
    )


def what_decides(measured: Measurement, yes: float, no: float, *, noise_lowers: bool = False) -> str:
    """What would decide an unclear claim, from the size of the error and from what it is made of.

    A statistic that stays between the limits when it moves by its errors lies truly between them. Otherwise its error
    is too large, and the larger part of it decides: counting noise, which more counts lower, or the differences between
    places, which only more spots lower.

    Args:
        measured: the statistic.
        yes: the claim holds from here on.
        no: the claim does not hold up to here.
        noise_lowers: whether noise lowers the statistic. Such a noisy one may lie elsewhere with more counts.
    """
    if isnan(measured.value):
        return MORE_SPOTS
    low, high = sorted((yes, no))
    move = ERRORS * measured.error
    is_noisy = measured.noise >= MOSTLY_NOISE
    if low <= measured.value - move and measured.value + move <= high and not (is_noisy and noise_lowers):
        return BETWEEN
    return MORE_COUNTS if is_noisy else MORE_SPOTS


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
    verdict = SUPPORTED if margin >= 1 else CONTRADICTED if margin <= -1 else UNCLEAR
    return Evidence(verdict, value, error, words, margin, BETWEEN if verdict == UNCLEAR else "")


def not_asked(reason: str) -> Evidence:
    """The evidence for a claim that makes no sense here, for example on a part of a niche that lacks the gene."""
    return Evidence(UNCHECKABLE, nan, nan, reason)


def in_words(measured: Measurement) -> str:
    """A statistic with its standard error for people."""
    if isnan(measured.value):
        return "too few spots to measure it"
    return f"{measured.value:+.2f} ± {measured.error:.2f}"


def in_percent(share: float) -> str:
    """A share in percent; 0 % and 100 % are said only of 0 and 1: ">99%", "<1%"."""
    if 0.995 <= share < 1:
        return ">99%"
    return "<1%" if 0 < share <= 0.005 else f"{share:.0%}"


def limits_in_words(yes: float, no: float, sure: float = 0.0) -> str:
    """The limits of ``weigh`` for people, for example "yes from +0.5, no up to +0.25"."""
    words = f"yes from {yes:+g}, no up to {no:+g}" if yes >= no else f"yes up to {yes:+g}, no from {no:+g}"
    return f"{words}; yes needs {sure:g} errors from 0" if sure else words


def range_in_words(low: float, high: float, form: str = "{:g}") -> str:
    """A range for people: "below 5", "5 to 15" or "above 60".

    Args:
        low: -inf or 0 for none.
        high: inf for none.
        form: how a number is written, for example "{:.0%}".
    """
    if low <= 0:
        return f"below {form.format(high)}"
    return f"above {form.format(low)}" if high == float("inf") else f"{form.format(low)} to {form.format(high)}"


def most_needed(needs: Iterable[str]) -> str:
    """The first of what several unclear claims need, in the order counts, spots, nothing; "" for none."""
    needs = set(needs)
    return next((need for need in (MORE_COUNTS, MORE_SPOTS, BETWEEN) if need in needs), "")
