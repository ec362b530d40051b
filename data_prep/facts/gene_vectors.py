"""Gene vectors: genes whose maps are alike have vectors that are alike.

    vectors = GeneVectors.of([slide])
    vectors.similar("PCP4", 10)             # [("SNAP25", 0.83), ...]

The map of a gene is its pooled rate (`pooled_maps`), as log1p of counts per median depth, less its mean, of length 1.
So the product of two maps is their correlation. The vectors are the leading components of all maps, and the product of
two vectors is that correlation without what the components leave out, which is mostly noise. On several slides the
product is the mean over the slides. `docs/embeddings.md` has what was measured, also beside vectors of a vision tower.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from data_prep.errors import NicheLensError, suggest
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.pooled_maps import PooledMaps
from data_prep.facts.shared_genes import genes_on_all
from data_prep.gene_columns import GENE_BLOCK
from data_prep.slide import Slide

COMPONENTS = 50
"""Pairs of genes that surely share their place, or surely do not, are told apart as well as by whole maps."""
LEAST_COUNTS = 5
"""A gene with fewer counts on a slide has no map: its vector is NaN."""
_ROUNDS = 3
"""Rounds of subspace iteration. More change no product of two vectors by 0.01."""
_SPARE = 10
"""Components that are computed beyond those that are kept, so that these are exact enough."""
_SEED = 0
"""Of the first directions."""


@dataclass(frozen=True, eq=False)
class GeneVectors:
    """Vectors of the genes that all slides have.

    Attributes:
        genes: (n_genes,) symbols, in the order of the first slide.
        vectors: (n_genes, n_components) float32, at most 1 long; NaN for a gene with too few counts.
    """

    genes: np.ndarray
    vectors: np.ndarray

    @classmethod
    def of(cls, slides: Sequence[Slide]) -> GeneVectors:
        """The vectors of the genes of some slides, measured on the labelled spots.

        Args:
            slides: at least one.

        Raises:
            NicheLensError: the slides share too few genes, or fewer than two genes have enough counts.
        """
        genes = genes_on_all(slides)
        counted = np.ones(len(genes), bool)
        tissues = [LabelledTissue.of(slide) for slide in slides]
        columns = [np.array([tissue.slide.gene_index(gene) for gene in genes]) for tissue in tissues]
        for tissue, of_slide in zip(tissues, columns, strict=True):
            for start in range(0, len(genes), GENE_BLOCK):
                part = slice(start, start + GENE_BLOCK)
                counted[part] &= np.asarray(tissue.counts(of_slide[part]).sum(axis=0)).ravel() >= LEAST_COUNTS
        if counted.sum() < 2:
            message = (
                f"{slides[0].name}: {counted.sum()} genes have {LEAST_COUNTS} counts or more; gene vectors need two "
                "genes with so many, so use slides with more counts"
            )
            raise NicheLensError(message)
        maps = _Maps(tissues, [of_slide[counted] for of_slide in columns])
        vectors = np.full((len(genes), min(COMPONENTS, maps.n_genes, maps.n_spots)), np.nan, np.float32)
        vectors[counted] = _components(maps, vectors.shape[1])
        return cls(np.array(genes), vectors)

    def similar(self, gene: str, n: int) -> list[tuple[str, float]]:
        """The genes whose vectors are most alike, with the product of both, the greatest first.

        Args:
            gene: symbol.
            n: how many genes.

        Raises:
            NicheLensError: there is no such gene, or it has too few counts for a map.
        """
        rows = np.flatnonzero(self.genes == gene)
        if not len(rows):
            message = f"no gene '{gene}' on all slides; {suggest(gene, self.genes.tolist(), kind='genes')}"
            raise NicheLensError(message)
        row = int(rows[0])
        if np.isnan(self.vectors[row]).any():
            message = f"'{gene}' has fewer than {LEAST_COUNTS} counts on a slide, so no map; choose another gene"
            raise NicheLensError(message)
        product = self.vectors @ self.vectors[row]
        product[row] = np.nan
        order = np.lexsort((self.genes, -product))
        return [(str(self.genes[i]), float(product[i])) for i in order[:n] if not np.isnan(product[i])]


class _Maps:
    """The maps of genes on some slides, a block of genes at a time."""

    def __init__(self, tissues: Sequence[LabelledTissue], columns: Sequence[np.ndarray]) -> None:
        self._columns = columns
        self._makers = [PooledMaps(tissue, within_niche=False) for tissue in tissues]
        self.n_genes = len(columns[0])
        self.n_spots = sum(len(tissue) for tissue in tissues)

    def blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Rows of some genes, and their maps, (n, n_spots) float32; the squared length of each is 1."""
        for start in range(0, self.n_genes, GENE_BLOCK):
            part = slice(start, start + GENE_BLOCK)
            slides = zip(self._makers, self._columns, strict=True)
            yield part, np.concatenate([self._of_slide(maker, codes[part]) for maker, codes in slides], axis=1)

    def _of_slide(self, maker: PooledMaps, codes: np.ndarray) -> np.ndarray:
        tissue = maker.tissue
        rate = np.log1p(maker.rates(tissue.counts(codes)) * tissue.median_depth)
        rate -= rate.mean(axis=0)
        length = np.linalg.norm(rate, axis=0) * np.sqrt(len(self._makers))
        return (rate / np.maximum(length, 1e-12)).T.astype(np.float32)


def _components(maps: _Maps, n: int) -> np.ndarray:
    """The leading n components of maps times their singular values, (n_genes, n): subspace iteration.

    Halko, Martinsson and Tropp, SIAM Review 2011, algorithm 4.4.
    """
    width = min(n + _SPARE, maps.n_genes, maps.n_spots)
    directions = np.random.default_rng(_SEED).standard_normal((maps.n_spots, width)).astype(np.float32)
    for _ in range(_ROUNDS):
        product = np.zeros((maps.n_spots, width))
        for _, block in maps.blocks():
            product += block.T @ (block @ directions)
        directions = np.linalg.qr(product)[0].astype(np.float32)
    projected = np.concatenate([block @ directions for _, block in maps.blocks()]).astype(float)
    left, size, _ = np.linalg.svd(projected, full_matrices=False)
    left = left[:, :n] * np.sign(left[np.abs(left[:, :n]).argmax(axis=0), np.arange(n)])
    return left * size[:n]
