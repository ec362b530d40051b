"""Gene vectors: genes whose maps are alike have vectors that are alike.

    GeneVectors.of([slide]).vectors         # (n_genes, 50)
    like_maps(slide, "PCP4", 10)            # [("PCP4L1", 0.66), ...]

The map of a gene is its pooled rate (`pooled_maps`), as log1p of counts per median depth, less its mean, of length 1.
So the product of two maps is their correlation. The vectors are the leading components of all maps, and the product of
two vectors is that correlation without what the components leave out, which is mostly noise. On several slides the
product is the mean over the slides. `docs/embeddings.md` has what was measured, also beside vectors of a vision tower.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from data_prep.errors import NicheLensError
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
_MAP_ENTRIES = 2**23
"""Spots × genes whose maps are made at once: 64 MB each time that they are copied."""


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
    def of(cls, slides: Sequence[Slide], genes: Sequence[str] | None = None) -> GeneVectors:
        """The vectors of the genes of some slides, measured on the labelled spots.

        Args:
            slides: at least one.
            genes: those that are wanted, which all slides have; None for all that they share.

        Raises:
            NicheLensError: the slides share too few genes, or fewer than two genes have enough counts.
        """
        genes = genes_on_all(slides) if genes is None else genes
        tissues = [LabelledTissue.of(slide) for slide in slides]
        columns = [np.array([tissue.slide.gene_index(gene) for gene in genes]) for tissue in tissues]
        counted = np.all([_enough_counts(*one) for one in zip(tissues, columns, strict=True)], axis=0)
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


def like_maps(slide: Slide, gene: str, n: int) -> list[tuple[str, float]]:
    """The genes whose maps correlate most with that of a gene, with the correlation, the highest first.

    Whole maps are compared, which is a little better than `GeneVectors` where counts are few.

    Args:
        slide: with niches.
        gene: symbol.
        n: how many genes.

    Raises:
        NicheLensError: there is no such gene, or it has too few counts for a map.
    """
    tissue, asked = LabelledTissue.of(slide), slide.gene_index(gene)
    codes = np.flatnonzero(_enough_counts(tissue, np.arange(slide.n_genes)))
    if asked not in codes:
        message = f"{slide.name}: '{gene}' has fewer than {LEAST_COUNTS} counts, so no map; choose another gene"
        raise NicheLensError(message)
    (_, own), *_ = _Maps([tissue], [np.array([asked])]).blocks()
    correlation = np.concatenate([block @ own[0] for _, block in _Maps([tissue], [codes]).blocks()])
    order = [i for i in np.lexsort((slide.genes[codes], -correlation)) if codes[i] != asked][:n]
    return [(str(slide.genes[codes[i]]), float(correlation[i])) for i in order]


def _enough_counts(tissue: LabelledTissue, columns: np.ndarray) -> np.ndarray:
    """Which genes have enough counts for a map, boolean of the shape of their columns."""
    blocks = [columns[start : start + GENE_BLOCK] for start in range(0, len(columns), GENE_BLOCK)]
    totals = [np.asarray(tissue.counts(block).sum(axis=0)).ravel() for block in blocks]
    return np.concatenate(totals) >= LEAST_COUNTS


class _Maps:
    """The maps of genes on some slides, a block of genes at a time."""

    def __init__(self, tissues: Sequence[LabelledTissue], columns: Sequence[np.ndarray]) -> None:
        self._columns = columns
        self._makers = [PooledMaps(tissue, within_niche=False) for tissue in tissues]
        self.n_genes = len(columns[0])
        self.n_spots = sum(len(tissue) for tissue in tissues)
        self._at_once = int(np.clip(_MAP_ENTRIES // max(self.n_spots, 1), 1, GENE_BLOCK))

    def blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Rows of some genes, and their maps, (n, n_spots) float32; the squared length of each is 1."""
        for start in range(0, self.n_genes, self._at_once):
            part = slice(start, start + self._at_once)
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
