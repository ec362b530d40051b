"""Spot vectors: spots of several slides whose surroundings express alike have vectors that are alike.

    vectors = SpotVectors.of([slide_a, slide_b])
    vectors.of_slide[0]                     # (n_spots, 30), in the order of the slide's spots

Steps, all on the genes that every slide has: log1p of counts per median depth; the most variable genes; each gene less
its mean on the slide and over its standard deviation there, which takes away what differs between slides as a whole
(depth, batch, fixation); principal components of all slides, each with the same weight; the mean over the nearest
spots. The cosine of two vectors says how alike two places are. `docs/embeddings.md` has what was measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from data_prep import pooling
from data_prep.facts.normalisation import log_normalised
from data_prep.facts.shared_genes import genes_on_all
from data_prep.gene_columns import GENE_BLOCK, release
from data_prep.slide import Slide

VARIABLE_GENES = 2000
COMPONENTS = 30
LARGEST_POOL = 19
"""Spots that are averaged, at most: a spot and its first two rings. On small slides fewer, as in pictures."""
_SPOTS_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class SpotVectors:
    """Vectors of the spots of some slides, which can be compared with each other.

    Attributes:
        genes: (n_genes,) the genes that were used.
        of_slide: for each slide (n_spots, n_components) float32, in the order of its spots; labels play no part.
    """

    genes: np.ndarray
    of_slide: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, slides: Sequence[Slide]) -> SpotVectors:
        """The vectors of all spots of some slides.

        Args:
            slides: at least one.

        Raises:
            NicheLensError: the slides share too few genes.
        """
        genes = _most_variable(slides, genes_on_all(slides))
        values = [ScaledValues.of(slide, genes) for slide in slides]
        products = np.mean([part.correlation() for part in values], axis=0)
        directions = _leading(products, min(COMPONENTS, len(genes)))
        return cls(np.array(genes), tuple(part.pooled(directions) for part in values))


@dataclass(frozen=True, eq=False)
class ScaledValues:
    """Log-normalised values of some genes on one slide, of which each gene is taken less its mean, over its spread.

    Attributes:
        slide: the slide.
        order: (n_spots,) its spots, sorted by position, so that no sum depends on their order.
        values: (n_spots, n_genes) log-normalised counts in that order.
        mean: (n_genes,) mean.
        spread: (n_genes,) standard deviation, at least a tiny number.
    """

    slide: Slide
    order: np.ndarray
    values: sp.csr_matrix
    mean: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, slide: Slide, genes: Sequence[str]) -> ScaledValues:
        """The values of a slide.

        Args:
            slide: the slide; its labels play no part.
            genes: symbols of genes that it has.
        """
        order = np.lexsort((slide.name_rank, slide.depth, *slide.xy.T))
        counts = slide.counts[:, [slide.gene_index(gene) for gene in genes]]
        values = log_normalised(counts, slide.depth).tocsr()[order]
        release(slide.counts.data, slide.counts.indices)
        mean, spread = (part.ravel() for part in _moments(values))
        return cls(slide, order, values, mean, np.maximum(spread, 1e-6))

    def correlation(self) -> np.ndarray:
        """(n_genes, n_genes) correlation of the genes over the spots."""
        products = np.zeros((len(self.mean), len(self.mean)))
        for _, block in self._blocks():
            products += block.T @ block
        return products / len(self.order)

    def pooled(self, directions: np.ndarray) -> np.ndarray:
        """(n_spots, n) components of the spots along some directions, (n_genes, n), as means over the nearest spots."""
        components = np.zeros((len(self.order), directions.shape[1]))
        for rows, block in self._blocks():
            components[rows] = block @ directions
        size = pooling.largest_pool(len(self.order), LARGEST_POOL)
        mean = pooling.pooling_matrix(self.slide.xy[self.order], size) @ components / size
        vectors = np.empty(mean.shape, np.float32)
        vectors[self.order] = mean
        return vectors

    def _blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Rows of some spots, and their values less the mean, over the spread, float64."""
        for start in range(0, len(self.order), _SPOTS_AT_ONCE):
            rows = slice(start, start + _SPOTS_AT_ONCE)
            yield rows, (self.values[rows].toarray() - self.mean) / self.spread


def _most_variable(slides: Sequence[Slide], genes: Sequence[str]) -> list[str]:
    """The genes with the largest share of the variance of their slide, as a mean over the slides."""
    share = np.zeros(len(genes))
    for slide in slides:
        order = np.lexsort((slide.name_rank, slide.depth, *slide.xy.T))
        variance = np.zeros(len(genes))
        columns = np.array([slide.gene_index(gene) for gene in genes])
        for start in range(0, len(genes), GENE_BLOCK):
            part = slice(start, start + GENE_BLOCK)
            variance[part] = (
                _moments(log_normalised(slide.counts[:, columns[part]], slide.depth).tocsr()[order])[1] ** 2
            )
            release(slide.counts.data, slide.counts.indices)
        share += variance / max(variance.sum(), 1e-12)
    return [genes[i] for i in np.sort(np.argsort(-share, kind="stable")[:VARIABLE_GENES])]


def _moments(values: sp.csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each column, float64."""
    mean, squares = (np.asarray(part.mean(axis=0, dtype=np.float64)).ravel() for part in (values, values.power(2)))
    return mean, np.sqrt(np.maximum(squares - mean**2, 0.0))


def _leading(products: np.ndarray, n: int) -> np.ndarray:
    """(n_genes, n) leading eigenvectors of a symmetric matrix, each with a positive largest entry."""
    from scipy.linalg import eigh

    last = len(products) - 1
    vectors = eigh(products, subset_by_index=[last - n + 1, last])[1][:, ::-1]
    return vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(n)])
