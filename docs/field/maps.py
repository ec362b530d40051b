"""Compares predicted maps of genes with measured ones, for the two imputation tasks of docs/field_tasks.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import scipy.sparse as sp
from field.task_metrics import Scored, cosine, divergence, medians, pearson, ssim

from data_prep.pooling import pooling_matrix

WINDOW = 19
"""Spots of a window of the local similarity: a spot and two rings of a hexagonal grid."""
MAP_SCORES = ("PCC", "cosine", "SSIM", "local SSIM", "JS")


def map_scores(truth: np.ndarray, map_: np.ndarray, windows: sp.spmatrix) -> np.ndarray:
    """(5, n_genes) scores of `MAP_SCORES`; JS is better the smaller it is."""
    scores: tuple[Callable[[], np.ndarray], ...] = (
        lambda: pearson(truth, map_),
        lambda: cosine(truth, map_),
        lambda: ssim(truth, map_),
        lambda: ssim(truth, map_, windows),
        lambda: divergence(truth, map_),
    )
    return np.array([score() for score in scores])


def compare_maps(
    parts: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]],
    maps: Mapping[str, Sequence[np.ndarray]],
) -> tuple[tuple[Scored, ...], int]:
    """Medians over the genes, and the number of genes.

    Args:
        parts: (positions, genes, measured maps) of each section.
        maps: way → (n_spots, n_genes) maps of each section, at least 0.
    """
    names = np.unique(np.concatenate([genes for _, genes, _ in parts]))
    windows = [pooling_matrix(xy, min(WINDOW, len(xy))) for xy, _, _ in parts]
    by_gene = {}
    for way, of_section in maps.items():
        total, seen = np.zeros((len(MAP_SCORES), len(names))), np.zeros(len(names))
        for (_, genes, truth), window, map_ in zip(parts, windows, of_section, strict=True):
            code = np.searchsorted(names, genes)
            total[:, code] += map_scores(truth, map_, window)
            seen[code] += 1
        by_gene[way] = total / seen
    scored = []
    for way, values in by_gene.items():
        found = {name: medians(values[index]) for index, name in enumerate(MAP_SCORES)}
        scored.append(Scored(way, {name: estimate for name, (estimate, _) in found.items()}, found["PCC"][1]))
    return tuple(scored), len(names)
