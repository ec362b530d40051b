"""The files that slides come in: their tables of spots and genes, the coordinates, and where the counts lie.

`.h5ad`, AnnData `.zarr`, SpatialData `.zarr`, the `outs` folder of Space Ranger, the `outs` folder of Xenium. What a
folder is, its content tells. Counts are not read here but by `data_prep.read.streaming`, and layers, `raw` and pictures by
nobody.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data_prep.errors import NicheLensError
from data_prep.read.opened_slide import Opened
from data_prep.read.stored_matrix import missing_chunks, open_file, reason_of
from data_prep.read.tenx import VISIUM_MATRIX, XENIUM_MATRIX, read_visium, read_xenium
from data_prep.read.validation import SPATIAL_KEY

META_KEYS = ("organism", "tissue", "technology")
"""Looked for as a constant column of obs, then in uns, then in uns['source']."""
_UNS_KEYS = (*META_KEYS, "source", "spatialdata_attrs")


def open_slide_file(path: Path) -> Opened:
    """Opens any of the formats.

    Raises:
        NicheLensError: no such file, a folder that is none of them, a damaged file, or a missing library.
    """
    if not path.exists():
        message = f"{path}: no such file; check the path"
        raise NicheLensError(message)
    try:
        with warnings.catch_warnings():
            # Duplicate names and old encodings are either our own errors or of no consequence.
            warnings.simplefilter("ignore")
            found = _reader_of(path)(path)
    except NicheLensError:
        raise
    except PermissionError as error:
        message = f"{path.name}: no permission to read {error.filename or 'it'}; change the file's permissions"
        raise NicheLensError(message) from error
    except Exception as error:
        # Each library raises its own kinds for damaged files; all mean the same to the caller.
        message = (
            f"{path.name}: cannot be read, it is truncated, damaged or incomplete ({reason_of(error)}); "
            "copy or download it again"
        )
        raise NicheLensError(message) from error
    if not len(found.obs) or not len(found.var):
        size = f"{len(found.obs)} spots x {len(found.var)} genes"
        message = f"{path.name}: the slide is empty ({size}); save it before subsetting"
        raise NicheLensError(message)
    return found


def _reader_of(path: Path) -> Callable[[Path], Opened]:
    import h5py

    if not path.is_dir():
        if not path.is_file() or not h5py.is_hdf5(path):
            message = f"{path.name}: not an HDF5 file; save the slide as .h5ad (adata.write_h5ad) and pass that file"
            raise NicheLensError(message)
        return _read_h5ad
    has = {child.name for child in path.iterdir()}
    if "experiment.xenium" in has or XENIUM_MATRIX in has:
        return read_xenium
    if any(name.endswith(VISIUM_MATRIX) for name in has):
        return read_visium
    if has & {".zgroup", ".zattrs", "zarr.json", ".zmetadata"}:
        return _read_spatialdata if "obs" not in has and has & {"tables", "table", "shapes", "points"} else _read_zarr
    message = (
        f"{path.name}: a folder that is neither a .zarr store nor the outs folder of Space Ranger ({VISIUM_MATRIX}) or "
        f"Xenium ({XENIUM_MATRIX}); name the folder that holds them"
    )
    raise NicheLensError(message)


def _read_h5ad(path: Path) -> Opened:
    with open_file(path) as file:
        if any(hasattr(file.get(name), "dtype") for name in ("obs", "var")):
            return _read_old(path)
        found = _read_anndata(path, file)
        spatial = file.get("uns/spatial")
        # Visium's pictures and scale factors: the coordinates are pixels of them.
        return replace(found, unit="pixel", y_axis="down") if hasattr(spatial, "keys") and len(spatial) else found


def _read_old(path: Path) -> Opened:
    """A file from before AnnData 0.7, whose tables are arrays of records; read as a whole."""
    import anndata

    adata = anndata.read_h5ad(path)
    return Opened(
        path=path,
        obs=_named(adata.obs),
        var=_named(adata.var),
        spatial=adata.obsm.get(SPATIAL_KEY),
        matrix=path,
        obsm=tuple(adata.obsm),
        uns=adata.uns,
        logged="log1p" in adata.uns,
        has_raw=adata.raw is not None,
        slot="X" if adata.X is not None else "",
    )


def _read_zarr(path: Path) -> Opened:
    with open_file(path) as store:
        return _read_anndata(path, store)


def _read_anndata(path: Path, group: Any, root: str = "") -> Opened:
    """An AnnData group of an HDF5 file or a zarr store, without its matrices."""
    from anndata.io import read_elem

    missing = [name for name in ("obs", "var") if name not in group]
    if missing:
        holds = ", ".join(sorted(group.keys())[:5]) or "nothing"
        fix = "name the outs folder that it lies in" if "matrix" in group else "save the slide with adata.write_h5ad"
        message = f"{path.name}: not AnnData, it has no {' and no '.join(missing)} (it holds: {holds}); {fix}"
        raise NicheLensError(message)
    obsm, uns, layers = (group.get(name, {}) for name in ("obsm", "uns", "layers"))
    stored = obsm.get(SPATIAL_KEY)
    # No two spots or genes have one name or place, so a chunk of these is never left out for being all alike.
    alike = {f"obsm['{SPATIAL_KEY}']": stored}
    alike |= {f"{name}_names": group[name].get(group[name].attrs.get("_index", "_index")) for name in ("obs", "var")}
    for slot, array in alike.items():
        if missing_chunks(array):
            message = f"{path.name}: {slot} lacks {missing_chunks(array)} chunks; copy or download the store again"
            raise NicheLensError(message)
    obs, var = _named(read_elem(group["obs"])), _named(read_elem(group["var"]))
    return Opened(
        path=path,
        obs=obs,
        var=var,
        spatial=None if stored is None else read_elem(stored),
        matrix=path,
        obsm=tuple(sorted(obsm)),
        uns={key: read_elem(uns[key]) for key in _UNS_KEYS if key in uns},
        logged="log1p" in uns,
        layers=tuple(sorted(layers)),
        has_raw="raw" in group,
        root=root,
        slot="X" if "X" in group else "",
    )


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose names are text; of columns that the file lists twice, one."""
    table = table.loc[:, ~table.columns.duplicated()]
    table.index = pd.Index(table.index.astype(str), dtype=object)
    table.columns = table.columns.astype(str)
    return table


