"""Methods that find niches, each with the settings of its own tutorial: what `tests.benchmarks.niche_bench` compares.

A method takes a slide without niches, the number of niches (None: it finds the number itself) and a seed, and returns
one label for each spot. The packages are the extra `peers`.
Settings are those of each method's documentation or paper, and the same for all slides, except where the method itself
has one setting for spots on a grid and one for cells. None of them was tuned here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from data_prep.slide import Slide
from tests.benchmarks.niche_peer_parts import (
    as_table,
    grid_neighbours,
    leiden,
    log_components,
    majority,
    mixture,
    set_seeds,
)

if TYPE_CHECKING:
    from anndata import AnnData

Finder = Callable[[Slide, int | None, int], np.ndarray]
"""(slide without niches, number of niches or None, seed) → labels, shape (n_spots,)."""


@dataclass(frozen=True)
class Method:
    """One way to find niches.

    Attributes:
        label: what the table calls it.
        package: what `pip` calls it; "" for what NicheLens installs anyway.
        settings: the settings used and where they come from, for the documentation.
        find: runs it.
    """

    label: str
    package: str
    settings: str
    find: Finder


def find_ours(slide: Slide, n_niches: int | None, seed: int) -> np.ndarray:
    """The finder of this repository, which needs no seed."""
    from data_prep.facts.niche_finding import find_niches
    from data_prep.niche_options import NicheOptions

    return find_niches([slide], NicheOptions(n_niches=n_niches)).slides[0].niche


def find_blind(slide: Slide, n_niches: int | None, seed: int) -> np.ndarray:
    """Leiden on expression alone, which never sees where a spot lies: the control."""
    import scanpy

    table = as_table(slide)
    log_components(table, 2000, 50, seed)
    scanpy.pp.neighbors(table, random_state=seed)
    return leiden(table, n_niches, seed, 1.0)


def find_nichepca(slide: Slide, n_niches: int | None, seed: int) -> np.ndarray:
    """NichePCA (Schaub et al. 2025)."""
    import nichepca
    import scanpy

    table = as_table(slide)
    nichepca.wf.nichepca(table, knn=25)
    scanpy.pp.neighbors(table, use_rep="X_npca", random_state=seed)
    if n_niches is None:
        return leiden(table, None, seed, 0.5)
    nichepca.cl.leiden_with_nclusters(table, n_niches, seed=seed)
    return table.obs["leiden"].to_numpy()


def find_spatialleiden(slide: Slide, n_niches: int | None, seed: int) -> np.ndarray:
    """SpatialLeiden (Müller-Bötticher et al. 2025)."""
    import scanpy
    import spatialleiden
    import squidpy

    table = as_table(slide)
    grid = grid_neighbours(slide.xy)
    log_components(table, 3000, 30, seed, flavor="seurat_v3", target=1e4 if grid else None)
    scanpy.pp.neighbors(table, random_state=seed)
    if grid:
        squidpy.gr.spatial_neighbors(table, coord_type="grid", n_neighs=grid)
        options: dict[str, Any] = {"directed": (False, False), "layer_ratio": 0.7}
    else:
        squidpy.gr.spatial_neighbors(table, coord_type="generic", n_neighs=10)
        distances = table.obsp["spatial_distances"]
        table.obsp["spatial_connectivities"] = spatialleiden.distance2connectivity(distances)
        options = {"directed": (False, True), "layer_ratio": 1.8}
    options["random_state"] = seed
    if n_niches is None:
        spatialleiden.spatialleiden(table, **options)
    else:
        latent = {"random_state": seed}
        spatialleiden.search_resolution(table, n_niches, latent_kwargs=latent, spatial_kwargs=options)
    return table.obs["spatialleiden"].to_numpy()


def find_banksy(slide: Slide, n_niches: int | None, seed: int) -> np.ndarray:
    """BANKSY (Singhal et al. 2024), refined once over six neighbours as in its tutorials."""
    import matplotlib as mpl

    mpl.use("agg")
    import scanpy
    from banksy.cluster_methods import run_Leiden_partition
    from banksy.embed_banksy import generate_banksy_matrix
    from banksy.initialize_banksy import initialize_banksy
    from banksy_utils.filter_utils import filter_hvg
    from banksy_utils.umap_pca import pca_umap

    set_seeds(seed)
    table = as_table(slide)
    grid = grid_neighbours(slide.xy)
    scanpy.pp.filter_genes(table, min_cells=1)
    scanpy.pp.normalize_total(table)
    if table.n_vars > 2000:
        table = filter_hvg(table, n_top_genes=2000, flavor="seurat")[0].copy()
    table.obs["x"], table.obs["y"] = slide.xy.T
    drawn = {f"plt_{name}": False for name in ("edge_hist", "nbr_weights", "agf_angles", "theta")}
    keys = ("x", "y", "spatial")
    parts = initialize_banksy(table, keys, 18 if grid else 15, nbr_weight_decay="scaled_gaussian", max_m=1, **drawn)
    weight = 0.2 if grid else 0.8
    parts, _ = generate_banksy_matrix(table, parts, [weight], max_m=1)
    pca_umap(parts, pca_dims=[20], plt_remaining_var=False)
    resolutions = [0.4 if grid else 0.8] if n_niches is None else []  # none: BANKSY searches for one
    found, _ = run_Leiden_partition(
        parts, resolutions, num_nn=50, partition_seed=1234 + seed, match_labels=False, max_labels=n_niches
    )
    return majority(np.asarray(found["labels"].iloc[0].dense), slide.xy, 6)


def find_cellcharter(slide: Slide, n_niches: int | None, seed: int) -> np.ndarray:
    """CellCharter (Varrone et al. 2024) on principal components."""
    set_seeds(seed)
    table = as_table(slide)
    log_components(table, 5000, 50, seed, flavor="seurat_v3")
    return charter(table, "X_pca", n_niches, seed)


def find_cellcharter_scvi(slide: Slide, n_niches: int | None, seed: int) -> np.ndarray:
    """CellCharter on the latent space of scVI, as its paper and its tutorials use it."""
    import scanpy
    import scvi

    scvi.settings.seed = seed
    set_seeds(seed)
    table = as_table(slide)
    scanpy.pp.filter_genes(table, min_cells=1)
    if table.n_vars > 5000:
        scanpy.pp.highly_variable_genes(table, n_top_genes=5000, flavor="seurat_v3", subset=True)
    scvi.model.SCVI.setup_anndata(table)
    model = scvi.model.SCVI(table)
    model.train(early_stopping=True, enable_progress_bar=False, accelerator="cpu")
    table.obsm["X_scVI"] = model.get_latent_representation(table).astype(np.float32)
    return charter(table, "X_scVI", n_niches, seed)


def charter(table: AnnData, features: str, n_niches: int | None, seed: int) -> np.ndarray:
    """CellCharter's own part: layers of neighbours and a Gaussian mixture."""
    import cellcharter
    import squidpy

    squidpy.gr.spatial_neighbors(table, coord_type="generic", delaunay=True)
    cellcharter.gr.remove_long_links(table)
    cellcharter.gr.aggregate_neighbors(table, n_layers=3, use_rep=features, out_key="X_cellcharter")
    trainer = {"accelerator": "cpu", "enable_progress_bar": False}
    if n_niches is None:
        auto = cellcharter.tl.ClusterAutoK(
            n_clusters=(2, 10),
            max_runs=10,
            convergence_tol=0.001,
            model_params={"random_state": seed, "trainer_params": trainer},
        )
        auto.fit(table, use_rep="X_cellcharter")
        return np.asarray(auto.predict(table, use_rep="X_cellcharter"))
    model = cellcharter.tl.Cluster(n_clusters=n_niches, random_state=seed, trainer_params=trainer)
    model.fit(table, use_rep="X_cellcharter")
    return np.asarray(model.predict(table, use_rep="X_cellcharter"))


