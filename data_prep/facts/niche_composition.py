"""Composition of niches: the share of each cell type among the cells of a niche, where a slide has cell types."""

from __future__ import annotations

import numpy as np

from data_prep.facts.block_jackknife import share_with_error
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.measurement import Measurement


def measure_composition(tissue: LabelledTissue) -> dict[str, dict[str, Measurement]]:
    """Niche → cell type → share of the cells that have a type, 0..1; empty if the slide has no cell types.

    An error is the larger of that of independent cells and the block jackknife, as for niche shapes. Niches without
    such cells have no entry.
    """
    slide = tissue.slide
    if not slide.cell_types:
        return {}
    cell_type = slide.cell_type[tissue.spots]
    typed = cell_type >= 0
    cells = np.zeros((tissue.n_niches, len(slide.cell_types), tissue.n_blocks), int)
    np.add.at(cells, (tissue.niche[typed], cell_type[typed], tissue.block[typed]), 1)
    share, error = share_with_error(cells, cells.sum(axis=1, keepdims=True))
    return {
        slide.niches[code]: {
            name: Measurement(float(share[code, number]), float(error[code, number]))
            for number, name in enumerate(slide.cell_types)
        }
        for code in np.flatnonzero(cells.any(axis=(1, 2)))
    }
