"""Niche finding: clusters of neighbouring spots with similar expression, for files without niches.

Steps: normalised counts, principal components, averages over neighbouring spots, a graph that joins similar spots and
near spots, Leiden communities of the graph. The same slide always gives the same niches.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from data_prep.errors import NicheLensError
from data_prep.facts.normalisation import log_normalised
from data_prep.facts.spot_graph import spot_graph
from data_prep.facts.variable_genes import variable_genes
from data_prep.gene_columns import release
from data_prep.slide import MIN_NICHE_SPOTS, Slide

if TYPE_CHECKING:
    import igraph

logger = logging.getLogger(__name__)

RESOLUTIONS = (0.1, 0.2, 0.3, 0.45, 0.65, 0.9, 1.2)
FEWEST, MOST = 4, 10
"""Range of the number of niches: there are ten colours."""
SPATIAL_WEIGHT = 0.5
"""Weight of near spots in the joint graph; similar spots have the rest."""
VARIABLE_GENES = 2000
COMPONENTS = 30
NEIGHBOURS = 15
ROUNDS = 2
"""How often the components are averaged over neighbouring spots."""
SEED = 0
FOUND_NOTE = "niches were found by clustering, they are no annotation ({} niches, Leiden, resolution {:g})"
_GRAPH_SHARE = 0.65
"""Share of the time that the graph takes; the communities have the rest. Measured on 10,000 spots."""

Progress = Callable[[float, str], None]
"""(share that is done, what comes next)."""


def find_niches(slide: Slide, progress: Progress | None = None) -> Slide:
    """The slide with computed niches, called "niche 1", "niche 2", ... from the largest to the smallest.

    Of the `RESOLUTIONS` that give `FEWEST` to `MOST` communities, the most stable one is used: its communities agree
    best (adjusted Rand index) with those of the next resolution. ``meta.niches_from`` and ``meta.notes`` record it.

    Args:
        slide: with or without niches.
        progress: is told the share that is done, 0 to 1, and what comes next; what it raises ends the search.

    Raises:
        NicheLensError: the slide is too small, or all of one kind.
    """
    if slide.n_spots < 4 * MIN_NICHE_SPOTS:
        message = f"{slide.name}: {slide.n_spots} spots are too few to find niches in; give a column with --niche-key"
        raise NicheLensError(message)
    import igraph
    from sklearn.metrics import adjusted_rand_score

    tell = progress or _tell_nobody
    graph = _joint_graph(slide, tell)
    upper = sp.triu(graph, k=1).tocoo()
    joined = igraph.Graph(graph.shape[0], edges=np.stack([upper.row, upper.col], axis=1))
    joined.es["weight"] = upper.data
    partitions = []
    for number, resolution in enumerate(RESOLUTIONS):
        share = _GRAPH_SHARE + (1 - _GRAPH_SHARE) * number / len(RESOLUTIONS)
        tell(share, f"finding communities, {number + 1} of {len(RESOLUTIONS)}")
        partitions.append(_communities(graph, joined, resolution))
    tell(1.0, "niches found")
    count = [int(codes.max()) + 1 for codes in partitions]
    agree = [adjusted_rand_score(a, b) for a, b in pairwise(partitions)]
    wanted = [i for i in range(len(agree)) if FEWEST <= count[i] <= MOST]
    if wanted:
        best = max(wanted, key=lambda i: (agree[i], -i))
        reason = f"of {FEWEST} to {MOST} niches the most stable, adjusted Rand index {agree[best]:.2f} with the next"
    else:
        several = [i for i in range(len(agree)) if count[i] >= 2]
        if not several:
            message = f"{slide.name}: no niches can be found, its spots are all alike; give a column with --niche-key"
            raise NicheLensError(message)
        best = min(several, key=lambda i: (abs(count[i] - FEWEST), i))
        reason = f"no resolution gives {FEWEST} to {MOST} niches; the nearest"
    codes = partitions[best]
    how = f"Leiden, resolution {RESOLUTIONS[best]:g} ({reason}), {count[best]} niches"
    logger.warning("%s: niches found: %s", slide.name, how)
    return replace(
        slide,
        niche=codes.astype(np.int32),
        niches=tuple(f"niche {i + 1}" for i in range(count[best])),
        meta=replace(
            slide.meta, niches_from=how, notes=(*slide.meta.notes, FOUND_NOTE.format(count[best], RESOLUTIONS[best]))
        ),
    )


def _tell_nobody(share: float, what: str) -> None:
    """Progress that nobody asked for."""


def _joint_graph(slide: Slide, tell: Progress) -> sp.csr_matrix:
    import anndata
    import scanpy

    tell(0.0, "comparing the most variable genes")
    near = spot_graph(slide.xy)
    near.data[:] = 1.0
    mean = sp.diags(1 / (np.asarray(near.sum(axis=1)).ravel() + 1)) @ (near + sp.identity(slide.n_spots))
    table = anndata.AnnData(_variable_columns(slide).tocsr())
    n_components = min(COMPONENTS, table.n_vars - 1, table.n_obs - 1)
    scanpy.pp.pca(table, n_comps=n_components, random_state=SEED)
    smooth = table.obsm["X_pca"]
    tell(_GRAPH_SHARE / 2, "joining spots that are near or alike")
    for _ in range(ROUNDS):
        smooth = mean @ smooth
    table.obsm["smooth"] = np.ascontiguousarray(smooth, dtype=np.float32)
    scanpy.pp.neighbors(table, n_neighbors=NEIGHBOURS, use_rep="smooth", transformer="sklearn")
    alike = table.obsp["connectivities"]
    scale = alike.sum() / max(near.sum(), 1)
    return sp.csr_matrix((1 - SPATIAL_WEIGHT) * alike + SPATIAL_WEIGHT * scale * near)


def _variable_columns(slide: Slide) -> sp.csc_matrix:
    """Log-normalised counts of the most variable genes; unlike the whole matrix, they fit into memory."""
    chosen = sorted(slide.gene_index(gene) for gene in variable_genes(slide, VARIABLE_GENES))
    counts = slide.counts[:, chosen]
    release(slide.counts.data, slide.counts.indices)
    return log_normalised(counts, slide.depth)


def _communities(graph: sp.csr_matrix, joined: igraph.Graph, resolution: float) -> np.ndarray:
    """Codes of the communities, 0 for the largest. Small ones are merged into their best-connected neighbour."""
    import random

    import igraph

    igraph.set_random_number_generator(random.Random(SEED))
    communities = joined.community_leiden("modularity", weights="weight", resolution=resolution, n_iterations=4)
    codes = np.asarray(communities.membership)
    while True:
        size = np.bincount(codes)
        order = np.argsort(-size, kind="stable")
        codes = np.argsort(order, kind="stable")[codes]
        size = size[order]
        small = np.flatnonzero((size > 0) & (size < MIN_NICHE_SPOTS))
        if not small.size or np.count_nonzero(size) < 2:
            return codes
        code = int(small[-1])
        edges = np.asarray(graph[codes == code].sum(axis=0)).ravel()
        strength = np.bincount(codes, edges, len(size))
        strength[code] = -1
        codes = np.where(codes == code, int(strength.argmax()), codes)
        _, codes = np.unique(codes, return_inverse=True)