def find_spagcn(slide: Slide, n_niches: int | None, seed: int) -> np.ndarray:
    """SpaGCN (Hu et al. 2021) without histology, by the steps of its tutorial."""
    import scanpy
    import SpaGCN as spagcn

    table = as_table(slide)
    x, y = slide.xy.T
    distance = spagcn.calculate_adj_matrix(x=x, y=y, histology=False)
    spagcn.prefilter_genes(table, min_cells=3)
    spagcn.prefilter_specialgenes(table)
    scanpy.pp.normalize_per_cell(table, min_counts=0)
    scanpy.pp.log1p(table)
    longest = max(1000.0, float(distance.max()))  # the tutorial's 1000 is in pixels of Visium
    scale = spagcn.search_l(0.5, distance, start=0.01, end=longest, tol=0.01, max_run=100)
    resolution = 0.4
    if n_niches is not None:
        seeds = {"r_seed": 100 + seed, "t_seed": 100 + seed, "n_seed": 100 + seed}
        resolution = spagcn.search_res(
            table, distance, scale, n_niches, start=0.7, step=0.1, tol=5e-3, lr=0.05, max_epochs=20, **seeds
        )
    model = spagcn.SpaGCN()
    model.set_l(scale)
    set_seeds(100 + seed)
    model.train(table, distance, init_spa=True, res=resolution, tol=5e-3, lr=0.05, max_epochs=200)
    labels, _ = model.predict()
    grid = grid_neighbours(slide.xy)
    if not grid:
        return np.asarray(labels)
    shape = "hexagon" if grid == 6 else "square"
    names = list(table.obs_names)
    refined = spagcn.spatial_domains_refinement_ez_mode(names, list(labels), list(x), list(y), shape=shape)
    return np.asarray(refined)


