"""Questions, their right answers, and the specs from which both are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from data_prep.claims import Claim, Names
from data_prep.figures import palette
from data_prep.figures.spec import FigureSpec


@dataclass(frozen=True, eq=False)
class Question:
    """What a model is shown.

    Attributes:
        images: uint8 arrays (size, size, 3), shown before the text in this order.
        prompt: text of the question.
        names: what "this gene", the panel letters, "the niche" and the colours stand for.
        specs: the specs of the images.
        kind: kind of the claim that a yes/no question asks about; "" if the answer is prose.
        asked: the claim that "Yes." stands for and "No." denies, with references; None if neither makes a claim.
    """

    images: tuple[np.ndarray, ...]
    prompt: str
    names: Names
    specs: tuple[FigureSpec, ...]
    kind: str = ""
    asked: Claim | None = None


def blank_pictures(question: Question) -> Question:
    """The same question with white pictures."""
    return replace(question, images=tuple(np.full_like(image, palette.BACKGROUND[0]) for image in question.images))


@dataclass(frozen=True, eq=False)
class Example:
    """A question with its right answer and its origin.

    Attributes:
        question: what the model is shown.
        completion: the right answer, in references.
        claims: the claims of the answer, in references.
        task: name of the task.
        slide: name of the slide.
        donor: donor of the slide.
        niche: name of the asked niche.
        genes: symbols of the shown genes, in the order of the figures or panels.
        label: "yes" or "no" for yes/no tasks, else "".
        value: value of the asked claim, if it has one.
        other: the other niche, gene or cell type of the asked claim, if it has one.
    """

    question: Question
    completion: str
    claims: tuple[Claim, ...]
    task: str
    slide: str
    donor: str
    niche: str
    genes: tuple[str, ...]
    label: str
    value: str = ""
    other: str = ""


@dataclass(frozen=True)
class QuestionSpec:
    """A question in short. With a slide and its facts it determines the example.

    Attributes:
        task: name of the task.
        niche: the asked niche; "" if the question is about no niche.
        genes: symbols of the shown genes, in the order of the figures or panels.
        named: whether the prompt names the gene and the niche.
        seed: draws the wording; 0 takes the plainest words.
        label: "yes" or "no" for yes/no tasks, else "".
        options: niche names to choose from, in the order of their numbers.
        cell_types: shown cell types, in the order of their panels.
        value: value of the asked claim (a place, a form, a direction, ...), if it has one.
        other: the other niche, gene or cell type of the asked claim, if it has one.
    """

    task: str
    niche: str
    genes: tuple[str, ...]
    named: bool = False
    seed: int = 0
    label: str = ""
    options: tuple[str, ...] = ()
    cell_types: tuple[str, ...] = ()
    value: str = ""
    other: str = ""

    def to_json(self) -> dict[str, Any]:
        """A dictionary for ``from_json``, also in another process or on another machine."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> QuestionSpec:
        """The spec that ``to_json`` wrote."""
        return cls(
            task=record["task"],
            niche=record["niche"],
            genes=tuple(record["genes"]),
            named=record["named"],
            seed=record["seed"],
            label=record["label"],
            options=tuple(record["options"]),
            cell_types=tuple(record["cell_types"]),
            value=record["value"],
            other=record["other"],
        )
