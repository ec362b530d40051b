"""Measures the slides of a command, with a progress bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app import console

if TYPE_CHECKING:
    from data_prep.facts.facts import Facts
    from data_prep.slide import Slide


def measure_slides(slides: Sequence[Slide], size: int) -> list[Facts]:
    """The facts of each slide.

    Args:
        slides: the slides.
        size: edge length in pixels of their canvases.
    """
    from data_prep.facts.facts import Facts

    facts: list[Facts] = []
    with console.progress("measuring") as advance:
        for slide in slides:
            advance(len(facts), len(slides))
            facts.append(Facts.measure(slide, size))
    return facts