def find_graphst(slide: Slide, n_niches: int | None, seed: int) -> np.ndarray:
    """GraphST (Long et al. 2023); refined over 50 neighbours on Visium's grid, as its tutorial does."""
    import scanpy
    import torch
    from GraphST.GraphST import GraphST
    from GraphST.utils import refine_label
    from sklearn.decomposition import PCA

    table = as_table(slide)
    model = GraphST(table, device=torch.device("cpu"), random_seed=41 + seed)
    model.adj = model.adj.to_sparse_csr()  # the same graph; products of its zeros would cost most of the time
    table = model.train()
    table.obsm["emb_pca"] = PCA(n_components=20, random_state=42).fit_transform(table.obsm["emb"])
    if n_niches is None:
        scanpy.pp.neighbors(table, n_neighbors=50, use_rep="emb_pca", random_state=seed)
        labels = leiden(table, None, seed, 0.5)
    else:
        labels = mixture(table.obsm["emb_pca"], n_niches)
    if grid_neighbours(slide.xy) != 6:
        return labels
    table.obs["domain"] = labels
    return np.asarray(refine_label(table, 50, key="domain"))


def find_stagate(slide: Slide, n_niches: int | None, seed: int) -> np.ndarray:
    """STAGATE (Dong & Zhang 2022), with the radius that gives six neighbours a spot."""
    import scanpy
    import STAGATE_pyG as stagate
    from sklearn.neighbors import NearestNeighbors

    table = as_table(slide)
    scanpy.pp.filter_genes(table, min_cells=1)
    if table.n_vars > 3000:
        scanpy.pp.highly_variable_genes(table, flavor="seurat_v3", n_top_genes=3000)
    scanpy.pp.normalize_total(table, target_sum=1e4)
    scanpy.pp.log1p(table)
    near = NearestNeighbors(n_neighbors=16).fit(slide.xy).kneighbors(slide.xy)[0][:, 1:]
    radius = float(np.sort(near, axis=None)[6 * slide.n_spots - 1]) * (1 + 1e-6)
    stagate.Cal_Spatial_Net(table, rad_cutoff=radius)
    stagate.train_STAGATE(table, random_seed=seed, device="cpu", verbose=False)
    if n_niches is not None:
        return mixture(table.obsm["STAGATE"].astype(np.float64), n_niches)
    scanpy.pp.neighbors(table, use_rep="STAGATE", random_state=seed)
    return leiden(table, None, seed, 0.5)


def find_cosmim(slide: Slide, n_niches: int | None, seed: int) -> np.ndarray:
    """CoSMIM: covariance of genes in the neighbourhood."""
    import cosmim
    import pandas as pd

    kept, chosen = cosmim.spatial_preprocess_pipeline(as_table(slide))
    features, _ = cosmim.compute_cosmim(chosen)
    how: dict[str, Any] = {"resolution": 1.0} if n_niches is None else {"max_labels": n_niches}
    labels = pd.Series(np.asarray(cosmim.run_leiden_partition(features, random_state=1234 + seed, **how)).astype(int))
    labels.index = kept.obs_names
    return labels.reindex(as_table(slide).obs_names).fillna(-1).to_numpy(int)


