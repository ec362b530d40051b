"""Niche differences: how much more of each gene one niche has than another, on two slides or on one.

Two slides: the difference of the two log2 fold changes of a niche over the rest of its own slide. The error is
√(error_a² + error_b²): the slides are independent. That one fold change is significant and the other is not, is no
difference (Gelman and Stern, The American Statistician 2006), so the difference itself is tested.

One slide: the log2 ratio of the rates in two niches (`spot_set_contrasts`).

Both have the error, the Wald test and the limits of the marker rule. Its q is adjusted over all genes compared, not
only over those that are asked about, because differences choose which genes are asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.marker_rule import label_genes
from data_prep.facts.measurement import Measurement
from data_prep.facts.shared_genes import shared_genes
from data_prep.facts.spot_set_contrasts import SetSums, SpotSets, log_ratios
from data_prep.gene_columns import GENE_BLOCK


@dataclass(frozen=True, eq=False)
class NicheDifferences:
    """Differences of two niches, the second less the first; arrays have one value for each gene.

    Attributes:
        genes: symbols.
        value: log2 difference.
        error: its standard error; infinite where a niche has no spots.
        q_value: Benjamini-Hochberg adjusted p of the Wald test against no difference, over all these genes.
        higher: label of `marker_rule` for "at least twofold higher in the second niche": a marker of it against the
            first, no marker, or unclear.
        lower: the same for "at least twofold lower in the second niche".
    """

    genes: np.ndarray
    value: np.ndarray
    error: np.ndarray
    q_value: np.ndarray
    higher: np.ndarray
    lower: np.ndarray

    @classmethod
    def of_slides(cls, a: Facts, niche_a: str, b: Facts, niche_b: str) -> NicheDifferences:
        """The differences of the fold changes of a niche on slide b and on slide a.

        Raises:
            NicheLensError: a slide has no such niche, or they share too few genes.
        """
        genes = shared_genes(a.slide, b.slide)
        rows_a, rows_b = (np.array([facts.slide.gene_index(gene) for gene in genes]) for facts in (a, b))
        column_a, column_b = _column(a, niche_a), _column(b, niche_b)
        fold_a, fold_b = a.markers.log2fc[rows_a, column_a], b.markers.log2fc[rows_b, column_b]
        error_a, error_b = a.markers.error[rows_a, column_a], b.markers.error[rows_b, column_b]
        detected = a.markers.frac_in[rows_a, column_a], b.markers.frac_in[rows_b, column_b]
        return cls._tested(np.array(genes), fold_b.astype(float) - fold_a, np.hypot(error_a, error_b), *detected)

    @classmethod
    def of_niches(cls, facts: Facts, first: str, second: str) -> NicheDifferences:
        """The log2 ratios of the rates in the second niche and in the first, on one slide.

        Raises:
            NicheLensError: the slide has no such niche, or the two are one.
        """
        tissue, slide = facts.tissue, facts.slide
        if first == second:
            message = f"{slide.name}: '{first}' is compared with itself; choose another niche"
            raise NicheLensError(message)
        columns = _column(facts, first), _column(facts, second)
        code = np.full(tissue.n_niches, -1)
        code[list(columns)] = 0, 1
        sets = SpotSets(code[tissue.niche], 2)
        parts = []
        for start in range(0, slide.n_genes, GENE_BLOCK):
            sums = SetSums.of(tissue, tissue.counts(slice(start, start + GENE_BLOCK)), sets)
            parts.append(log_ratios(sums.counts[1], sums.depth[1], sums.counts[0], sums.depth[0], sums))
        value, error, *_ = (np.concatenate(part) for part in zip(*parts, strict=True))
        detected = (facts.markers.frac_in[:, column] for column in columns)
        return cls._tested(slide.genes.astype(str), value, error, *detected)

    @classmethod
    def _tested(
        cls, genes: np.ndarray, value: np.ndarray, error: np.ndarray, frac_first: np.ndarray, frac_second: np.ndarray
    ) -> NicheDifferences:
        """Adds q values and labels to differences."""
        from scipy.special import ndtr
        from scipy.stats import false_discovery_control

        q_value = false_discovery_control(np.minimum(2 * ndtr(-np.abs(value / error)), 1.0))
        higher = label_genes(value, error, q_value, frac_second)
        lower = label_genes(-value, error, q_value, frac_first)
        return cls(genes, value, error, q_value, higher, lower)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {str(gene): row for row, gene in enumerate(self.genes)}

    def row(self, gene: str) -> int:
        """The place of a gene in the arrays.

        Raises:
            NicheLensError: it is not among the genes that are compared.
        """
        if gene not in self._rows:
            message = f"no gene '{gene}' among the {len(self.genes):,} genes that are compared"
            raise NicheLensError(message)
        return self._rows[gene]

    def of(self, gene: str) -> Measurement:
        """The difference of a gene with its error."""
        row = self.row(gene)
        return Measurement(float(self.value[row]), float(self.error[row]))


def _column(facts: Facts, niche: str) -> int:
    """Code of a niche that has spots."""
    code = facts.slide.niche_index(niche)
    if niche not in facts.shapes:
        message = f"{facts.slide.name}: niche '{niche}' has no spots; choose one of {', '.join(facts.shapes)}"
        raise NicheLensError(message)
    return code
