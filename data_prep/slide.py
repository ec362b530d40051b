"""Slide: one tissue section, validated once, so that all later code can trust it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

from data_prep.errors import NicheLensError, suggest
from data_prep.gene_columns import totals

if TYPE_CHECKING:
    from data_prep.knowledge.on_slide import SlideKnowledge

MIN_NICHE_SPOTS = 10
"""Below ten spots a rank test can hardly reach q < 0.01 over thousands of genes, and a map of the niche shows dots."""


@dataclass(frozen=True)
class SlideMeta:
    """Where a slide comes from and how it was read. Unknown values are empty strings.

    Attributes:
        organism: for example "human".
        tissue: for example "breast cancer".
        technology: for example "Visium".
        donor: the person or animal that the tissue comes from.
        slice: name of the section in its file.
        unit: unit of the coordinates, "pixel" or "micron".
        y_axis: "down" if y grows downwards in the file, "up" if it was turned, "assumed down" if unspecified.
        niches_from: the obs column of the niches, or how they were computed.
        genes_from: what the gene names are, and how they were made if they were not symbols.
        notes: what was left out or changed when the slide was read, one sentence each, for people.
        choices: how preprocessing was chosen by count splitting, in plain types; None if it was not
            (`facts.choices.choice_record.Choices.to_json`).
    """

    organism: str = ""
    tissue: str = ""
    technology: str = ""
    donor: str = ""
    slice: str = ""
    unit: str = ""
    y_axis: str = ""
    niches_from: str = ""
    genes_from: str = ""
    notes: tuple[str, ...] = ()
    choices: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain types; without `choices` if there are none, so that the record of such a slide stays what it was."""
        record = asdict(self)
        if self.choices is None:
            del record["choices"]
        return record

    @property
    def origin(self) -> list[str]:
        """Organism, tissue and technology, those that are known."""
        return [part for part in (self.organism, self.tissue, self.technology) if part]


@dataclass(frozen=True, eq=False)
class Slide:
    """One tissue section.

    The y axis points down, as in an image: row 0 of every figure is the smallest y. This holds for Visium and for every
    format whose coordinates are pixels of an image. Read a file whose y points up with `y_axis="up"`: otherwise it is
    drawn upside down, and "upper" in a description means the bottom of the tissue.

    Attributes:
        name: `filestem`, or `filestem:slice` where the file holds several slices.
        counts: raw counts, float32 CSC of shape (n_spots, n_genes), finite and ≥ 0, no all-zero spot. The columns of a
            large slide are memory-mapped files, so read blocks of genes: ``counts[:, a:b]``.
        xy: spot coordinates, float64 of shape (n_spots, 2), finite, with an extent on both axes.
        genes: unique gene symbols, shape (n_genes,).
        niche: codes into `niches`, int32 of shape (n_spots,); -1 is a spot without a niche.
        niches: names of the niches, each with at least `MIN_NICHE_SPOTS` spots. Empty if none were read.
        meta: where the slide comes from and how it was read.
        cell_type: codes into `cell_types`, int32 of shape (n_spots,); -1 is unknown. Empty if none were read.
        cell_types: names of the cell types; empty if none were read.
        spot_names: names of the spots, as in obs_names, shape (n_spots,). Empty if the slide was not read from a file.
        knowledge: what the user's files say of the slide's genes; None if there are none. It is no part of the file.
    """

    name: str
    counts: sp.csc_matrix
    xy: np.ndarray
    genes: np.ndarray
    niche: np.ndarray
    niches: tuple[str, ...]
    meta: SlideMeta
    cell_type: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    cell_types: tuple[str, ...] = ()
    spot_names: np.ndarray = field(default_factory=lambda: np.zeros(0, str))
    knowledge: SlideKnowledge | None = None

    @property
    def n_spots(self) -> int:
        """Number of spots (cells, beads)."""
        return int(self.counts.shape[0])

    @property
    def n_genes(self) -> int:
        """Number of genes."""
        return int(self.counts.shape[1])

    @property
    def has_niches(self) -> bool:
        """Whether the slide has named niches."""
        return bool(self.niches)

    @cached_property
    def depth(self) -> np.ndarray:
        """Total counts of each spot, float64 of shape (n_spots,)."""
        return totals(self.counts)

    @cached_property
    def name_rank(self) -> np.ndarray:
        """(n_spots,) place of each spot's name among the sorted names; zeros where spots have no names.

        It tells spots at one position apart, whatever their order in the file.
        """
        rank = np.zeros(self.n_spots, np.int64)
        if len(self.spot_names):
            rank[np.argsort(self.spot_names, kind="stable")] = np.arange(self.n_spots)
        return rank

    @cached_property
    def _gene_codes(self) -> dict[str, int]:
        return {str(gene): code for code, gene in enumerate(self.genes)}

    def has_gene(self, symbol: str) -> bool:
        """Whether the slide has a gene."""
        return symbol in self._gene_codes

    def gene_index(self, symbol: str) -> int:
        """Column of a gene.

        Raises:
            NicheLensError: the slide does not have the gene; names the closest symbols.
        """
        code = self._gene_codes.get(symbol)
        if code is None:
            message = f"{self.name}: no gene '{symbol}'; {suggest(symbol, self._gene_codes, kind='genes')}"
            raise NicheLensError(message)
        return code

    def niche_index(self, name: str) -> int:
        """Code of a niche.

        Raises:
            NicheLensError: the slide does not have the niche; names those it has.
        """
        if name not in self.niches:
            hint = suggest(name, self.niches, kind="niches", show_all=True)
            message = f"{self.name}: no niche '{name}'; {hint}"
            raise NicheLensError(message)
        return self.niches.index(name)

    def spots_of(self, niche: str) -> np.ndarray:
        """Boolean mask of the spots of a niche, shape (n_spots,)."""
        return self.niche == self.niche_index(niche)

    def with_counts(self, counts: sp.spmatrix | sp.sparray | np.ndarray) -> Slide:
        """The same tissue with other counts of the same shape (thinned, shuffled)."""
        if counts.shape != self.counts.shape:
            message = f"{self.name}: counts of shape {counts.shape} cannot replace counts of shape {self.counts.shape}"
            raise NicheLensError(message)
        return replace(self, counts=sp.csc_matrix(counts, dtype=np.float32))
