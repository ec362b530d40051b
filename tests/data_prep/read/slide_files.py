"""Slides in the files of instruments and libraries, and what a file must end in, for tests."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from anndata import AnnData

from data_prep.errors import CONTROL, NicheLensError
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.slide import Slide


def write_10x(path: Path, adata: AnnData) -> None:
    """The HDF5 layout of 10x Genomics (Cell Ranger 3 and later): features are rows."""
    matrix = sp.csc_matrix(sp.csr_matrix(adata.X).T)
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        group.create_dataset("barcodes", data=np.array(adata.obs_names, dtype="S"))
        for name, values in (
            ("data", matrix.data.astype(np.int32)),
            ("indices", matrix.indices),
            ("indptr", matrix.indptr),
        ):
            group.create_dataset(name, data=values)
        group.create_dataset("shape", data=np.array(matrix.shape, np.int32))
        features = group.create_group("features")
        ids = [f"ENSG{i:011d}" for i in range(adata.n_vars)]
        for name, values in (("id", ids), ("name", list(adata.var_names)), ("genome", ["GRCh38"] * adata.n_vars)):
            features.create_dataset(name, data=np.array(values, dtype="S"))
        features.create_dataset("feature_type", data=np.array(["Gene Expression"] * adata.n_vars, dtype="S"))


def space_ranger(folder: Path, adata: AnnData, *, header: bool = True) -> Path:
    (folder / "spatial").mkdir(parents=True)
    write_10x(folder / "filtered_feature_bc_matrix.h5", adata)
    xy = adata.obsm["spatial"]
    table = pd.DataFrame({"barcode": adata.obs_names, "in_tissue": 1, "array_row": 0, "array_col": 0})
    table = table.assign(pxl_row_in_fullres=xy[:, 1], pxl_col_in_fullres=xy[:, 0])
    name = "tissue_positions.csv" if header else "tissue_positions_list.csv"
    table.to_csv(folder / "spatial" / name, index=False, header=header)
    return folder


def xenium(folder: Path, adata: AnnData) -> Path:
    folder.mkdir()
    write_10x(folder / "cell_feature_matrix.h5", adata)
    xy = adata.obsm["spatial"]
    cells = pd.DataFrame({"cell_id": adata.obs_names, "x_centroid": xy[:, 0], "y_centroid": xy[:, 1]})
    cells.to_parquet(folder / "cells.parquet")
    (folder / "experiment.xenium").write_text("{}")
    return folder


def spatialdata_store(path: Path, adata: AnnData, *, placed: bool = True) -> Path:
    """A SpatialData store with shapes; without ``placed`` the table has no coordinates of its own."""
    import spatialdata
    from spatialdata.models import ShapesModel, TableModel

    adata = adata.copy()
    xy = adata.obsm["spatial"]
    adata.obs["instance"], adata.obs["shapes"] = np.arange(adata.n_obs), pd.Categorical(["spots"] * adata.n_obs)
    if not placed:
        del adata.obsm["spatial"]
    table = TableModel.parse(adata, region="spots", region_key="shapes", instance_key="instance")
    spots = ShapesModel.parse(xy, geometry=0, radius=0.5, index=pd.Index(np.arange(len(xy))))
    spatialdata.SpatialData(shapes={"spots": spots}, tables={"table": table}).write(path)
    return path


def h5ad(path: Path, adata: AnnData) -> Path:
    path = path.with_suffix(".h5ad")
    adata.write_h5ad(path)
    return path


def zarr_store(path: Path, adata: AnnData) -> Path:
    path = path.with_suffix(".zarr")
    adata.write_zarr(path, chunks=(50, 30))
    return path


WRITERS: dict[str, Callable[[Path, AnnData], Path]] = {
    "h5ad": h5ad,
    "zarr": zarr_store,
    "spatialdata": spatialdata_store,
    "space_ranger": space_ranger,
    "xenium": xenium,
}


def rewrite(file: h5py.File, name: str, change: Callable[[np.ndarray], object]) -> None:
    values = change(file[name][:])
    attributes = dict(file[name].attrs)
    del file[name]
    file[name] = values
    file[name].attrs.update(attributes)


def refusal(path: Path, niche_key: str | None = "region", **options: object) -> str:
    with pytest.raises(NicheLensError) as caught:
        read_slides(path, ReadOptions(() if niche_key is None else (niche_key,), **options))
    message = str(caught.value)
    assert CONTROL.search(message) is None
    assert path.name in message or any(child.name in message for child in path.rglob("*.h5"))
    assert "; " in message or "(" in message  # what to do
    return message


def sound(slides: list[Slide]) -> list[Slide]:
    """What everything after the reading trusts."""
    for slide in slides:
        assert slide.counts.has_canonical_format
        assert slide.counts.data.min() > 0
        assert slide.depth.min() > 0
        assert np.isfinite(slide.counts.data).all()
        assert np.isfinite(slide.xy).all()
        assert len(set(slide.genes)) == slide.n_genes
        assert -1 <= slide.niche.min() <= slide.niche.max() < max(len(slide.niches), 1)
    return slides


def built(slides: list[Slide], out: Path, **settings: object) -> dict[str, pd.DataFrame]:
    """The rows of a dataset of every task, by split."""
    from data_prep.dataset.builder import build_dataset
    from data_prep.dataset.loading import load_examples
    from data_prep.dataset.prep_config import PrepConfig
    from data_prep.tasks import TASKS

    few = {
        "tasks": tuple(TASKS),
        "size": 32,
        "markers_per_slide": 24,
        "held_out_per_slide": 12,
        "descriptions_per_niche": 1,
    }
    sizes = build_dataset(slides, out, PrepConfig(**few, others_per_slide=8, test_genes=0.3, **settings))
    return {split: load_examples(out, split).remove_columns("images").to_pandas() for split in sizes}


def peak_memory(path: Path) -> tuple[int, int]:
    """Counts of a file, and the bytes in memory at once while it is streamed."""
    import tracemalloc

    from data_prep import gene_columns
    from data_prep.read import stored_matrix, streaming

    streaming.STREAM_BYTES, stored_matrix.ENTRIES_PER_BLOCK, gene_columns.GENE_BLOCK = 0, 20_000, 16
    read_slides(path, ReadOptions(("region",)))  # what is imported and cached
    tracemalloc.start()
    slides = read_slides(path, ReadOptions(("region",)))
    return sum(slide.counts.nnz for slide in slides), tracemalloc.get_traced_memory()[1]
