"""Probabilities and q values in a form that people read, without a 0 or 1 that is only rounded."""

from __future__ import annotations

from data_prep.claims import in_percent
from data_prep.facts.marker_rule import SMALLEST_Q

_SURE = 0.999
"""No model is surer than this, whatever it says."""


def percent(probability: float) -> str:
    """A probability in percent: "<1%", "37%", ">99%". Unlike a share (`in_percent`), it is never 0 or 1.

    Args:
        probability: 0..1.
    """
    return in_percent(min(max(probability, 1 - _SURE), _SURE))


def q_value(q: float) -> str:
    """A false discovery rate: "3e-12", "0.0042", ">0.99", or "<1e-300" below the smallest that is told apart.

    Args:
        q: 0..1.
    """
    if q <= SMALLEST_Q:
        return "<1e-300"
    if q > 0.99:
        return ">0.99"
    return f"{q:.0e}".replace("e-0", "e-") if q < 0.001 else f"{q:.2g}"