def _read_spatialdata(path: Path) -> Opened:
    with open_file(path) as store:
        tables = next((name for name in ("tables", "table") if name in store), None)
        names = sorted(store[tables].keys()) if tables else []
        if not names:
            message = f"{path.name}: the SpatialData store has no table, so no counts; save one in it"
            raise NicheLensError(message)
        root = f"{tables}/{'table' if 'table' in names else names[0]}"
        found = replace(_read_anndata(path, store[root], root), y_axis="down")
    return found if found.spatial is not None else replace(found, spatial=_centres(found))


def _centres(table: Opened) -> np.ndarray | None:
    """Centres of the shapes that a SpatialData table annotates; None where it annotates none."""
    about = table.uns.get("spatialdata_attrs", {})
    region, region_key, key = (about.get(part) for part in ("region", "region_key", "instance_key"))
    regions = [region] if isinstance(region, str) else [str(part) for part in ([] if region is None else region)]
    try:
        import spatialdata
    except ImportError as error:
        message = (
            f"{table.path.name}: the centres of a SpatialData store need more libraries; "
            "`pip install 'nichelens[readers]'`"
        )
        raise NicheLensError(message) from error
    data = spatialdata.read_zarr(table.path, selection=("shapes", "labels", "points"))
    if not regions or any(part not in data for part in regions):
        where = f"{table.path.name}: '{table.root}'"
        message = f"{where} has neither obsm['{SPATIAL_KEY}'] nor the shapes that it annotates; save one of them"
        raise NicheLensError(message)
    xy = np.full((len(table.obs), 2), np.nan)
    for part in regions:
        centres = spatialdata.get_centroids(data[part]).compute()
        here = np.flatnonzero(table.obs[region_key].astype(str) == part)
        xy[here] = centres.loc[table.obs[key].iloc[here], ["x", "y"]].to_numpy()
    return xy
