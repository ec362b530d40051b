"""Tissue with one effect planted in one niche, so that exactly one thing can be changed at a time.

Every slide of a ladder shares its seed: the outline, the niches and the depths change with nothing but the factor that
is being varied. The genes come in pairs of equal mean and dispersion: one is raised in the niche, its partner is not.

    slide, niche, genes, label = plant(Planting(effect=2.0), seed=2**41)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from data_prep.slide import Slide, SlideMeta
from data_prep.synth.layout import draw_layout, smooth_fields

FIRST_SEED = 2**41
"""The bundled base never learns from a seed from here on."""
PAIRS = 12
"""Genes with an effect on each slide, and as many without."""
NICHE = "Niche A"
_OTHERS = ("Niche B", "Niche C", "Niche D")
_DEPTH_COUNTS = 400.0
"""Mean counts per spot of the one gene that stands for all others, so that depth is not the planted genes' own."""
_DEPTH_SIGMA = 0.4
"""Standard deviation of log depth, as on a Visium section."""


@dataclass(frozen=True)
class Planting:
    """What is planted. The defaults are a hard case: Wilcoxon's AUROC is about 0.95 there.

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


def plant(planting: Planting, seed: int) -> tuple[Slide, str, list[str], np.ndarray]:
    """Draws a slide.

    Args:
        planting: what is planted.
        seed: of outline, niches, depths and noise.

    Returns:
        The slide, the name of the niche, 2 × ``PAIRS`` gene symbols, and whether each is raised in the niche.
    """
    layout = draw_layout(np.random.default_rng([seed, 0]), planting.n_spots, "hex")
    codes = _niches(np.random.default_rng([seed, 1]), layout.xy, planting.share)
    depth = np.exp(_DEPTH_SIGMA * np.random.default_rng([seed, 2]).standard_normal(planting.n_spots))
    raised = np.arange(2 * PAIRS) < PAIRS
    rate = planting.mean * np.exp2(planting.effect * np.outer(codes == 0, raised))
    rate = np.column_stack([rate, np.full(planting.n_spots, _DEPTH_COUNTS)]) * depth[:, None]
    noise = np.random.default_rng([seed, 3])
    shape = 1 / planting.dispersion
    rate[:, :-1] *= noise.gamma(shape, 1 / shape, (planting.n_spots, 2 * PAIRS))
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
    return slide, NICHE, genes, raised


def _niches(rng: np.random.Generator, xy: np.ndarray, share: float) -> np.ndarray:
    """(n,) codes: a round niche of exactly the share around a point inside the tissue; the rest in three domains."""
    centre = rng.uniform(-0.35, 0.35, 2)
    codes = 1 + smooth_fields(rng, xy, len(_OTHERS), 0.4).argmax(axis=1).astype(np.int32)
    nearest = np.argsort(((xy - centre) ** 2).sum(axis=1), kind="stable")
    codes[nearest[: max(1, round(share * len(xy)))]] = 0
    return codes
