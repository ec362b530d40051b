"""What was chosen, among which candidates, with which scores, and why: for people, for pages, and for provenance."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from data_prep.facts.choices.heldout_deviance import HeldOut
from data_prep.niche_options import NicheOptions, Preparation

NORMALISATION, COMPONENTS, GENES, NUMBER, MAPS = (
    "normalisation",
    "components",
    "genes",
    "number of niches",
    "pooling of maps",
)
"""The questions."""
LEVEL = 0.05
"""A default whose score is less than so much of the best one's lower stays, however small the error is: on DLPFC
sections, differences of 3 % went with adjusted Rand indices in either direction."""
Value = int | str


@dataclass(frozen=True)
class Candidate:
    """One answer to a question.

    Attributes:
        value: for example "log" or 20.
        score: share of the held-out Poisson deviance that it explains.
        error: block-jackknife error of the score.
        behind: how far it lies below the best.
        behind_error: error of that difference; scores of one slide go up and down together, so it is smaller.
    """

    value: Value
    score: float
    error: float
    behind: float
    behind_error: float


@dataclass(frozen=True)
class Choice:
    """One question and its answer.

    Attributes:
        question: one of the questions above.
        candidates: in their natural order.
        default: what NicheLens does without a choice; None if that depends on the slide.
        chosen: the answer; None if count splitting cannot tell.
        reason: why, for people.
    """

    question: str
    candidates: tuple[Candidate, ...]
    default: Value | None
    chosen: Value | None
    reason: str

    @property
    def best(self) -> Candidate:
        """The candidate with the highest score."""
        return max(self.candidates, key=lambda candidate: candidate.score)


@dataclass(frozen=True)
class Choices:
    """What count splitting says of the preprocessing of one or several slides.

    Attributes:
        slides: their names.
        choices: the questions and their answers.
        n_genes_scored: genes whose maps were scored, evenly from the rarest to the most common.
        n_genes_with_map: those of them whose map, with the best pooling, surely predicts better than no map.
        notes: what the slide has too few counts for, and what splitting cannot tell; sentences for people.
    """

    slides: tuple[str, ...]
    choices: tuple[Choice, ...]
    n_genes_scored: int
    n_genes_with_map: int
    notes: tuple[str, ...]

    def of(self, question: str) -> Choice | None:
        """The answer to a question; None if it was not asked."""
        return next((choice for choice in self.choices if choice.question == question), None)

    def chosen(self, question: str) -> Value | None:
        """What was chosen; None if it was not asked or not decided."""
        choice = self.of(question)
        return None if choice is None else choice.chosen

    @property
    def preparation(self) -> Preparation:
        """How to prepare the counts for finding niches. The pool stays that of the layout of the spots."""
        default = Preparation()
        return Preparation(
            normalisation=str(self.chosen(NORMALISATION) or default.normalisation),
            n_genes=int(self.chosen(GENES) or default.n_genes),
            n_components=int(self.chosen(COMPONENTS) or default.n_components),
        )

    def applied_to(self, options: NicheOptions) -> NicheOptions:
        """The options with the choices in place of `auto`. A number or a scale that was given stays."""
        number = self.chosen(NUMBER) if options.scale == "middle" else None
        return replace(
            options,
            auto=False,
            preparation=self.preparation,
            n_niches=options.n_niches or (None if number is None else int(number)),
        )

    @property
    def flags(self) -> str:
        """Options of a command that repeat the choices."""
        preparation, number = self.preparation, self.chosen(NUMBER)
        flags = (
            f"--normalisation {preparation.normalisation} --genes-used {preparation.n_genes} "
            f"--n-components {preparation.n_components}"
        )
        return flags if number is None else f"{flags} --n-niches {number}"

    @property
    def note(self) -> str:
        """One sentence for the notes of a slide."""
        answers = "; ".join(
            f"{choice.question}: {'not decided' if choice.chosen is None else choice.chosen}" for choice in self.choices
        )
        return f"Preprocessing was chosen by count splitting ({answers}); repeat it with {self.flags}"

    @property
    def all_notes(self) -> tuple[str, ...]:
        """What the notes of a slide say of the choices."""
        return (self.note, *self.notes)

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence for each question, for people."""
        return tuple(
            f"{choice.question}: {'not decided' if choice.chosen is None else choice.chosen} ({choice.reason})"
            for choice in self.choices
        )

    def to_json(self) -> dict[str, Any]:
        """Plain types, for `uns`, for provenance and for pages."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return {
            **plain,
            "method": "count splitting: fitted on either half of the counts, scored on the other",
            "score": "share of the held-out Poisson deviance that is explained",
            "repeat": self.flags,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Choices:
        """The choices that `to_json` wrote."""
        choices = tuple(
            Choice(
                **{**choice, "candidates": tuple(Candidate(**candidate) for candidate in choice["candidates"])},
            )
            for choice in record["choices"]
        )
        return cls(
            slides=tuple(record["slides"]),
            choices=choices,
            n_genes_scored=record["n_genes_scored"],
            n_genes_with_map=record["n_genes_with_map"],
            notes=tuple(record["notes"]),
        )


def choose(
    question: str, held_out: Mapping[Value, HeldOut], simplest_first: Sequence[Value], default: Value | None
) -> Choice:
    """The default if it is level with the best (`LEVEL`), else the simplest candidate within one error of the best.

    Args:
        question: what is chosen.
        held_out: scores of the candidates, in their natural order.
        simplest_first: the candidates, the simplest first.
        default: what NicheLens does without a choice.
    """
    candidates = compared(held_out)
    by_value = {candidate.value: candidate for candidate in candidates}
    best = max(candidates, key=lambda candidate: candidate.score)
    forgiven = {default: LEVEL * max(best.score, 0.0)}
    chosen = next(
        by_value[v] for v in simplest_first if by_value[v].behind <= max(by_value[v].behind_error, forgiven.get(v, 0.0))
    )
    if len(candidates) == 1:
        reason = "the only one that this slide allows"
    elif chosen.value == best.value:
        reason = f"it predicts the held-out counts best ({percent(best.score)} of their deviance)"
        if default in by_value and default != best.value:
            lost = by_value[default]
            reason += f"; {default} explains {percent(lost.behind)} less, ± {percent(lost.behind_error)}"
    else:
        told = "the default is" if chosen.value == default else "it is the simplest"
        reason = (
            f"{told} level with the best, {best.value} "
            f"({percent(chosen.behind)} less of the deviance, ± {percent(chosen.behind_error)})"
        )
    return Choice(question, candidates, default, chosen.value, reason)


def compared(held_out: Mapping[Value, HeldOut]) -> tuple[Candidate, ...]:
    """Candidates with their scores, and how far each is behind the best."""
    best = max(held_out.values(), key=lambda scored: float(scored.score))
    return tuple(
        Candidate(value, float(scored.score), float(scored.error), *scored.behind(best))
        for value, scored in held_out.items()
    )


def percent(share: float) -> str:
    """A share of the deviance, for people."""
    return f"{share:.2%}"
