"""Quality of one slide: depth, genes, families of genes, spacing, and how depth varies over the tissue.

Nothing here needs niches. What is measured of niches is left out on a slide without them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_prep.facts.gene_families import GeneFamily, measure_families
from data_prep.facts.niche_depths import NicheDepth, niche_depths
from data_prep.facts.spatial_blocks import spatial_blocks
from data_prep.facts.spot_spacing import SpotSpacing, measure_spacing
from data_prep.gene_columns import count_detected
from data_prep.read.gene_ids import species_of_symbols
from data_prep.slide import Slide

SHALLOW = 0.1
"""A spot with less than this share of the median counts is nearly empty: rates of single genes in it are noise."""
RARE_SPOTS = 3
"""A gene that is detected in fewer spots has no map."""
PANEL_GENES = 2000
"""A slide with fewer genes has a chosen panel or a filtered list, so families of genes may be missing from it."""


@dataclass(frozen=True, eq=False)
class SlideQuality:
    """What can be told of a slide's quality from its counts, its positions and its names.

    Attributes:
        slide: the slide.
        genes_per_spot: (n_spots,) number of genes with a count.
        detected: (n_genes,) number of spots in which each gene has a count.
        families: the families of genes that the slide has, by name.
        spacing: distances between spots.
        patch_ratio: median depth of the deepest tenth of the tissue's patches over that of the shallowest tenth.
        organism_by_symbols: "human" or "mouse" by the case of the symbols; "" where it does not tell.
        niche_depths: depth of each niche, in the slide's order; none on a slide without niches.
    """

    slide: Slide
    genes_per_spot: np.ndarray
    detected: np.ndarray
    families: dict[str, GeneFamily]
    spacing: SpotSpacing
    patch_ratio: float
    organism_by_symbols: str
    niche_depths: tuple[NicheDepth, ...]

    @classmethod
    def measure(cls, slide: Slide) -> SlideQuality:
        """Measure a slide, with or without niches."""
        genes_per_spot, detected = count_detected(slide.counts)
        return cls(
            slide=slide,
            genes_per_spot=genes_per_spot,
            detected=detected,
            families=measure_families(slide.counts, slide.genes, slide.depth),
            spacing=measure_spacing(slide),
            patch_ratio=_patch_ratio(slide),
            organism_by_symbols=species_of_symbols(slide.genes.astype(object)),
            niche_depths=niche_depths(slide),
        )

    @property
    def depth(self) -> np.ndarray:
        """(n_spots,) total counts."""
        return self.slide.depth

    @property
    def median_depth(self) -> float:
        """Median counts of a spot."""
        return float(np.median(self.depth))

    @property
    def median_genes(self) -> float:
        """Median number of genes of a spot."""
        return float(np.median(self.genes_per_spot))

    @property
    def n_shallow(self) -> int:
        """Spots with less than ``SHALLOW`` of the median counts."""
        return int((self.depth < SHALLOW * self.median_depth).sum())

    @property
    def n_silent_genes(self) -> int:
        """Genes without a count."""
        return int((self.detected == 0).sum())

    @property
    def n_rare_genes(self) -> int:
        """Genes with a count in fewer than ``RARE_SPOTS`` spots, but in one at least."""
        return int(((self.detected > 0) & (self.detected < RARE_SPOTS)).sum())

    @property
    def is_panel(self) -> bool:
        """Whether the slide has a chosen part of the genes only."""
        return self.slide.n_genes < PANEL_GENES

    @property
    def has_symbols(self) -> bool:
        """Whether the genes have symbols; ids tell no family of genes."""
        return self.slide.meta.genes_from != "Ensembl ids"


def _patch_ratio(slide: Slide) -> float:
    """Depth of the deepest tenth of the patches of tissue over that of the shallowest."""
    block = spatial_blocks(slide.xy)
    own = [float(np.median(slide.depth[block == code])) for code in range(int(block.max()) + 1)]
    low, high = np.quantile(own, [0.1, 0.9])
    return float(high / max(low, 1e-9))
