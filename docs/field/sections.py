"""Labelled sections for the tasks of docs/field_tasks.md, and which of them teach and which are held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import MarkerTable, measure_markers
from data_prep.facts.normalisation import log_normalised
from data_prep.facts.spatial_blocks import spatial_blocks
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.slide import Slide

NO_LABELS = frozenset({"Ambiguous", "undetermined"})
"""Labels that name no class: cells without a type (Moffitt 2018), spots without a verdict (Andersson 2021)."""


@dataclass(frozen=True, eq=False)
class Section:
    """One slice with the labels of its spots.

    Attributes:
        slide: the slice; its niches are the labels.
        kind: "region" or "cell_type", the column of the labels.
    """

    slide: Slide
    kind: str

    @property
    def name(self) -> str:
        """Name of the slice."""
        return self.slide.meta.slice or self.slide.name

    @cached_property
    def label(self) -> np.ndarray:
        """(n_spots,) labels, "" for a spot without one."""
        named = [*("" if niche in NO_LABELS else niche for niche in self.slide.niches), ""]
        return np.array(named, dtype=object)[self.slide.niche]

    @cached_property
    def value(self) -> sp.csc_matrix:
        """(n_spots, n_genes) log1p of the counts per median depth."""
        return log_normalised(self.slide.counts, self.slide.depth)

    @cached_property
    def markers(self) -> MarkerTable:
        """The marker table of the labels."""
        return measure_markers(LabelledTissue.of(self.slide))

    @cached_property
    def block(self) -> np.ndarray:
        """(n_spots,) patch of tissue of each spot, the unit of the bootstrap."""
        return spatial_blocks(self.slide.xy)


@dataclass(frozen=True, eq=False)
class Fold:
    """A held-out section and the sections that may be learnt from.

    Attributes:
        held_out: the section that is predicted.
        training: sections of other donors where there are any, else the other sections of its donor.
        by_donor: whether the donor of the held-out section is unseen.
    """

    held_out: Section
    training: tuple[Section, ...]
    by_donor: bool


def read_sections(path: Path, kind: str) -> list[Section]:
    """The labelled slices of a file; none if the file has no column of that kind."""
    from anndata import read_h5ad

    backed = read_h5ad(path, backed="r")
    known = kind in backed.obs
    backed.file.close()
    if not known:
        return []
    slides = read_slides(path, ReadOptions((kind,), drop_small_niches=True))
    return [Section(slide, kind) for slide in slides]


def folds(sections: Sequence[Section]) -> list[Fold]:
    """Each section held out once. Sections of one donor never stand on both sides if there are two donors."""
    donors = {section.slide.meta.donor for section in sections}
    found = []
    for section in sections:
        others = [
            other
            for other in sections
            if other is not section and (len(donors) == 1 or other.slide.meta.donor != section.slide.meta.donor)
        ]
        if others:
            found.append(Fold(section, tuple(others), len(donors) > 1))
    return found


def how_held_out(parts: Sequence[Fold]) -> str:
    """What is unseen in the held-out sections, for people."""
    return "other donors" if parts[0].by_donor else "other sections of one donor"
