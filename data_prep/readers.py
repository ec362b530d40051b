"""The files that slides come in, each opened by the field's own library, as AnnData with coordinates.

`.h5ad`, AnnData `.zarr`, SpatialData `.zarr`, the `outs` folder of Space Ranger, the `outs` folder of Xenium. What a
folder is, its content tells.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data_prep import validate
from data_prep.errors import NicheLensError
from data_prep.validate import SPATIAL_KEY

if TYPE_CHECKING:
    from anndata import AnnData

POSITION_FILES = ("tissue_positions.parquet", "tissue_positions.csv", "tissue_positions_list.csv")
POSITION_COLUMNS = ("barcode", "in_tissue", "array_row", "array_col", "pxl_row_in_fullres", "pxl_col_in_fullres")
VISIUM_MATRIX = "filtered_feature_bc_matrix.h5"
XENIUM_MATRIX = "cell_feature_matrix.h5"
XENIUM_CELLS = ("cells.parquet", "cells.csv.gz", "cells.csv")


@dataclass(frozen=True)
class Opened:
    """A file, read.

    Attributes:
        adata: counts in X, names, obs, coordinates in obsm['spatial'].
        unit: of the coordinates: "pixel", "micron" or "" where the file does not say.
        y_axis: "down" where the format fixes it, "" where it does not.
        technology: where the format tells.
    """

    adata: AnnData
    unit: str = ""
    y_axis: str = ""
    technology: str = ""


def open_slide_file(path: Path, *, without_counts: bool = False) -> Opened:
    """Opens any of the formats.

    Args:
        path: file or folder.
        without_counts: leave the counts of an `.h5ad` on disk.

    Raises:
        NicheLensError: no such file, a folder that is none of them, a damaged file, or a missing library.
    """
    if not path.exists():
        message = f"{path}: no such file; check the path"
        raise NicheLensError(message)
    if not path.is_dir():
        adata = validate.open_h5ad(path, backed=without_counts)
        pixels = isinstance(adata.uns.get("spatial"), dict) and bool(adata.uns["spatial"])
        return Opened(adata, "pixel", "down") if pixels else Opened(adata)
    has = {child.name for child in path.iterdir()}
    if "experiment.xenium" in has or XENIUM_MATRIX in has:
        return _opened(_read_xenium, path)
    if any(name.endswith(VISIUM_MATRIX) for name in has):
        return _opened(_read_visium, path)
    if has & {".zgroup", ".zattrs", "zarr.json", ".zmetadata"}:
        return _opened(_read_spatialdata if has & {"tables", "table", "shapes", "points"} else _read_zarr, path)
    message = (
        f"{path.name}: a folder that is neither a .zarr store nor the outs folder of Space Ranger ({VISIUM_MATRIX}) or "
        f"Xenium ({XENIUM_MATRIX}); name the folder that holds them"
    )
    raise NicheLensError(message)


def _opened(read: Callable[[Path], Opened], path: Path) -> Opened:
    """What a library reads, its errors as one line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = read(path)
    except NicheLensError:
        raise
    except Exception as error:
        # Each library raises its own kinds for damaged files; all mean the same to the caller.
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        message = f"{path.name}: cannot be read, it is damaged or incomplete ({reason}); copy or download it again"
        raise NicheLensError(message) from error
    if found.adata.n_obs == 0 or found.adata.n_vars == 0:
        message = f"{path.name}: the slide is empty ({found.adata.n_obs} spots x {found.adata.n_vars} genes)"
        raise NicheLensError(message)
    return found


def _read_zarr(path: Path) -> Opened:
    import anndata

    return Opened(anndata.read_zarr(path))


