"""What methods of `tests.benchmarks.niche_peers` have in common: tables, components, Leiden, mixtures, seeds."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from data_prep.slide import Slide

if TYPE_CHECKING:
    from anndata import AnnData


def as_table(slide: Slide) -> AnnData:
    """Counts and coordinates of a slide as peers read them: float32 CSR counts in `X`, `obsm["spatial"]`."""
    import anndata

    table = anndata.AnnData(sp.csr_matrix(slide.counts, dtype=np.float32))
    table.obs_names = [f"spot{i}" for i in range(slide.n_spots)]
    table.var_names = [str(gene) for gene in slide.genes]
    table.obsm["spatial"] = slide.xy.copy()
    return table


def grid_neighbours(xy: np.ndarray) -> int:
    """Neighbours of a spot on the grid of the slide: 6 (hexagons, Visium), 4 (squares, legacy ST), or 0 (cells)."""
    from sklearn.neighbors import NearestNeighbors

    near = NearestNeighbors(n_neighbors=9).fit(xy).kneighbors(xy)[0][:, 1:]
    step = float(np.median(near[:, 0]))
    if float(np.mean(np.abs(near[:, 0] - step) > 0.15 * step)) > 0.2:  # cells stand at all distances
        return 0
    return 6 if float(np.median((near < 1.25 * step).sum(axis=1))) > 4 else 4


def log_components(
    table: AnnData, n_genes: int, n_components: int, seed: int, *, flavor: str = "seurat", target: float | None = None
) -> None:
    """Depth normalisation, log, variable genes and principal components, as most tutorials do.

    Args:
        table: raw counts; gets `obsm["X_pca"]`.
        n_genes: variable genes to keep; a smaller panel is kept whole.
        n_components: principal components.
        seed: of the components.
        flavor: scanpy's rule for variable genes.
        target: counts of a spot after normalisation; None is the median of the slide.
    """
    import scanpy

    scanpy.pp.filter_genes(table, min_cells=1)
    few = table.n_vars <= n_genes
    if not few and flavor == "seurat_v3":  # reads counts
        scanpy.pp.highly_variable_genes(table, n_top_genes=n_genes, flavor=flavor)
    scanpy.pp.normalize_total(table, target_sum=target)
    scanpy.pp.log1p(table)
    if not few and flavor == "seurat":
        scanpy.pp.highly_variable_genes(table, n_top_genes=n_genes, flavor=flavor)
    scanpy.pp.pca(table, n_comps=min(n_components, table.n_vars - 1, table.n_obs - 1), random_state=seed)


def leiden(table: AnnData, n_niches: int | None, seed: int, resolution: float) -> np.ndarray:
    """Leiden communities of `obsp["connectivities"]`: at a resolution, or as many as asked, by bisection (30 steps)."""
    import scanpy

    def partition(at: float) -> np.ndarray:
        scanpy.tl.leiden(table, resolution=at, random_state=seed, flavor="igraph", n_iterations=2, directed=False)
        return table.obs["leiden"].to_numpy().astype(int)

    if n_niches is None:
        return partition(resolution)
    low, high, best = 0.0, 4.0, partition(resolution)
    for _ in range(30):
        middle = (low + high) / 2
        labels = partition(middle)
        count = labels.max() + 1
        if abs(count - n_niches) < abs(best.max() + 1 - n_niches):
            best = labels
        if count == n_niches:
            break
        low, high = (middle, high) if count < n_niches else (low, middle)
    return best


def mixture(features: np.ndarray, n_niches: int) -> np.ndarray:
    """The Gaussian mixture of R's mclust with one covariance for all components (EEE), which several papers use.

    It starts from Ward's clusters: mclust's own agglomeration takes minutes in Python on a Visium slide.
    """
    from mclust_py import Mclust
    from sklearn.cluster import AgglomerativeClustering

    start = AgglomerativeClustering(n_niches).fit_predict(features)
    return Mclust(features, G=n_niches, model_names=["EEE"], z_init=np.eye(n_niches)[start]).classification


def set_seeds(seed: int) -> None:
    """Seeds every generator that a peer may draw from."""
    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def majority(labels: np.ndarray, xy: np.ndarray, n_neighbours: int) -> np.ndarray:
    """Each spot takes the label that more than half of its neighbours have: how BANKSY refines."""
    from sklearn.neighbors import NearestNeighbors

    near = NearestNeighbors(n_neighbors=n_neighbours + 1).fit(xy).kneighbors(xy)[1][:, 1:]
    names, codes = np.unique(labels, return_inverse=True)
    votes = np.stack([(codes[near] == code).sum(axis=1) for code in range(len(names))], axis=1)
    return names[np.where(votes.max(axis=1) > n_neighbours / 2, votes.argmax(axis=1), codes)]
