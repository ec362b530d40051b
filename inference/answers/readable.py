"""Probabilities and q values in a form that people read, without a 0 or 1 that is only rounded."""

from __future__ import annotations

_TINY = 1e-44
"""The marker statistics are stored in four bytes, which hold no positive number much below this."""


def percent(probability: float) -> str:
    """A probability or share in percent: "<1 %", "37 %", ">99 %".

    Args:
        probability: 0..1.
    """
    if probability < 0.01:
        return "<1 %"
    return ">99 %" if probability > 0.99 else f"{probability:.0%}".replace("%", " %")


def q_value(q: float) -> str:
    """A false discovery rate: "3e-12", "0.0042", ">0.99", or "<1e-44" below the smallest number stored.

    Args:
        q: 0..1.
    """
    if q < _TINY:
        return "<1e-44"
    if q > 0.99:
        return ">0.99"
    return f"{q:.0e}".replace("e-0", "e-") if q < 0.001 else f"{q:.2g}"
