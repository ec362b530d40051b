"""Perception ladder: what must be there for the model to see it, on synthetic tissue with one factor varied at a time.

A psychophysics of the model: AUROC as a function of effect size, niche size, number of spots and noise, beside
Wilcoxon's z on the same counts. It needs no dataset.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from data_prep.figures.canvas import Canvas
from data_prep.tasks import marker_question
from inference.engine.engine import Engine
from inference.evaluation.condition_names import MODEL, WILCOXON
from inference.evaluation.metrics import Score, score_auroc
from inference.evaluation.rank_test import count_scores
from inference.evaluation.single_effect import FIRST_SEED, PAIRS, Planting, plant

LADDERS: dict[str, tuple[str, tuple[float, ...]]] = {
    "effect size (log2 fold change)": ("effect", (0.25, 0.5, 1, 2, 3)),
    "niche size (share of spots)": ("share", (0.02, 0.05, 0.1, 0.3)),
    "number of spots": ("n_spots", (200, 1000, 5000)),
    "mean counts per spot": ("mean", (0.03, 0.1, 0.3, 1, 3)),
    "dispersion": ("dispersion", (0.1, 0.3, 1, 3)),
}
"""Ladder → field of `planted.Planting`, its rungs."""
TISSUES = 16
"""Slides of each rung, each with ``PAIRS`` raised genes and as many others."""


@dataclass(frozen=True)
class PerceptionLadder:
    """AUROC by factor.

    Attributes:
        n: questions of each rung.
        default: what holds where a factor is not varied.
        ladders: ladder → rung → detector → AUROC; intervals over slides.
    """

    n: int
    default: Planting
    ladders: dict[str, dict[float, dict[str, Score]]]


def climb_perception(
    engine: Engine,
    *,
    limit: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> PerceptionLadder:
    """Climbs every ladder.

    Args:
        engine: the model.
        limit: largest number of questions of a rung, rounded up to whole slides.
        seed: which slides; each seed has slides of its own.
        progress: called with (rungs done, all rungs).
    """
    n_tissues = TISSUES if limit is None else min(TISSUES, -(-limit // (2 * PAIRS)))
    default = Planting()
    rungs = {ladder: _rungs(default, *found) for ladder, found in LADDERS.items()}
    plantings = list(dict.fromkeys(planting for some in rungs.values() for planting in some.values()))
    scores = {}
    for done, planting in enumerate(plantings, start=1):
        scores[planting] = _score(engine, planting, n_tissues, seed)
        if progress:
            progress(done, len(plantings))
    return PerceptionLadder(
        n=2 * PAIRS * n_tissues,
        default=default,
        ladders={ladder: {rung: scores[planting] for rung, planting in some.items()} for ladder, some in rungs.items()},
    )


def _rungs(default: Planting, name: str, values: tuple[float, ...]) -> dict[float, Planting]:
    kind = type(getattr(default, name))
    return {value: replace(default, **{name: kind(value)}) for value in values}


def _score(engine: Engine, planting: Planting, n_tissues: int, seed: int) -> dict[str, Score]:
    questions, label, z = [], [], []
    for number in range(n_tissues):
        slide, niche, genes, raised = plant(planting, FIRST_SEED + seed * TISSUES + number)
        canvas = Canvas(slide, engine.image_size)
        pictures = canvas.focus(genes, niche)
        questions += [marker_question(canvas, g, niche, image=p) for g, p in zip(genes, pictures, strict=True)]
        z.append(count_scores(slide, genes, [niche] * len(genes))[0])
        label.append(raised)
    found = {MODEL: engine.yes_probability(questions), WILCOXON: np.concatenate(z)}
    tissue = np.repeat(np.arange(n_tissues), 2 * PAIRS)
    return {name: score_auroc(np.concatenate(label), value, tissue, seed=seed) for name, value in found.items()}
