"""Views of tissue for niche finding: principal components of the counts around each spot, in several ways.

A spot of an array contains many cells, so what it shows is tissue already. Its counts are pooled only against noise,
over the fewer spots, the fewer spots the array has. A cell shows its own type, so cells are pooled until types average
out. No single pool suits all niches of a slide: views with several pools vote (`niche_consensus`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from data_prep.errors import NicheLensError
from data_prep.facts.shared_genes import FEWEST_SHARED
from data_prep.facts.variable_genes import gene_variances
from data_prep.gene_columns import release
from data_prep.niche_options import Preparation
from data_prep.read.validation import natural
from data_prep.slide import Slide

REGULAR = 1.5
"""On an array the distances to the nearest spot hardly differ: their 90 % quantile is at most so many times the 10 %
quantile. Measured: 1.0 to 1.2 on Visium and legacy arrays, 1.9 and more for cells and beads."""
CELL_POOLS = (19, 27, 37)
"""Cells that are pooled. The nearest 19 and 37 are one and two rings more than the nearest 7."""
SPOTS_PER_POOLED = 250
"""An array of so many spots is not pooled: its niches are a few spots wide. A larger one in proportion."""
ARRAY_POOL = 15
"""An array is pooled over about so many spots at most."""
ARRAY_STEPS = (0.67, 1.0, 1.4)
COUNTS_A_POOL = 3000
"""Pools of cells or beads with few counts grow until they have so many, up to `MOST_GROWTH` fold."""
MOST_GROWTH = 4
LOG_TARGET = 1e4
"""Counts are scaled to so many a spot before log1p, the custom of the field. On four DLPFC sections the median depth
(1,000) as target let depth artefacts into the components."""
OWN_COMPONENTS = 60
"""Components of single spots, which are then averaged over pools; more if more components are asked for."""
PEARSON_OVERDISPERSION = 100.0
"""Theta of analytic Pearson residuals (Lause et al. 2021)."""
LANDMARKS = 6000
"""Components are computed on at most so many spots, evenly spread, and mixtures are fitted on them."""
ROWS = 16_384
"""Spots that are made dense at once."""


@dataclass(frozen=True, eq=False)
class View:
    """One way to look at the spots.

    Attributes:
        way: "pooled counts", "pooled components", or "own counts" where nothing is pooled.
        pool: spots that are pooled, the spot itself counted.
        values: (n, n_components) float32 principal components, those with the largest variance first.
    """

    way: str
    pool: int
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Tissue:
    """The spots of one or several slides, each slide sorted by position: nothing depends on the order in the file.

    Attributes:
        slides: the slides.
        order: for each slide, its spots in the order of their positions.
        counts: (n, n_genes) CSR counts of the genes that are compared.
        depth: (n,) total counts over all genes.
        slide_of: (n,) number of the slide.
        genes: names of the genes that are compared, in alphabetical order.
    """

    slides: tuple[Slide, ...]
    order: tuple[np.ndarray, ...]
    counts: sp.csr_matrix
    depth: np.ndarray
    slide_of: np.ndarray
    genes: tuple[str, ...]

    @classmethod
    def of(cls, slides: Sequence[Slide], n_genes: int) -> Tissue:
        """The spots of the slides, with the most variable of the genes that all slides have.

        Raises:
            NicheLensError: the slides share too few genes.
        """
        order = tuple(np.lexsort((slide.name_rank, slide.depth, *slide.xy.T)) for slide in slides)
        genes = _variable_shared_genes(slides, n_genes)
        parts = []
        for slide, places in zip(slides, order, strict=True):
            columns = np.array([slide.gene_index(gene) for gene in genes])
            by_file = np.argsort(columns, kind="stable")
            counts = slide.counts[:, columns[by_file]].tocsc()[:, np.argsort(by_file, kind="stable")]
            release(slide.counts.data, slide.counts.indices)
            parts.append(counts.tocsr()[places])
        return cls(
            tuple(slides),
            order,
            sp.vstack(parts, format="csr"),
            np.concatenate([slide.depth[places] for slide, places in zip(slides, order, strict=True)]),
            np.repeat(np.arange(len(slides)), [slide.n_spots for slide in slides]),
            tuple(genes),
        )

    def __len__(self) -> int:
        return len(self.depth)

    @cached_property
    def landmarks(self) -> np.ndarray:
        """At most `LANDMARKS` spots, evenly spread over the sorted ones."""
        n = min(len(self), LANDMARKS)
        return np.arange(n) * len(self) // n

    def nearest(self, k: int) -> np.ndarray:
        """(n, k) the k nearest spots of the same slide, the spot itself first; k shrinks to the smallest slide."""
        k = min(k, min(len(places) for places in self.order))
        parts, first = [], 0
        for slide, places in zip(self.slides, self.order, strict=True):
            xy = slide.xy[places]
            parts.append(cKDTree(xy).query(xy, k=k)[1].reshape(len(xy), k) + first)
            first += len(xy)
        return np.concatenate(parts)


def pool_sizes(slide: Slide) -> tuple[int, ...]:
    """How many spots to pool, from the layout of the spots and their depth; rising."""
    if is_array(slide.xy):
        middle = min(slide.n_spots / SPOTS_PER_POOLED, ARRAY_POOL)
        if middle < ARRAY_STEPS[-1] + 0.1:
            return (1,)
        return tuple(sorted({max(1, round(middle * step)) for step in ARRAY_STEPS}))
    growth = COUNTS_A_POOL / (CELL_POOLS[1] * max(float(np.median(slide.depth)), 1.0))
    sizes = {round(pool * float(np.clip(growth, 1, MOST_GROWTH))) for pool in CELL_POOLS}
    return tuple(sorted({max(1, min(size, slide.n_spots // 8)) for size in sizes}))


def pools_of(tissue: Tissue) -> tuple[int, ...]:
    """How many spots to pool on all slides: as on the one in the middle by its number of spots; rising."""
    ranked = sorted(tissue.slides, key=lambda slide: (slide.n_spots, slide.name))
    return pool_sizes(ranked[len(ranked) // 2])


def name_order(slide: Slide) -> Any:
    """Sort key: slides in the natural order of their names give the same niches, in whatever order they were given."""
    return natural(slide.name), slide.n_spots, float(slide.depth.sum())


def is_array(xy: np.ndarray) -> bool:
    """Whether spots stand on a regular array, as those of Visium and of legacy arrays do."""
    nearest = cKDTree(xy).query(xy, k=2)[0][:, 1]
    low, high = np.quantile(nearest, [0.1, 0.9])
    return bool(high <= REGULAR * low)


def make_views(tissue: Tissue, preparation: Preparation) -> Iterator[View]:
    """The views of the tissue, one at a time. Several slides are brought together by Harmony (Korsunsky et al. 2019).

    Args:
        tissue: its spots.
        preparation: how counts are prepared; a given pool is the only one.
    """
    pools = (preparation.pool,) if preparation.pool else pools_of(tissue)
    rate = Rate(tissue, preparation.normalisation)
    n = preparation.n_components
    own = _components(tissue, lambda rows: rate.of(tissue.counts[rows], tissue.depth[rows]), max(OWN_COMPONENTS, n))
    for pool in pools:
        if pool == 1:
            yield View("own counts", 1, _together(tissue, own[:, :n]))
            continue
        mean = mean_over(tissue.nearest(pool))
        depth = mean @ tissue.depth
        values = _components(tissue, partial(_pooled_rate, rate, tissue.counts, mean, depth), n)
        yield View("pooled counts", pool, _together(tissue, values))
        smooth = np.asarray(mean @ own, dtype=np.float32)
        yield View("pooled components", pool, _together(tissue, _components(tissue, smooth.__getitem__, n)))


def _pooled_rate(
    rate: Rate, counts: sp.csr_matrix, mean: sp.csr_matrix, depth: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    return rate.of(mean[rows] @ counts, depth[rows])


class Rate:
    """Normalised values of rows of counts.

    Args:
        tissue: the spots. Pearson residuals refer to its shares of genes and are clipped at the root of its number of
            spots (Lause et al. 2021); "depth" refers to its median depth.
        normalisation: one of `NORMALISATIONS`.
    """

    def __init__(self, tissue: Tissue, normalisation: str) -> None:
        self.normalisation = normalisation
        self.share = np.asarray(tissue.counts.sum(axis=0)).ravel() / tissue.depth.sum()
        self.median = float(np.median(tissue.depth))
        self.limit = float(np.sqrt(len(tissue)))

    def of(self, counts: sp.csr_matrix, depth: np.ndarray) -> np.ndarray:
        """(n, n_genes) float32 values of counts with these depths."""
        dense = np.asarray(counts.todense(), dtype=np.float32)
        depth = np.maximum(depth, 1e-9).astype(np.float32)[:, None]
        if self.normalisation == "log":
            return np.log1p(dense * (LOG_TARGET / depth))
        if self.normalisation == "depth":
            return dense * (self.median / depth)
        if self.normalisation == "none":
            return np.log1p(dense)
        expected = np.maximum(depth * self.share.astype(np.float32), 1e-9)
        residual = (dense - expected) / np.sqrt(expected + expected**2 / PEARSON_OVERDISPERSION)
        return np.clip(residual, -self.limit, self.limit)


def _components(tissue: Tissue, values: Callable[[np.ndarray], np.ndarray], n: int) -> np.ndarray:
    """(n_spots, n) principal components; directions come from the landmarks, slides are centred."""
    from scipy.linalg import eigh

    marks = tissue.landmarks
    sample = np.asarray(values(marks), dtype=np.float32)
    means = np.stack([_mean_of_slide(sample, tissue.slide_of[marks], s) for s in range(len(tissue.slides))])
    sample = sample - means[tissue.slide_of[marks]]
    covariance = (sample.T @ sample).astype(np.float64)
    n = min(n, len(covariance), max(len(marks) - 1, 1))
    _, directions = eigh(covariance, subset_by_index=[len(covariance) - n, len(covariance) - 1])
    directions = directions[:, ::-1]
    directions = (directions * np.sign(directions[np.abs(directions).argmax(axis=0), np.arange(n)])).astype(np.float32)
    scores = np.empty((len(tissue), n), np.float32)
    for first in range(0, len(tissue), ROWS):
        rows = np.arange(first, min(first + ROWS, len(tissue)))
        scores[rows] = (values(rows) - means[tissue.slide_of[rows]]) @ directions
    return scores


def _mean_of_slide(values: np.ndarray, slide_of: np.ndarray, slide: int) -> np.ndarray:
    own = values[slide_of == slide]
    return own.mean(axis=0) if len(own) else values.mean(axis=0)


def _together(tissue: Tissue, values: np.ndarray) -> np.ndarray:
    """The values of several slides, corrected for the slide."""
    if len(tissue.slides) == 1:
        return values
    import harmonypy
    import pandas as pd

    slides = pd.DataFrame({"slide": tissue.slide_of.astype(str)})
    corrected = harmonypy.run_harmony(
        values.astype(np.float64), slides, ["slide"], verbose=False, random_state=0, ncores=1
    )
    return np.asarray(corrected.result(), dtype=np.float32).reshape(values.shape)


def mean_over(nearest: np.ndarray) -> sp.csr_matrix:
    """(n, n) matrix that averages values over the k spots that each row of (n, k) ``nearest`` names."""
    n, k = nearest.shape
    entries = np.full(n * k, 1 / k, np.float32)
    return sp.csr_matrix((entries, nearest.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))


def _variable_shared_genes(slides: Sequence[Slide], n: int) -> list[str]:
    """The n genes with the largest variance, summed over the slides, in alphabetical order."""
    total: dict[str, float] = {}
    for number, slide in enumerate(slides):
        variance = dict(zip(slide.genes.astype(str), gene_variances(slide), strict=True))
        total = variance if number == 0 else {gene: total[gene] + v for gene, v in variance.items() if gene in total}
    if len(slides) > 1 and len(total) < FEWEST_SHARED:
        message = f"{slides[0].name} and {len(slides) - 1} more slides share {len(total)} genes, too few to find niches"
        msg = f"{message} together; look for niches in each slide on its own"
        raise NicheLensError(msg)
    return sorted(sorted(total, key=lambda gene: (-total[gene], gene))[:n])
