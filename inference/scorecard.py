"""Scorecard: what an evaluation found, as JSON for programs and as Markdown for people."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from inference.metrics import PRECISION_ASKED, Score, YesNoScores

SIGHTED, BLANK, SHUFFLED = "model", "model, blank picture", "model, shuffled spots"
BASE, WORDS, STATISTICS = "base without adapter", "words of the question alone", "five pixel statistics"


@dataclass(frozen=True)
class FreeText:
    """How the claims of written answers compare with those of the right answers.

    Stricter than the ledger, which allows for borders that are not sharp: a claim counts if it is the right answer's.

    Attributes:
        n: number of answers.
        precision: share of the claims made that are in the right answer.
        recall: share of the right answer's claims that were made.
        unheard: sentences without a claim, per answer.
    """

    n: int
    precision: Score
    recall: Score
    unheard: float


@dataclass(frozen=True)
class Ambiguous:
    """What the model says of genes that the marker rule calls neither: nothing right or wrong, but worth knowing.

    Attributes:
        n: number of questions.
        yes: share that the model calls markers.
        no: share that it calls no markers.
        abstain: share on which it abstains.
    """

    n: int
    yes: float
    no: float
    abstain: float


@dataclass(frozen=True)
class Scorecard:
    """Scores of one model on one split.

    Attributes:
        model: its name.
        base: the name of its base.
        contract: hash of its figure contract.
        dataset: name of the dataset.
        split: name of the split.
        yes_no: condition → scores of the yes/no questions, the model itself first.
        slides: slide → scores of the model on its yes/no questions.
        probe_accuracy: cross-validated accuracy, within this split, of the words of the questions alone.
        free_text: task → condition → scores of the written answers.
        ambiguous: what the model says of ambiguous genes, where the split holds them.
    """

    model: str
    base: str
    contract: str
    dataset: str
    split: str
    yes_no: dict[str, YesNoScores] = field(default_factory=dict)
    slides: dict[str, YesNoScores] = field(default_factory=dict)
    probe_accuracy: float | None = None
    free_text: dict[str, dict[str, FreeText]] = field(default_factory=dict)
    ambiguous: Ambiguous | None = None

    @property
    def image_reliance(self) -> float:
        """AUROC with the picture minus AUROC with a blank one; 0 where pictures are not read, NaN if unknown."""
        if SIGHTED not in self.yes_no:
            return float("nan")
        return self.yes_no[SIGHTED].auroc.value - self.yes_no[BLANK].auroc.value

    def to_json(self) -> dict[str, Any]:
        """A JSON-able dictionary; scores that are not defined are None."""
        found = _plain(self)
        found["image_reliance"] = _plain(self.image_reliance)
        return found

    def to_markdown(self) -> str:
        """A page with one table for each kind of question."""
        lines = [
            f"# {self.model} on {self.dataset}, split {self.split}",
            "",
            f"Base {self.base}, figure contract {self.contract}. Intervals are 95 % bootstrap intervals over genes.",
        ]
        if self.yes_no:
            lines += ["", "## Yes/no questions", "", *_yes_no_table("condition", self.yes_no), ""]
            lines += [
                f"Image reliance (AUROC with the picture minus AUROC with a blank one): {self.image_reliance:.3f}."
            ]
            if self.probe_accuracy is not None:
                lines += [f"Words of the questions alone, cross-validated within the split: {self.probe_accuracy:.3f}."]
            lines += ["", "## The model by slide", "", *_yes_no_table("slide", self.slides)]
            auroc = [scores.auroc.value for scores in self.slides.values() if not math.isnan(scores.auroc.value)]
            if auroc:
                lines += ["", f"AUROC over slides: mean {sum(auroc) / len(auroc):.3f}, lowest {min(auroc):.3f}."]
        if self.free_text:
            lines += ["", "## Written answers, claim by claim", ""]
            lines += [
                "| task | condition | n | claim precision | claim recall | unheard sentences per answer |",
                "|---|---|---|---|---|---|",
            ]
            lines += [
                f"| {task} | {name} | {scores.n} | {scores.precision} | {scores.recall} | {scores.unheard:.2f} |"
                for task, conditions in self.free_text.items()
                for name, scores in conditions.items()
            ]
        if self.ambiguous:
            said = self.ambiguous
            lines += ["", "## Ambiguous genes", ""]
            lines += [f"{said.n} questions: yes {said.yes:.1%}, no {said.no:.1%}, abstains {said.abstain:.1%}."]
        return "\n".join(lines) + "\n"


def _yes_no_table(first: str, rows: dict[str, YesNoScores]) -> list[str]:
    head = (first, "n", "AUROC", "balanced accuracy", "F1", "ECE", f"coverage at {PRECISION_ASKED:.0%} right")
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(
            f"| {name} | {s.n} | {s.auroc} | {s.balanced_accuracy} | {s.f1} | {s.ece} | {s.coverage} |"
            for name, s in rows.items()
        ),
    ]


def _plain(value: Any) -> Any:
    """Dataclasses as dictionaries, numbers rounded, NaN as None."""
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 4)
    return value
