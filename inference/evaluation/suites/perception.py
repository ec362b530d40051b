"""Perception suite: how strong an effect must be before the model detects it.

The suite measures the AUROC on synthetic tissue as a function of effect size, niche size, number of spots and noise,
one factor at a time, next to Wilcoxon's z on the same counts. It needs no dataset.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from data_prep.figures.canvas import Canvas
from data_prep.tasks import marker_question
from inference.engine.engine import Engine
from inference.evaluation.baselines.count_detectors import score_counts
from inference.evaluation.questions.planted_effect import FIRST_SEED, PAIRS, PlantedEffect, draw_planted_slide
from inference.evaluation.scores.condition_names import MODEL, WILCOXON
from inference.evaluation.scores.metrics import Score, score_auroc

LADDERS: dict[str, tuple[str, tuple[float, ...]]] = {
    "effect size (log2 fold change)": ("effect", (0.25, 0.5, 1, 2, 3)),
    "niche size (share of spots)": ("share", (0.02, 0.05, 0.1, 0.3)),
    "number of spots": ("n_spots", (200, 1000, 5000)),
    "mean counts per spot": ("mean", (0.03, 0.1, 0.3, 1, 3)),
    "dispersion": ("dispersion", (0.1, 0.3, 1, 3)),
}
"""Ladder → the varied field of ``PlantedEffect``, and its values, one for each rung."""
SLIDES_PER_RUNG = 16
"""Slides of each rung. Each slide has ``PAIRS`` raised genes and as many others."""


@dataclass(frozen=True)
class PerceptionLadder:
    """AUROC by factor.

    Attributes:
        n: questions of each rung.
        default: the values of the factors that are not varied.
        ladders: ladder → rung → detector → AUROC, with intervals over slides.
    """

    n: int
    default: PlantedEffect
    ladders: dict[str, dict[float, dict[str, Score]]]


def run_perception_ladder(
    engine: Engine,
    *,
    limit: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> PerceptionLadder:
    """Measures every rung of every ladder.

    Args:
        engine: the model.
        limit: largest number of questions of a rung, rounded up to whole slides.
        seed: of the slides; each seed gives other slides.
        progress: called with (rungs done, all rungs).
    """
    n_slides = SLIDES_PER_RUNG if limit is None else min(SLIDES_PER_RUNG, -(-limit // (2 * PAIRS)))
    default = PlantedEffect()
    effects = {ladder: _vary(default, name, values) for ladder, (name, values) in LADDERS.items()}
    distinct = list(dict.fromkeys(planted for by_rung in effects.values() for planted in by_rung.values()))
    scores = {}
    for done, planted in enumerate(distinct, start=1):
        scores[planted] = _score(engine, planted, n_slides, seed)
        if progress:
            progress(done, len(distinct))
    return PerceptionLadder(
        n=2 * PAIRS * n_slides,
        default=default,
        ladders={
            ladder: {rung: scores[planted] for rung, planted in by_rung.items()} for ladder, by_rung in effects.items()
        },
    )


def _vary(default: PlantedEffect, name: str, values: tuple[float, ...]) -> dict[float, PlantedEffect]:
    """Value of one field → the default effect with that value."""
    kind = type(getattr(default, name))
    return {value: replace(default, **{name: kind(value)}) for value in values}


def _score(engine: Engine, effect: PlantedEffect, n_slides: int, seed: int) -> dict[str, Score]:
    questions, label, z = [], [], []
    for number in range(n_slides):
        planted = draw_planted_slide(effect, FIRST_SEED + seed * SLIDES_PER_RUNG + number)
        niche, genes = planted.niche, planted.genes
        canvas = Canvas(planted.slide, engine.image_size)
        pictures = canvas.focus(genes, niche)
        questions += [marker_question(canvas, g, niche, image=p) for g, p in zip(genes, pictures, strict=True)]
        z.append(score_counts(planted.slide, genes, [niche] * len(genes))[0])
        label.append(planted.is_raised)
    values = {MODEL: engine.yes_probability(questions), WILCOXON: np.concatenate(z)}
    slide = np.repeat(np.arange(n_slides), 2 * PAIRS)
    return {name: score_auroc(np.concatenate(label), value, slide, seed=seed) for name, value in values.items()}
