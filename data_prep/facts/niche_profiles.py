"""Niche profiles: the log2 fold changes of all genes in each niche of a slide, shrunken by their errors.

A profile compares a niche with the rest of its own slide. So what differs between two slides as a whole (depth, batch,
fixation) drops out, and profiles of different slides can be set beside each other. Genes of few counts have large
errors and would fill a profile with noise. Each fold change is therefore multiplied by τ² / (τ² + error²), where τ² is
the variance of the true fold changes of the niche: the posterior mean under a normal prior (empirical Bayes; Efron and
Morris, Journal of the American Statistical Association 1973).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data_prep.facts.facts import Facts
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import DETECTED_MIN
from data_prep.facts.spot_set_contrasts import FEWEST_SET_BLOCKS, SetSums, SpotSets, log_rates
from data_prep.gene_columns import GENE_BLOCK

_LEAST_VARIANCE = 1e-3
"""τ² of a niche whose fold changes vary no more than their errors do."""
_LARGEST_ERROR = 10.0
"""Errors count at most so much in the estimate of τ². Fold changes of more than 2^10 do not occur."""


@dataclass(frozen=True, eq=False)
class NicheProfiles:
    """The profiles of the niches of a slide; n is the number of niches with spots.

    Attributes:
        niches: names.
        genes: (n_genes,) the genes that are detected in `marker_rule.DETECTED_MIN` of the spots of some niche.
        weight: (n_genes, n) factor of each fold change, 0..1.
        shrunken: (n_genes, n) log2 fold changes times the weight.
        left_out: (n_blocks, n_genes, n) the same without each spatial block; float32.
        in_blocks: (n,) whether the niche lies in enough blocks for a jackknife over them.
    """

    niches: tuple[str, ...]
    genes: np.ndarray
    weight: np.ndarray
    shrunken: np.ndarray
    left_out: np.ndarray
    in_blocks: np.ndarray

    @classmethod
    def of(cls, facts: Facts, genes: Sequence[str]) -> NicheProfiles:
        """The profiles of a slide.

        Args:
            facts: of the slide.
            genes: the genes that may be used.
        """
        slide, markers = facts.slide, facts.markers
        codes = np.array([slide.niche_index(name) for name in facts.shapes], int)
        columns = np.array([slide.gene_index(gene) for gene in genes], int)
        columns = columns[(markers.frac_in[np.ix_(columns, codes)] >= DETECTED_MIN).any(axis=1)]
        fold, error = (table[np.ix_(columns, codes)].astype(float) for table in (markers.log2fc, markers.error))
        weight = _shrinkage(fold, error)
        left_out, in_blocks = _fold_changes_without_blocks(facts.tissue, columns, codes)
        return cls(
            niches=tuple(facts.shapes),
            genes=slide.genes[columns].astype(str),
            weight=weight,
            shrunken=fold * weight,
            left_out=left_out * weight.astype(np.float32),
            in_blocks=in_blocks,
        )


def _shrinkage(fold: np.ndarray, error: np.ndarray) -> np.ndarray:
    """τ² / (τ² + error²) for each gene and niche, with τ² of each niche by moments."""
    error = np.minimum(error, _LARGEST_ERROR)
    if not len(fold):
        return np.zeros_like(fold)
    variance = np.maximum(fold.var(axis=0) - (error**2).mean(axis=0), _LEAST_VARIANCE)
    return variance / (variance + error**2)


def _fold_changes_without_blocks(
    tissue: LabelledTissue, columns: np.ndarray, codes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Log2 fold changes without each block, (n_blocks, n_genes, n_niches), and which niches lie in enough blocks."""
    sets = SpotSets(tissue.niche, tissue.n_niches)
    left_out = np.zeros((tissue.n_blocks, len(columns), len(codes)), np.float32)
    for start in range(0, len(columns), GENE_BLOCK):
        part = slice(start, start + GENE_BLOCK)
        sums = SetSums.of(tissue, tissue.counts(columns[part]), sets)
        k, d = sums.counts, sums.depth
        inside, outside = log_rates(k, d)[2], log_rates(k.sum(axis=0) - k, d.sum(axis=0) - d)[2]
        left_out[:, part] = (inside - outside)[codes].transpose(1, 2, 0)
    spots = np.zeros((tissue.n_niches, tissue.n_blocks), int)
    np.add.at(spots, (tissue.niche, tissue.block), 1)
    return left_out, (spots > 0).sum(axis=1)[codes] >= FEWEST_SET_BLOCKS