def find_utag(slide: Slide, n_niches: int | None, seed: int) -> np.ndarray:
    """UTAG (Kim et al. 2022) as squidpy has it; squidpy's Leiden has no number of niches, so ours asks it for one."""
    import scanpy
    import squidpy
    from squidpy.gr._niche import _utag

    table = as_table(slide)
    log_components(table, 2000, 50, seed)
    squidpy.gr.spatial_neighbors(table, coord_type="generic", delaunay=True)
    table.X = _utag(table, normalize_adj=True, spatial_connectivity_key="spatial_connectivities")
    scanpy.pp.pca(table, random_state=seed)
    scanpy.pp.neighbors(table, n_neighbors=15, use_rep="X_pca", random_state=seed)
    return leiden(table, n_niches, seed, 0.3)


METHODS: dict[str, Method] = {
    "ours": Method("NicheLens", "", "`find_niches` as the commands call it", find_ours),
    "blind": Method(
        "Leiden, spatially blind",
        "",
        "2,000 variable genes, 50 components, 15 neighbours; found: resolution 1 (scanpy's defaults)",
        find_blind,
    ),
    "nichepca": Method(
        "NichePCA",
        "nichepca",
        "README: 25 neighbours, 30 components, its own search for the resolution; found: resolution 0.5",
        find_nichepca,
    ),
    "spatialleiden": Method(
        "SpatialLeiden",
        "spatialleiden",
        "3,000 variable genes, 30 components; grid: its neighbours, layer ratio 0.7 (the paper's DLPFC); cells: "
        "10 neighbours, layer ratio 1.8 (documentation); its own search; found: resolution 1",
        find_spatialleiden,
    ),
    "banksy": Method(
        "BANKSY",
        "pybanksy",
        "notebooks: 2,000 variable genes, azimuthal filter, 20 components, refined once; grid: λ 0.2, 18 neighbours, "
        "found at resolution 0.4 (DLPFC); cells: λ 0.8, 15 neighbours, found at 0.8 (STARmap); its own search",
        find_banksy,
    ),
    "cellcharter": Method(
        "CellCharter on components",
        "cellcharter",
        "README: Delaunay graph without long edges, 3 layers, Gaussian mixture; found: `ClusterAutoK` over 2 to 10. "
        "50 principal components of 5,000 variable genes stand in for scVI",
        find_cellcharter,
    ),
    "cellcharter-scvi": Method(
        "CellCharter on scVI",
        "scvi-tools",
        "the same on scVI with its defaults and early stopping, of 5,000 variable genes",
        find_cellcharter_scvi,
    ),
    "spagcn": Method(
        "SpaGCN without histology",
        "spagcn-modern",
        "tutorial: p 0.5, search for l and for the resolution, 200 epochs, refined on grids; found: resolution 0.4",
        find_spagcn,
    ),
    "graphst": Method(
        "GraphST",
        "graphst-modern",
        "tutorial: 3,000 variable genes, 600 epochs, 20 components, mclust (EEE), refined over 50 spots on Visium; "
        "found: Leiden at resolution 0.5",
        find_graphst,
    ),
    "stagate": Method(
        "STAGATE",
        "stagate-modern",
        "tutorial: 3,000 variable genes, 512 and 30 units, 1,000 epochs, mclust (EEE), radius of six neighbours; "
        "found: Leiden at resolution 0.5",
        find_stagate,
    ),
    "cosmim": Method(
        "CoSMIM",
        "cosmim",
        "README: 64 genes, 5, 15 and 45 neighbours, 30 components, its own search; found: resolution 1",
        find_cosmim,
    ),
    "utag": Method(
        "UTAG in squidpy",
        "squidpy",
        "Delaunay graph, 15 neighbours; found: resolution 0.3",
        find_utag,
    ),
}
"""The methods by their name on the command line, in the order of the table."""
