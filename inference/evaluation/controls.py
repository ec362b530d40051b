"""What a model's answers are worth: the same questions asked with less.

* a blank picture, and pictures whose spots have lost their places: what is left when the map is gone;
* the names masked: what is left when only the picture can tell.

Spots are really permuted where a dataset holds its slides (``tissue.Tissue.shuffled``). Where it holds pictures only,
the brightness of all tissue pixels is: where a spot is several pixels wide that picture is grainier than a slide could
be, which makes no difference to what it shows about the niche: nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from data_prep.figures import palette
from data_prep.figures.canvas import Canvas
from data_prep.tasks import MARKER_PROMPT, Question
from inference.evaluation.pixel_statistics import read_focus

_GENE_MAPS = ("focus", "expression")


def blank(question: Question) -> Question:
    """The same question with white pictures."""
    images = tuple(np.full_like(image, palette.BACKGROUND[0]) for image in question.images)
    return replace(question, images=images)


def masked(question: Question) -> Question:
    """A marker question asked by name, asked again of "this gene" and "the highlighted niche"."""
    return replace(question, prompt=MARKER_PROMPT)


def redrawn(question: Question, canvas: Canvas) -> Question:
    """The same question with its pictures drawn by another canvas: thinned or shuffled counts of the same tissue."""
    return replace(question, images=tuple(canvas.pixels(spec) for spec in question.specs))


def shuffled(question: Question, rng: np.random.Generator) -> Question:
    """The same question with the tissue pixels of its gene maps permuted; a niche stays in its place."""
    images = [
        _permuted(image, rng) if spec.kind in _GENE_MAPS else image
        for image, spec in zip(question.images, question.specs, strict=True)
    ]
    return replace(question, images=tuple(images))


def _permuted(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    seen = read_focus(image)
    steps = np.rint(rng.permutation(seen.level[seen.tissue]) * (palette.LEVELS - 1)).astype(np.int64)
    inside = seen.inside[seen.tissue][:, None]
    picture = image.copy()
    picture[seen.tissue] = np.where(inside, palette.expression_table()[steps], palette.grey_table()[steps])
    return picture
