"""QualityNote: one finding about the quality of a slide."""

from __future__ import annotations

from dataclasses import dataclass

FINE, MIND, ACT = "fine", "mind", "act"
"""How serious a finding is: nothing to do, keep it in mind, do something about it."""
LEVEL_MARKS = {FINE: "✓", MIND: "!", ACT: "✗"}


@dataclass(frozen=True)
class QualityNote:
    """One finding.

    Attributes:
        topic: what it is about, for example "Depth".
        level: ``FINE``, ``MIND`` or ``ACT``.
        words: one or two sentences with a number.
        advice: what to do; "" for nothing.
        short: the finding as one short sentence for the verdict; "" where ``words`` are short enough.
        rank: the higher, the earlier in the verdict, among notes of the same level.
    """

    topic: str
    level: str
    words: str
    advice: str = ""
    short: str = ""
    rank: float = 0.0

    @property
    def sentence(self) -> str:
        """The finding as it stands in the verdict."""
        return self.short or self.words