def _read_visium(path: Path) -> Opened:
    import scanpy

    matrix = next(child for child in sorted(path.iterdir()) if child.name.endswith(VISIUM_MATRIX))
    adata = scanpy.read_10x_h5(matrix)
    file = next((path / "spatial" / name for name in POSITION_FILES if (path / "spatial" / name).exists()), None)
    if file is None:
        message = f"{path.name}: no spatial/{POSITION_FILES[1]}; name the whole outs folder of Space Ranger"
        raise NicheLensError(message)
    if file.suffix == ".parquet":
        positions = pd.read_parquet(file)
    else:
        # Until Space Ranger 2 the file had another name and no header.
        headless = file.name == "tissue_positions_list.csv"
        positions = pd.read_csv(file, header=None if headless else 0, names=POSITION_COLUMNS if headless else None)
    missing = sorted(set(POSITION_COLUMNS) - set(positions))
    if missing:
        message = f"{path.name}: spatial/{file.name} has no column '{missing[0]}'; take the one that Space Ranger wrote"
        raise NicheLensError(message)
    placed = positions.set_index("barcode")
    adata = _with_positions(adata, placed, POSITION_COLUMNS[:3:-1], f"{path.name}: spatial/{file.name}")
    return Opened(adata, "pixel", "down", "Visium")


def _read_xenium(path: Path) -> Opened:
    import scanpy

    if not (path / XENIUM_MATRIX).exists():
        message = f"{path.name}: no {XENIUM_MATRIX}; name the whole outs folder of Xenium"
        raise NicheLensError(message)
    adata = scanpy.read_10x_h5(path / XENIUM_MATRIX)
    file = next((path / name for name in XENIUM_CELLS if (path / name).exists()), None)
    if file is None:
        message = f"{path.name}: no {XENIUM_CELLS[0]}, so the cells have no place; name the whole outs folder of Xenium"
        raise NicheLensError(message)
    cells = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)
    cells["cell_id"] = [name.decode() if isinstance(name, bytes) else str(name) for name in cells["cell_id"]]
    cells = cells.set_index("cell_id")
    return Opened(
        _with_positions(adata, cells, ("x_centroid", "y_centroid"), f"{path.name}: {file.name}"),
        "micron",
        "down",
        "Xenium",
    )


def _with_positions(adata: AnnData, positions: pd.DataFrame, columns: tuple[str, ...], where: str) -> AnnData:
    unplaced = ~adata.obs_names.isin(positions.index)
    if unplaced.any():
        message = (
            f"{where} has no place for {int(unplaced.sum())} of {adata.n_obs} barcodes (first "
            f"'{adata.obs_names[unplaced][0]}'); take both files from one run"
        )
        raise NicheLensError(message)
    adata.obsm[SPATIAL_KEY] = positions.loc[adata.obs_names, list(columns)].to_numpy(dtype=np.float64)
    return adata


def _read_spatialdata(path: Path) -> Opened:
    try:
        import spatialdata
    except ImportError as error:
        message = f"{path.name}: a SpatialData store needs more libraries; `pip install 'nichelens[readers]'`"
        raise NicheLensError(message) from error
    data = spatialdata.read_zarr(path)
    if not data.tables:
        message = f"{path.name}: the SpatialData store has no table, so no counts; save one in it"
        raise NicheLensError(message)
    name = "table" if "table" in data.tables else sorted(data.tables)[0]
    adata = data.tables[name]
    if SPATIAL_KEY not in adata.obsm:
        about = adata.uns.get("spatialdata_attrs", {})
        region, region_key, key = (about.get(part) for part in ("region", "region_key", "instance_key"))
        regions = [region] if isinstance(region, str) else list(region or [])
        if not regions or any(part not in data for part in regions):
            message = f"{path.name}: table '{name}' has neither obsm['{SPATIAL_KEY}'] nor the shapes that it annotates"
            raise NicheLensError(message)
        xy = np.full((adata.n_obs, 2), np.nan)
        for part in regions:
            centres = spatialdata.get_centroids(data[part]).compute()
            here = np.flatnonzero(adata.obs[region_key].astype(str) == part)
            xy[here] = centres.loc[adata.obs[key].iloc[here], ["x", "y"]].to_numpy()
        adata.obsm[SPATIAL_KEY] = xy
    return Opened(adata, "", "down")
