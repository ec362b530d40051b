"""What a suite returns instead of scores when it cannot run."""

from __future__ import annotations

from dataclasses import dataclass

NOT_REQUESTED = "was not asked for"
NEEDS_SLIDES = "the dataset holds no slides; prepare it with --store specs"


@dataclass(frozen=True)
class Skipped:
    """A suite that did not run.

    Attributes:
        reason: why, for people.
    """

    reason: str
