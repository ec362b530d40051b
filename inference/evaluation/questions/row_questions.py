"""Read the questions and right answers back from the rows of a dataset."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data_prep.claims import Claim, Names
from data_prep.dataset.loading import load_examples
from data_prep.dataset.rows import read_specs
from data_prep.tasks import CLAIM_TASKS, MARKER_CLAIM, Marker, Question
from inference.evaluation.questions.altered_slides import AlterableSlide

if TYPE_CHECKING:
    from datasets import Dataset

DRAWN_AT_ONCE = 512
"""Figures of a slide that are drawn together: 25 MB of pictures of 128 pixels."""


def read_question(row: Mapping[str, Any]) -> Question:
    """The question of a row of ``data_prep.dataset.loading``, with its pictures decoded."""
    images = tuple(np.asarray(image.convert("RGB"), dtype=np.uint8) for image in row["images"])
    return _question(row, images)


def load_rows(dataset: str | Path, split: str, slides: Mapping[str, AlterableSlide]) -> Dataset:
    """The rows of a split. Where the dataset holds its slides, no figure is drawn before `read_questions`.

    Raises:
        NicheLensError: there is no such dataset or split.
    """
    rows = load_examples(dataset, split)
    return rows.with_format(None) if slides else rows


def read_questions(rows: Dataset, slides: Mapping[str, AlterableSlide]) -> list[Question]:
    """The questions of rows, in their order.

    Args:
        rows: of ``load_rows``.
        slides: slide name → slide, which draws the pictures of many rows together; {} for a dataset of pictures.
    """
    if not slides:
        return [read_question(row) for row in rows]
    return draw_questions(read_specs_only(rows), list(rows["slide"]), slides)


def read_specs_only(rows: Dataset) -> list[Question]:
    """The questions of the rows of a dataset that holds its slides, without pictures."""
    return [_question(row, ()) for row in rows]


def draw_questions(
    questions: Sequence[Question], names: Sequence[str], slides: Mapping[str, AlterableSlide]
) -> list[Question]:
    """The questions with the pictures of their specs.

    Args:
        questions: whatever pictures they have.
        names: (n,) name of the slide of each question.
        slides: slide name → slide.
    """
    drawn = list(questions)
    of_slide = np.array(names, dtype=object)
    for name in dict.fromkeys(names):
        canvas = slides[name].canvas
        here = np.flatnonzero(of_slide == name)
        for part in np.array_split(here, max(1, -(-len(here) // DRAWN_AT_ONCE))):
            specs = list(dict.fromkeys(spec for i in part for spec in questions[i].specs))
            pictures = dict(zip(specs, canvas.pictures(specs), strict=True))
            for i in part:
                images = tuple(pictures[spec] for spec in questions[i].specs)
                drawn[i] = replace(questions[i], images=images)
    return drawn


def read_claims(row: Mapping[str, Any]) -> list[Claim]:
    """The claims of a row's right answer. They refer to genes and niches as the question does."""
    return [Claim(**claim) for claim in json.loads(row["claims"])]


def rows_with_claims(rows: Dataset, most: int) -> list[int]:
    """Indices of the first ``most`` rows of each prose task whose right answer makes claims."""
    taken: Counter[str] = Counter()
    indices = []
    for i, (task, claims) in enumerate(zip(rows["task"], rows["claims"], strict=True)):
        if claims != "[]" and task not in CLAIM_TASKS and taken[task] < most:
            taken[task] += 1
            indices.append(i)
    return indices


def _question(row: Mapping[str, Any], images: tuple[np.ndarray, ...]) -> Question:
    return Question(
        images=images,
        prompt=row["prompt"],
        names=Names(**json.loads(row["names"])),
        specs=tuple(read_specs(row["specs"])),
        kind=row["kind"],
        asked=MARKER_CLAIM if row["task"] == Marker.name else None,
    )
