"""QualityReport: the check of one slide with its findings and its verdict, for every way of showing it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from data_prep.facts.facts import Facts
from data_prep.slide import Slide
from data_prep.slide_loading import slide_label
from inference.answers.quality.quality_note import QualityNote
from inference.answers.quality.quality_notes import quality_notes
from inference.answers.quality.quality_verdict import verdict_sentences
from inference.answers.quality.slide_check import Progress, SlideCheck, check_slide


@dataclass(frozen=True, eq=False)
class QualityReport:
    """What is told of the quality of one slide.

    Attributes:
        check: what was measured.
    """

    check: SlideCheck

    @classmethod
    def of(cls, slide: Slide, facts: Facts | None = None, progress: Progress | None = None) -> QualityReport:
        """Checks a slide; see `check_slide`."""
        return cls(check_slide(slide, facts, progress))

    @property
    def name(self) -> str:
        """The slice, or the file if that has no slices."""
        return slide_label(self.check.slide)

    @cached_property
    def notes(self) -> list[QualityNote]:
        """All findings, by topic."""
        return quality_notes(self.check)

    @cached_property
    def verdict(self) -> list[str]:
        """Three to six sentences."""
        return verdict_sentences(self.check, self.notes)
