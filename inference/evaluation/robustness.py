"""Robustness: the same marker questions with pictures changed in ways that change nothing about the answer.

Mirrored, turned, moved by a pixel, drawn coarser or finer. And one change that breaks the figure contract, another
colour scale: nobody promised that the model can read it, and it is reported as such.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from data_prep.figures import palette
from data_prep.figures.canvas import Canvas
from data_prep.tasks import Question
from inference.answers.screen import verdict
from inference.evaluation.altered_slides import Tissue
from inference.evaluation.context import Exam, gene_groups
from inference.evaluation.metrics import Score, score_auroc, score_mean
from inference.evaluation.mirrored_places import LEFT_RIGHT, QUARTER, UP_DOWN, Turn, Turned, score_turn
from inference.evaluation.pixel_statistics import read_focus
from inference.evaluation.row_questions import read_question

QUESTIONS = 600
"""Questions asked once for each change."""
WRITTEN = 100
"""Of these, questions answered in words before and after each turn."""
UNCHANGED = "unchanged"
COLOURS = "another colour scale (outside the figure contract)"
SHIFTS = {"right": (0, 1), "left": (0, -1), "down": (1, 0), "up": (-1, 0)}
SIZES = {"drawn coarser (3/4 of the pixels)": 0.75, "drawn finer (3/2 of the pixels)": 1.5}
"""Change → edge length at which the figure is drawn, relative to the model's, before it is resized to that."""


@dataclass(frozen=True)
class Change:
    """What a change of the pictures does to the answers.

    Attributes:
        holds: share of the verdicts (yes, no, abstain) that stay as they were.
        moved: mean absolute change of p(yes).
        auroc: of the answers to the changed pictures.
        places: for turns, what became of the place words; None for other changes.
    """

    holds: Score
    moved: Score
    auroc: Score
    places: Turned | None = None


@dataclass(frozen=True)
class Robustness:
    """Every change.

    Attributes:
        n: number of questions.
        changes: change → what it does; the first is no change at all.
        left_out: change → why it was not made.
    """

    n: int
    changes: dict[str, Change]
    left_out: dict[str, str]


def measure_robustness(exam: Exam) -> Robustness | str:
    """Asks focus questions of the split again and again, changed; where there are none, says so."""
    drawn = exam.draw(exam.places("marker"), QUESTIONS, "robustness")
    if not drawn:
        return f"the split '{exam.split}' has no marker questions"
    rows = exam.rows.select(drawn)
    questions = [read_question(row) for row in rows]
    label, groups = np.array(rows["label"]) == "yes", gene_groups(rows)
    before = exam.engine.yes_probability(questions, progress=exam.step(f"robustness: {UNCHANGED}"))
    written = questions[: min(WRITTEN, exam.limit or WRITTEN)]
    said = exam.engine.answer(written, progress=exam.step("robustness: writing"))

    def measure(name: str, changed: Sequence[Question], turn: Turn | None = None) -> Change:
        after = exam.engine.yes_probability(changed, progress=exam.step(f"robustness: {name}"))
        same = [verdict(a) == verdict(b) for a, b in zip(before, after, strict=True)]
        return Change(
            holds=score_mean(np.array(same, float), groups=groups, seed=exam.seed),
            moved=score_mean(np.abs(after - before), groups=groups, seed=exam.seed),
            auroc=score_auroc(label, after, groups, seed=exam.seed),
            places=None if turn is None else _turned(exam, turn, written, said),
        )

    changes = {UNCHANGED: measure(UNCHANGED, questions)}
    for turn in (LEFT_RIGHT, UP_DOWN, QUARTER):
        changes[turn.name] = measure(turn.name, [turn.question(question) for question in questions], turn)
    for way, (down, right) in SHIFTS.items():
        name = f"moved one pixel {way}"
        changes[name] = measure(name, _each(questions, partial(moved, down=down, right=right)))
    left_out = {}
    for name, scale in SIZES.items():
        if set(rows["slide"]) <= exam.tissues.keys():
            changes[name] = measure(name, _resized(questions, rows["slide"], exam.tissues, scale))
        else:
            left_out[name] = "the dataset holds no slides; prepare it with --store recipes"
    changes[COLOURS] = measure(COLOURS, _each(questions, recoloured))
    return Robustness(len(questions), changes, left_out)


def moved(image: np.ndarray, down: int, right: int) -> np.ndarray:
    """A picture moved by some pixels; what is uncovered is background."""
    pad = max(abs(down), abs(right))
    framed = np.pad(image, ((pad, pad), (pad, pad), (0, 0)), constant_values=palette.BACKGROUND[0])
    height, width = image.shape[:2]
    return framed[pad - down : pad - down + height, pad - right : pad - right + width].copy()


def recoloured(image: np.ndarray) -> np.ndarray:
    """A focus picture whose niche is painted in matplotlib's viridis; grey tissue stays as it is."""
    import matplotlib as mpl

    seen = read_focus(image)
    ramp = (mpl.colormaps["viridis"](np.linspace(0, 1, palette.LEVELS))[:, :3] * 255).round().astype(np.uint8)
    steps = np.rint(seen.level[seen.inside] * (palette.LEVELS - 1)).astype(np.int64)
    picture = image.copy()
    picture[seen.inside] = ramp[steps]
    return picture


def _each(questions: Sequence[Question], change: Callable[[np.ndarray], np.ndarray]) -> list[Question]:
    return [replace(question, images=tuple(change(image) for image in question.images)) for question in questions]


def _resized(
    questions: Sequence[Question], slides: Sequence[str], tissues: dict[str, Tissue], scale: float
) -> list[Question]:
    """The questions drawn at another size, then resized to their own by nearest pixels."""
    from PIL import Image

    canvases: dict[str, Canvas] = {}
    found = []
    for question, slide in zip(questions, slides, strict=True):
        size = question.specs[0].size
        canvas = canvases.setdefault(slide, Canvas(tissues[slide].slide, round(scale * size)))
        drawn = [canvas.draw(replace(spec, size=canvas.size)) for spec in question.specs]
        images = [np.asarray(image.resize((size, size), Image.Resampling.NEAREST)) for image in drawn]
        found.append(replace(question, images=tuple(images)))
    return found


def _turned(exam: Exam, turn: Turn, written: Sequence[Question], said: Sequence[str]) -> Turned:
    again = [turn.question(question) for question in written]
    after = exam.engine.answer(again, progress=exam.step(f"robustness: writing, {turn.name}"))
    return score_turn(turn, said, after, seed=exam.seed)
