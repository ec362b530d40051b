"""Robustness suite: the same marker questions with pictures changed in ways that must not change the answer.

The pictures are mirrored, rotated, shifted by a pixel, and drawn coarser or finer. One more change, another colour
scale, breaks the figure contract: the model is not expected to read it, and the report says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from data_prep.figures import palette
from data_prep.figures.canvas import Canvas
from data_prep.tasks import Question
from inference.evaluation.baselines.pixel_statistics import read_focus
from inference.evaluation.questions.altered_slides import AlterableSlide
from inference.evaluation.questions.evaluation_inputs import EvaluationInputs, gene_groups
from inference.evaluation.questions.mirrored_pictures import (
    LEFT_RIGHT,
    QUARTER,
    UP_DOWN,
    PictureTransform,
    PlaceWordScores,
    score_place_words,
)
from inference.evaluation.questions.row_questions import read_question
from inference.evaluation.scores.metrics import Score, score_auroc, score_mean
from inference.evaluation.suites.skipped import NEEDS_SLIDES, Skipped

MAX_QUESTIONS = 600
"""Questions that are asked once for each change."""
MAX_WRITTEN = 100
"""Of these, questions that are answered in words before and after each reflection or rotation."""
UNCHANGED = "unchanged"
COLOURS = "another colour scale (outside the figure contract)"
SHIFTS = {"right": (0, 1), "left": (0, -1), "down": (1, 0), "up": (-1, 0)}
SIZES = {"drawn coarser (3/4 of the pixels)": 0.75, "drawn finer (3/2 of the pixels)": 1.5}
"""Change → size at which the figure is drawn, relative to the model's size, before it is resized to that size."""


@dataclass(frozen=True)
class Change:
    """The effect of one change of the pictures on the answers.

    Attributes:
        holds: share of the verdicts (yes, no, abstain) that stay the same.
        moved: mean absolute change of p(yes).
        auroc: of the answers to the changed pictures.
        places: how the place words change, for reflections and rotations; None for other changes.
    """

    holds: Score
    moved: Score
    auroc: Score
    places: PlaceWordScores | None = None


@dataclass(frozen=True)
class Robustness:
    """The effect of every change.

    Attributes:
        n: number of questions.
        changes: change → its effect; the first leaves the pictures as they are.
        left_out: change → why it was not made.
    """

    n: int
    changes: dict[str, Change]
    left_out: dict[str, str]


def run_robustness_checks(inputs: EvaluationInputs) -> Robustness | Skipped:
    """Asks the marker questions of the split again with every change of the pictures."""
    indices = inputs.draw(inputs.row_indices("marker"), MAX_QUESTIONS, "robustness")
    if not indices:
        return Skipped(f"the split '{inputs.split}' has no marker questions")
    rows = inputs.rows.select(indices)
    questions = [read_question(row) for row in rows]
    label, groups = np.array(rows["label"]) == "yes", gene_groups(rows)
    before = inputs.engine.yes_probability(questions, progress=inputs.step(f"robustness: {UNCHANGED}"))
    written = questions[: min(MAX_WRITTEN, inputs.limit or MAX_WRITTEN)]
    answers = inputs.engine.answer(written, progress=inputs.step("robustness: writing"))

    verdict = inputs.engine.calibration.of("enriched").verdict

    def measure(name: str, changed: Sequence[Question], transform: PictureTransform | None = None) -> Change:
        after = inputs.engine.yes_probability(changed, progress=inputs.step(f"robustness: {name}"))
        same = [verdict(a) == verdict(b) for a, b in zip(before, after, strict=True)]
        return Change(
            holds=score_mean(np.array(same, float), groups=groups, seed=inputs.seed),
            moved=score_mean(np.abs(after - before), groups=groups, seed=inputs.seed),
            auroc=score_auroc(label, after, groups, seed=inputs.seed),
            places=None if transform is None else _ask_transformed(inputs, transform, written, answers),
        )

    changes = {UNCHANGED: measure(UNCHANGED, questions)}
    for transform in (LEFT_RIGHT, UP_DOWN, QUARTER):
        transformed = [transform.question(question) for question in questions]
        changes[transform.name] = measure(transform.name, transformed, transform)
    for way, (down, right) in SHIFTS.items():
        name = f"moved one pixel {way}"
        changes[name] = measure(name, _change_images(questions, partial(shift, down=down, right=right)))
    left_out = {}
    for name, scale in SIZES.items():
        if set(rows["slide"]) <= inputs.slides.keys():
            changes[name] = measure(name, _resize(questions, rows["slide"], inputs.slides, scale))
        else:
            left_out[name] = NEEDS_SLIDES
    changes[COLOURS] = measure(COLOURS, _change_images(questions, recolour_niche))
    return Robustness(len(questions), changes, left_out)


def shift(image: np.ndarray, down: int, right: int) -> np.ndarray:
    """A picture shifted by some pixels; the uncovered pixels are background."""
    pad = max(abs(down), abs(right))
    framed = np.pad(image, ((pad, pad), (pad, pad), (0, 0)), constant_values=palette.BACKGROUND[0])
    height, width = image.shape[:2]
    return framed[pad - down : pad - down + height, pad - right : pad - right + width].copy()


def recolour_niche(image: np.ndarray) -> np.ndarray:
    """A focus picture whose niche is painted in matplotlib's viridis; grey tissue does not change."""
    import matplotlib as mpl

    focus = read_focus(image)
    ramp = (mpl.colormaps["viridis"](np.linspace(0, 1, palette.LEVELS))[:, :3] * 255).round().astype(np.uint8)
    steps = np.rint(focus.level[focus.inside] * (palette.LEVELS - 1)).astype(np.int64)
    picture = image.copy()
    picture[focus.inside] = ramp[steps]
    return picture


def _change_images(questions: Sequence[Question], change: Callable[[np.ndarray], np.ndarray]) -> list[Question]:
    return [replace(question, images=tuple(change(image) for image in question.images)) for question in questions]


def _resize(
    questions: Sequence[Question], names: Sequence[str], slides: dict[str, AlterableSlide], scale: float
) -> list[Question]:
    """The questions drawn at another size, then resized to their own size by nearest pixels."""
    from PIL import Image

    canvases: dict[str, Canvas] = {}
    resized = []
    for question, name in zip(questions, names, strict=True):
        size = question.specs[0].size
        if name not in canvases:
            canvases[name] = Canvas(slides[name].slide, round(scale * size))
        canvas = canvases[name]
        drawn = [canvas.draw(replace(spec, size=canvas.size)) for spec in question.specs]
        images = [np.asarray(image.resize((size, size), Image.Resampling.NEAREST)) for image in drawn]
        resized.append(replace(question, images=tuple(images)))
    return resized


def _ask_transformed(
    inputs: EvaluationInputs, transform: PictureTransform, written: Sequence[Question], before: Sequence[str]
) -> PlaceWordScores:
    transformed = [transform.question(question) for question in written]
    after = inputs.engine.answer(transformed, progress=inputs.step(f"robustness: writing, {transform.name}"))
    return score_place_words(transform, before, after, seed=inputs.seed)
