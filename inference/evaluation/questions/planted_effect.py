"""Synthetic slides with one effect in one niche, so that exactly one factor varies at a time.

All slides of a ladder share their seed: only the varied factor changes the outline, the niches or the depths. Genes
come in pairs of equal mean and dispersion. One gene of a pair is raised in the niche, the other is not.

    planted = draw_planted_slide(PlantedEffect(effect=2.0), seed=2**41)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from data_prep.slide import Slide, SlideMeta
from data_prep.synth.layout import draw_layout, smooth_fields

FIRST_SEED = 2**41
"""The training of the bundled base uses no seed from here to 2**42."""
PAIRS = 12
"""Genes with an effect on each slide, and as many without."""
NICHE = "Niche A"
_OTHERS = ("Niche B", "Niche C", "Niche D")
_DEPTH_COUNTS = 400.0
"""Mean counts per spot of one further gene. It stands for all other genes, so that the planted genes do not dominate
the depth."""
_DEPTH_SIGMA = 0.4
"""Standard deviation of log depth, as on a Visium section."""


@dataclass(frozen=True)
class PlantedEffect:
    """An effect to plant. The defaults are a hard case: Wilcoxon's AUROC is about 0.95.

    Attributes:
        effect: log2 of the mean inside the niche over the mean outside.
        share: of the spots that lie in the niche, 0..1.
        n_spots: spots of the slide.
        mean: mean counts per spot outside the niche.
        dispersion: variance = mean + dispersion × mean².
    """

    effect: float = 1.0
    share: float = 0.05
    n_spots: int = 1000
    mean: float = 0.3
    dispersion: float = 1.0


@dataclass(frozen=True, eq=False)
class PlantedSlide:
    """A synthetic slide with its truth.

    Attributes:
        slide: with niches.
        niche: name of the niche with the effect.
        genes: 2 × ``PAIRS`` symbols.
        is_raised: (2 × ``PAIRS``,) bool, whether the niche raises the gene.
    """

    slide: Slide
    niche: str
    genes: list[str]
    is_raised: np.ndarray


def draw_planted_slide(planted: PlantedEffect, seed: int) -> PlantedSlide:
    """Draws a slide with an effect.

    Args:
        planted: the effect.
        seed: of outline, niches, depths and noise.
    """
    layout = draw_layout(np.random.default_rng([seed, 0]), planted.n_spots, "hex")
    codes = _niches(np.random.default_rng([seed, 1]), layout.xy, planted.share)
    depth = np.exp(_DEPTH_SIGMA * np.random.default_rng([seed, 2]).standard_normal(planted.n_spots))
    is_raised = np.arange(2 * PAIRS) < PAIRS
    rate = planted.mean * np.exp2(planted.effect * np.outer(codes == 0, is_raised))
    rate = np.column_stack([rate, np.full(planted.n_spots, _DEPTH_COUNTS)]) * depth[:, None]
    noise = np.random.default_rng([seed, 3])
    shape = 1 / planted.dispersion
    rate[:, :-1] *= noise.gamma(shape, 1 / shape, (planted.n_spots, 2 * PAIRS))
    counts = noise.poisson(rate).astype(np.float32)
    counts[:, -1] = np.maximum(counts[:, -1], 1)
    genes = [f"GENE{number:02d}" for number in range(1, 2 * PAIRS + 1)]
    slide = Slide(
        name=f"planted-{seed}",
        counts=sp.csc_matrix(counts),
        xy=layout.xy * 5000,
        genes=np.array([*genes, "OTHERS"]),
        niche=codes,
        niches=(NICHE, *_OTHERS),
        meta=SlideMeta(organism="synthetic", tissue="synthetic", technology="synthetic hex", donor=f"planted-{seed}"),
    )
    return PlantedSlide(slide, NICHE, genes, is_raised)


def _niches(rng: np.random.Generator, xy: np.ndarray, share: float) -> np.ndarray:
    """(n,) codes: a round niche of exactly the share around a point inside the tissue, and three domains elsewhere."""
    centre = rng.uniform(-0.35, 0.35, 2)
    codes = 1 + smooth_fields(rng, xy, len(_OTHERS), 0.4).argmax(axis=1).astype(np.int32)
    nearest = np.argsort(((xy - centre) ** 2).sum(axis=1), kind="stable")
    codes[nearest[: max(1, round(share * len(xy)))]] = 0
    return codes
