"""Control questions: the questions of an evaluation with part of the evidence removed.

* A blank picture, or a picture with permuted spots, shows what the model answers without the map.
* Masked names show what the model answers from the picture alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import LABEL_FIGURES
from data_prep.tasks import MARKER_WHY_PROMPT, Question
from data_prep.tasks.question import blank_pictures
from inference.engine.engine import Engine
from inference.evaluation.baselines.arithmetic import gene_hash
from inference.evaluation.questions.altered_slides import SHUFFLED_COPIES, AlterableSlide


def blank_logits(engine: Engine, questions: Sequence[Question]) -> np.ndarray:
    """(n,) raw scores of the questions with blank pictures. Questions of equal words are asked once."""
    keys = [(question.prompt, len(question.images)) for question in questions]
    distinct = {key: blank_pictures(question) for key, question in zip(keys, questions, strict=True)}
    logit = dict(zip(distinct, engine.yes_logit(list(distinct.values())), strict=True))
    return np.array([logit[key] for key in keys])


def mask_names(question: Question) -> Question:
    """A marker question that asks of "this gene" and "the highlighted niche" instead of by name."""
    return replace(question, prompt=MARKER_WHY_PROMPT)


def redraw(questions: Sequence[Question], canvas: Canvas) -> list[Question]:
    """The same questions with pictures from another canvas, for example of thinned or shuffled counts."""
    pictures = iter(canvas.pictures([spec for question in questions for spec in question.specs]))
    return [replace(question, images=tuple(next(pictures) for _ in question.specs)) for question in questions]


def shuffle_spots(
    questions: Sequence[Question], names: Sequence[str], slides: dict[str, AlterableSlide], seed: int
) -> list[Question]:
    """The same questions with spots permuted over the tissue: their counts, or their labels in figures of labels.

    Args:
        questions: with specs.
        names: (n,) name of the slide of each question.
        slides: slide name → slide.
        seed: of the permutations.
    """
    groups: dict[tuple[str, bool, int], list[int]] = {}
    for i, (question, name) in enumerate(zip(questions, names, strict=True)):
        of_labels = question.specs[0].kind in LABEL_FIGURES
        copy = gene_hash("".join(question.specs[0].genes) or question.specs[0].niche) % SHUFFLED_COPIES
        groups.setdefault((name, of_labels, copy), []).append(i)
    shuffled = list(questions)
    for (name, of_labels, copy), members in groups.items():
        slide = slides[name]
        canvas = (slide.scattered_canvas if of_labels else slide.shuffled_canvas)(copy, seed)
        for i, question in zip(members, redraw([questions[i] for i in members], canvas), strict=True):
            shuffled[i] = question
    return shuffled
