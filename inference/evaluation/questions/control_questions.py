"""Control questions: the questions of an evaluation with part of the evidence removed.

* A blank picture, or a picture with permuted spots, shows what the model answers without the map.
* Masked names show what the model answers from the picture alone.

`AlterableSlide.shuffled_canvas` permutes the spots where the dataset holds its slides. Where it holds only pictures,
`shuffle_pixels` permutes the brightness of the tissue's pixels. If a spot is several pixels wide, such a picture has a
finer grain than a real one. Both show nothing about the niche.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from data_prep.figures import palette
from data_prep.figures.canvas import Canvas
from data_prep.tasks import MARKER_PROMPT, Question
from inference.evaluation.baselines.pixel_statistics import read_focus

_GENE_MAPS = ("focus", "expression")


def blank_pictures(question: Question) -> Question:
    """The same question with white pictures."""
    images = tuple(np.full_like(image, palette.BACKGROUND[0]) for image in question.images)
    return replace(question, images=images)


def mask_names(question: Question) -> Question:
    """A marker question that asks of "this gene" and "the highlighted niche" instead of by name."""
    return replace(question, prompt=MARKER_PROMPT)


def redraw(question: Question, canvas: Canvas) -> Question:
    """The same question with pictures from another canvas, for example of thinned or shuffled counts."""
    return replace(question, images=tuple(canvas.pixels(spec) for spec in question.specs))


def shuffle_pixels(question: Question, rng: np.random.Generator) -> Question:
    """The same question with the brightness of its gene maps permuted over the tissue. Niches stay unchanged."""
    images = [
        _permute(image, rng) if spec.kind in _GENE_MAPS else image
        for image, spec in zip(question.images, question.specs, strict=True)
    ]
    return replace(question, images=tuple(images))


def _permute(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    focus = read_focus(image)
    steps = np.rint(rng.permutation(focus.level[focus.tissue]) * (palette.LEVELS - 1)).astype(np.int64)
    inside = focus.inside[focus.tissue][:, None]
    picture = image.copy()
    picture[focus.tissue] = np.where(inside, palette.expression_table()[steps], palette.grey_table()[steps])
    return picture
