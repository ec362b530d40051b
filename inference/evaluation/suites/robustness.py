"""Robustness suite: the same marker questions with pictures changed in ways that must not change the answer.

The tissue is mirrored and turned, and the pictures are shifted by a pixel, and drawn coarser or finer. One more change,
another colour scale, breaks the figure contract: the model is not expected to read it, and the report says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from data_prep.figures import palette
from data_prep.figures.canvas import Canvas
from data_prep.figures.frame import tissue_slices
from data_prep.tasks import Question
from inference.evaluation.baselines.figure_statistics import read_figure
from inference.evaluation.questions.altered_slides import LEFT_RIGHT, QUARTER, UP_DOWN, AlterableSlide, Turn
from inference.evaluation.questions.control_questions import redraw
from inference.evaluation.questions.evaluation_inputs import EvaluationInputs, gene_groups
from inference.evaluation.questions.row_questions import read_questions
from inference.evaluation.scores.metrics import Score, score_auroc, score_mean
from inference.evaluation.suites.skipped import NEEDS_SLIDES, Skipped

TASK = "enriched"
MAX_QUESTIONS = 600
"""Questions that are asked once for each change."""
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
    """

    holds: Score
    moved: Score
    auroc: Score


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
    indices = inputs.draw_evenly(inputs.row_indices(TASK), MAX_QUESTIONS, "robustness")
    if not indices:
        return Skipped(f"the split '{inputs.split}' has no questions of the task {TASK}")
    rows = inputs.rows.select(indices)
    questions, names = read_questions(rows, inputs.slides), list(rows["slide"])
    label, groups = np.array(rows["label"]) == "yes", gene_groups(rows)
    before = inputs.engine.yes_probability(questions, progress=inputs.step(f"robustness: {UNCHANGED}"))
    calibration = inputs.engine.calibration.of(TASK)

    def measure(name: str, changed: Sequence[Question]) -> Change:
        after = inputs.engine.yes_probability(changed, progress=inputs.step(f"robustness: {name}"))
        same = [calibration.verdict(a) == calibration.verdict(b) for a, b in zip(before, after, strict=True)]
        return Change(
            holds=score_mean(np.array(same, float), groups=groups, seed=inputs.seed),
            moved=score_mean(np.abs(after - before), groups=groups, seed=inputs.seed),
            auroc=score_auroc(label, after, groups, seed=inputs.seed),
        )

    changes, left_out = {UNCHANGED: measure(UNCHANGED, questions)}, {}
    draws: Mapping[str, Callable[[AlterableSlide, Sequence[Question]], list[Question]]] = {
        turn.name: partial(_turn, turn=turn) for turn in (LEFT_RIGHT, UP_DOWN, QUARTER)
    } | {name: partial(_resize, scale=scale) for name, scale in SIZES.items()}
    for name, draw in draws.items():
        if inputs.slides:
            changes[name] = measure(name, _by_slide(questions, names, inputs.slides, draw))
        else:
            left_out[name] = NEEDS_SLIDES
    for way, (down, right) in SHIFTS.items():
        name = f"moved one pixel {way}"
        changes[name] = measure(name, _change_images(questions, partial(shift, down=down, right=right)))
    changes[COLOURS] = measure(COLOURS, _change_images(questions, recolour_niche))
    return Robustness(len(questions), changes, left_out)


def shift(image: np.ndarray, down: int, right: int) -> np.ndarray:
    """A picture shifted by some pixels; the uncovered pixels are background."""
    pad = max(abs(down), abs(right))
    framed = np.pad(image, ((pad, pad), (pad, pad), (0, 0)), constant_values=palette.BACKGROUND[0])
    height, width = image.shape[:2]
    return framed[pad - down : pad - down + height, pad - right : pad - right + width].copy()


def recolour_niche(image: np.ndarray) -> np.ndarray:
    """A focus picture whose niche is painted in matplotlib's viridis; grey tissue and the bar do not change."""
    import matplotlib as mpl

    reading = read_figure(image)
    ramp = (mpl.colormaps["viridis"](np.linspace(0, 1, palette.LEVELS))[:, :3] * 255).round().astype(np.uint8)
    steps = np.rint(reading.level[reading.colour] * (palette.LEVELS - 1)).astype(np.int64)
    picture = image.copy()
    picture[tissue_slices(image.shape[0])][reading.colour] = ramp[steps]
    return picture


def _change_images(questions: Sequence[Question], change: Callable[[np.ndarray], np.ndarray]) -> list[Question]:
    return [replace(question, images=tuple(change(image) for image in question.images)) for question in questions]


def _by_slide(
    questions: Sequence[Question],
    names: Sequence[str],
    slides: dict[str, AlterableSlide],
    draw: Callable[[AlterableSlide, Sequence[Question]], list[Question]],
) -> list[Question]:
    drawn = list(questions)
    for name in dict.fromkeys(names):
        here = [i for i, other in enumerate(names) if other == name]
        for i, question in zip(here, draw(slides[name], [questions[i] for i in here]), strict=True):
            drawn[i] = question
    return drawn


def _turn(slide: AlterableSlide, questions: Sequence[Question], turn: Turn) -> list[Question]:
    return redraw(questions, slide.turned_canvas(turn))


def _resize(slide: AlterableSlide, questions: Sequence[Question], scale: float) -> list[Question]:
    """The questions drawn at another size, then resized to their own size by nearest pixels."""
    from PIL import Image

    size = slide.size
    canvas = Canvas(slide.slide, round(scale * size))
    specs = [replace(spec, size=canvas.size) for question in questions for spec in question.specs]
    pictures = iter(
        np.asarray(Image.fromarray(picture).resize((size, size), Image.Resampling.NEAREST))
        for picture in canvas.pictures(specs)
    )
    return [replace(question, images=tuple(next(pictures) for _ in question.specs)) for question in questions]
