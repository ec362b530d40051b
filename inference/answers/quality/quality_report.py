"""QualityReport: the check of one slide with its findings and its verdict, for every way of showing it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from data_prep.facts.choices.choice_record import Choices
from data_prep.facts.choices.preparation_choice import FEWEST_SPOTS, choose_preparation
from data_prep.facts.facts import Facts
from data_prep.slide import Slide
from data_prep.slide_loading import slide_label
from inference.answers.quality.quality_note import FINE, MIND, QualityNote
from inference.answers.quality.quality_notes import quality_notes
from inference.answers.quality.quality_verdict import verdict_sentences
from inference.answers.quality.quality_words import number_of
from inference.answers.quality.slide_check import Progress, SlideCheck, check_slide


@dataclass(frozen=True, eq=False)
class QualityReport:
    """What is told of the quality of one slide.

    Attributes:
        check: what was measured.
        choices: how to prepare the counts for finding niches, by count splitting; None if it was not asked, or the
            slide is too small.
        too_small: whether it was asked of a slide that is too small.
    """

    check: SlideCheck
    choices: Choices | None = None
    too_small: bool = False

    @classmethod
    def of(
        cls,
        slide: Slide,
        facts: Facts | None = None,
        progress: Progress | None = None,
        *,
        preprocessing: bool = False,
    ) -> QualityReport:
        """Checks a slide; see `check_slide`.

        Args:
            slide: with or without niches. If its niches were found with `--auto`, its choices are told.
            facts: of the slide, if they are measured already.
            progress: called before each part of the work.
            preprocessing: choose how to prepare the counts; takes some ten seconds.
        """
        checked = check_slide(slide, facts, progress)
        known = slide.meta.choices
        report = cls(checked, None if known is None else Choices.from_json(known))
        return report.with_choices(progress) if preprocessing else report

    def with_choices(self, progress: Progress | None = None) -> QualityReport:
        """The same report, with choices about the preprocessing. They take some ten seconds unless they are known.

        Args:
            progress: called before each part of the work.
        """
        slide = self.check.slide
        if self.choices is not None:
            return self
        if slide.n_spots < FEWEST_SPOTS:
            return replace(self, too_small=True)

        def tell(share: float, what: str) -> None:
            if progress:
                progress(what, round(100 * share), 100)

        return replace(self, choices=choose_preparation([slide], progress=tell))

    @property
    def name(self) -> str:
        """The slice, or the file if that has no slices."""
        return slide_label(self.check.slide)

    @cached_property
    def notes(self) -> list[QualityNote]:
        """All findings, by topic."""
        notes = quality_notes(self.check)
        if self.choices is not None:
            notes += [QualityNote("Preprocessing", MIND, words) for words in self.choices.notes]
        if self.too_small:
            spots = number_of(self.check.slide.n_spots, "spot")
            words = f"{spots} are too few to compare ways to prepare the counts ({FEWEST_SPOTS})."
            notes.append(QualityNote("Preprocessing", FINE, words))
        return notes

    @cached_property
    def verdict(self) -> list[str]:
        """Two to six sentences."""
        return verdict_sentences(self.check, self.notes)

    @property
    def verdict_alone(self) -> list[str]:
        """The verdict for a reader who gets no findings."""
        return verdict_sentences(self.check, self.notes, with_findings=False)
