"""Numbers in the sentences of a quality page."""

from __future__ import annotations

from collections.abc import Sequence

from data_prep.claims import in_percent

MOST_NAMED = 4
"""Niches that one sentence names, at most."""


def number_of(n: int, what: str) -> str:
    """A number of things: "1 spot", "2,300 spots"."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def share(value: float) -> str:
    """A share in percent, with a decimal below 10 %: "0.4%", "12%"."""
    return f"{value:.1%}" if 0.0005 <= value < 0.0995 else in_percent(value)


def times(ratio: float) -> str:
    """A ratio in words: "2.3 times", "0.26 times"."""
    return f"{ratio:.1f} times" if ratio >= 1 else f"{ratio:.2f} times"


def niche_list(ratios: Sequence[tuple[str, float]]) -> str:
    """Niches with their ratios, the most different first: "WM 2.1 times, L1 0.48 times and 3 more"."""
    ranked = sorted(ratios, key=lambda item: (-max(item[1], 1 / max(item[1], 1e-9)), item[0]))
    named = [f"{name} {times(ratio)}" for name, ratio in ranked[:MOST_NAMED]]
    more = len(ranked) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
