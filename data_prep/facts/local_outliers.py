"""Local outliers: spots that differ from their own neighbours, not from the whole slide.

A threshold for the whole slide discards whole niches with little RNA. So each spot is compared with its nearest spots
by a robust z score (median and median absolute deviation), for the total counts, the number of genes and the
mitochondrial share. The idea is that of SpotSweeper (Totty et al. 2025, Nature Methods), which takes 36 neighbours.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from data_prep.facts.depth_residuals import robust_fit
from data_prep.facts.gene_families import MITOCHONDRIAL, measure_families
from data_prep.facts.stripe_scan import SPREAD
from data_prep.gene_columns import count_detected
from data_prep.slide import Slide

NEIGHBOURS = 36
"""Three rings of a hexagonal array, as in SpotSweeper."""
Z_CUT = 4.0
"""SpotSweeper cuts at 3. There 1 in 500 spots of clean synthetic tissue stands out; at 4, 1 in 5,000."""
FEWEST_SPOTS = 3 * NEIGHBOURS
SMALLEST_DETECTED = 0.15
"""Least spread of log2 genes detected. A panel of which every cell shows all genes has none."""
LOG2E = 1.4427


def local_outliers(slide: Slide, depths: list[np.ndarray], usable: np.ndarray) -> np.ndarray:
    """Which spots stand out among their neighbours: boolean (n_spots,).

    Args:
        slide: the slide.
        depths: log2 depth as it is and without what biology explains, (n_spots,) each. A spot stands out if it is low
            in both: a cell of a small type is low in the first, a wrong label in the second.
        usable: (n_spots,) the spots that are compared; the others belong to another artefact.
    """
    outlier = np.zeros(slide.n_spots, bool)
    members = np.flatnonzero(usable)
    if len(members) < FEWEST_SPOTS:
        return outlier
    xy = slide.xy[members]
    _, near = cKDTree(xy).query(xy, k=NEIGHBOURS + 1)
    near = near[:, 1:]
    detected, _ = count_detected(slide.counts)
    mitochondrial = measure_families(slide.counts, slide.genes, slide.depth).get(MITOCHONDRIAL)
    typical = float(np.median(slide.depth[members]))
    noise = LOG2E / np.sqrt(max(typical, 1.0))
    low_depth = np.maximum.reduce([_local_z(depth[members], near, noise) for depth in depths]) <= -Z_CUT
    log_detected = np.log2(detected[members] + 0.5)
    # A poor spot has few genes. Here only fewer than its depth explains count, or it would be found twice.
    complexity = log_detected - _quadratic_fit(np.log2(slide.depth[members] + 0.5), log_detected)
    noise = max(SMALLEST_DETECTED, LOG2E / np.sqrt(max(float(np.median(detected[members])), 1.0)))
    few_genes = [_local_z(value, near, noise) for value in (log_detected, complexity)]
    stands_out = low_depth | (np.maximum(*few_genes) <= -Z_CUT)
    if mitochondrial is not None:
        share = mitochondrial.share[members]
        floor = np.sqrt(max(float(np.median(share)), 1e-3) / max(typical, 1.0))
        stands_out |= _local_z(share, near, floor) >= Z_CUT
    outlier[members] = stands_out
    return outlier


def _quadratic_fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    columns = np.stack([np.ones_like(x), x, x**2], axis=1)
    return robust_fit(columns, y)


def _local_z(value: np.ndarray, near: np.ndarray, least_spread: float) -> np.ndarray:
    around = value[near]
    middle = np.median(around, axis=1)
    spread = SPREAD * np.median(np.abs(around - middle[:, None]), axis=1)
    return (value - middle) / np.maximum(spread, least_spread)
