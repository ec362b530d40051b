"""The verdict of a quality page: two to six plain sentences."""

from __future__ import annotations

from collections.abc import Sequence

from inference.answers.quality.power_notes import MOST, SOME, power_sentence
from inference.answers.quality.quality_note import ACT, FINE, MIND, QualityNote
from inference.answers.quality.quality_words import number_of
from inference.answers.quality.slide_check import SlideCheck

MOST_FINDINGS = 3
"""Findings that the verdict names; the others stand below it."""
_GRADES = ((MOST, "most genes"), (SOME, "the more expressed genes"))


def verdict_sentences(check: SlideCheck, notes: Sequence[QualityNote], *, with_findings: bool = True) -> list[str]:
    """What is fine, what to mind, and what to do.

    Args:
        check: what was measured.
        notes: its `quality_notes`.
        with_findings: whether the reader also gets all findings.

    Returns:
        Two to six sentences. The first says whether the slide is deep enough.
    """
    sentences = [_first(check)]
    if check.power is not None:
        sentences.append(power_sentence(check))
    chosen = worst_notes(notes)
    sentences += [note.sentence for note in chosen]
    if all(note.level == FINE for note in notes):
        sentences.append(f"Nothing stands out: all {len(notes)} findings are fine.")
    power = [note for note in notes if _is_of_power(note) and note.level != FINE]
    advised = next((note for note in sorted([*chosen, *power], key=_seriousness) if note.advice), None)
    if advised is not None:
        n = sum(bool(note.advice) for note in notes)
        more = f" ({n - 1} more among the findings)" if n > 1 and with_findings else ""
        sentences.append(f"To do{more}: {advised.advice[:1].lower()}{advised.advice[1:]}")
    return sentences


def worst_notes(notes: Sequence[QualityNote]) -> list[QualityNote]:
    """The findings that the verdict names, the most serious first, one of a topic.

    That of the marker rule has a sentence already.
    """
    ranked = sorted((note for note in notes if note.level in (ACT, MIND) and not _is_of_power(note)), key=_seriousness)
    first_of_topic = {note.topic: note for note in reversed(ranked)}
    return [note for note in ranked if first_of_topic[note.topic] is note][:MOST_FINDINGS]


def _is_of_power(note: QualityNote) -> bool:
    """Whether a finding is the power of the marker rule, or that there is none."""
    return note.topic == "Power" and note.rank >= 8.0


def _seriousness(note: QualityNote) -> tuple[bool, float]:
    """What to sort findings by, the most serious first."""
    return note.level != ACT, -note.rank


def _first(check: SlideCheck) -> str:
    quality, power = check.quality, check.power
    size = (
        f"{number_of(check.slide.n_spots, 'spot')} with a median of {quality.median_depth:,.0f} counts from "
        f"{quality.median_genes:,.0f} genes"
    )
    if power is None:
        return f"The slide is too small to compare its parts: {size}."
    reached = next((words for least, words in _GRADES if power.share_decidable >= least), "")
    if not reached:
        return f"The counts are too few for questions about most single genes: {size}."
    return f"The counts are deep enough for {reached}: {size}."
