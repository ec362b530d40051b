"""Opens a slide in any format: its tables of spots and genes, its coordinates, and where its counts are.

Formats: `.h5ad`, AnnData `.zarr`, SpatialData `.zarr`, the `outs` folder of Space Ranger, the `outs` folder of Xenium,
and AnnData objects in memory. The content of a folder decides its format. `data_prep.read.streaming` reads the counts.
Nothing else of a file is read: no other layers, no `raw`, no pictures.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data_prep import anndata_keys as keys
from data_prep.errors import NicheLensError
from data_prep.read.declared_size import check_tables
from data_prep.read.file_access import (
    DamagedFileError,
    attributes_of,
    library_reads,
    missing_chunks,
    names_in,
    open_file,
    optional_part,
    part_of,
    read_element,
    read_table,
)
from data_prep.read.opened_slide import OpenedSlide
from data_prep.read.tenx import VISIUM_MATRIX, XENIUM_MATRIX, declared_10x, read_visium, read_xenium

if TYPE_CHECKING:
    from anndata import AnnData

_UNS_KEYS = (*keys.META, keys.SOURCE, keys.SPATIALDATA)


def open_slide(source: Path | AnnData, name: str = "adata") -> OpenedSlide:
    """Opens a file, a folder or an AnnData object.

    Args:
        source: what to open.
        name: what to call an AnnData object.

    Raises:
        NicheLensError: no such file, a folder in no known format, a damaged file, an empty slide, or a missing library.
    """
    opened = _open_file(source) if isinstance(source, Path) else _open_anndata(source, name)
    if not len(opened.obs) or not len(opened.var):
        size = f"{len(opened.obs)} spots x {len(opened.var)} genes"
        message = f"{opened.name}: the slide is empty ({size}); save it before subsetting"
        raise NicheLensError(message)
    return opened


def _open_file(path: Path) -> OpenedSlide:
    if not path.exists():
        message = f"{path}: no such file; check the path"
        raise NicheLensError(message)
    with _in_one_line(path):
        return _reader_of(path)(path)


def declared_shape(path: Path) -> tuple[int, int]:
    """(spots, genes) that a file declares, before any of its tables are read.

    Raises:
        NicheLensError: as for `open_slide`.
    """
    if not path.exists():
        message = f"{path}: no such file; check the path"
        raise NicheLensError(message)
    with _in_one_line(path):
        reader = _reader_of(path)
        if reader in (read_visium, read_xenium):
            return declared_10x(path)
        with open_file(path) as file:
            root = part_of(file, _table_of(path, file)) if reader is _read_spatialdata else file
            spots, genes = (_length(optional_part(root, name)) for name in ("obs", "var"))
    return spots, genes


def _length(table: Any) -> int:
    """Rows that a table declares; 0 if there is none."""
    if table is None or hasattr(table, "dtype"):
        return 0 if table is None else int(table.shape[0])
    index = optional_part(table, attributes_of(table).get("_index", "_index"))
    return int(index.shape[0]) if hasattr(index, "shape") else 0


@contextmanager
def _in_one_line(path: Path) -> Iterator[None]:
    """Turns damage and missing permissions into one line."""
    try:
        with warnings.catch_warnings():
            # Duplicate names and old encodings are either our own errors or of no consequence.
            warnings.simplefilter("ignore")
            yield
    except PermissionError as error:
        message = f"{path.name}: no permission to read {error.filename or 'it'}; change the file's permissions"
        raise NicheLensError(message) from error
    except DamagedFileError as error:
        message = (
            f"{path.name}: cannot be read, it is truncated, damaged or incomplete ({error}); copy or download it again"
        )
        raise NicheLensError(message) from error


def _reader_of(path: Path) -> Callable[[Path], OpenedSlide]:
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


def _read_h5ad(path: Path) -> OpenedSlide:
    with open_file(path) as file:
        if any(hasattr(optional_part(file, name), "dtype") for name in ("obs", "var")):
            return _read_old(path)
        return _as_visium(_read_anndata(path, file), optional_part(file, f"uns/{keys.SPATIAL}"))


def _as_visium(opened: OpenedSlide, pictures: Any) -> OpenedSlide:
    """Visium's pictures and scale factors, in uns, tell that the coordinates are their pixels."""
    return replace(opened, unit="pixel", y_axis="down") if hasattr(pictures, "keys") and names_in(pictures) else opened


def _read_old(path: Path) -> OpenedSlide:
    """A file from before AnnData 0.7, whose tables are arrays of records: everything but the counts is read at once."""
    import anndata

    with library_reads():
        adata = anndata.read_h5ad(path)
    opened = _open_anndata(adata, path.name)
    return replace(opened, stem=path.stem, matrix=path, unit="", y_axis="", layers=())


def _open_anndata(adata: AnnData, name: str) -> OpenedSlide:
    """An AnnData object in memory; its tables and matrices are not modified."""
    slots = {f"layers/{layer}": matrix for layer, matrix in adata.layers.items()}
    if adata.X is not None:
        slots["X"] = adata.X
    opened = OpenedSlide(
        name=name,
        stem=name,
        obs=_named(adata.obs),
        var=_named(adata.var),
        spatial=adata.obsm.get(keys.SPATIAL),
        matrix={slot: _loaded(matrix) for slot, matrix in slots.items()},
        obsm=tuple(adata.obsm),
        uns=adata.uns,
        logged=keys.LOG1P in adata.uns,
        layers=tuple(sorted(adata.layers)),
        has_raw=adata.raw is not None,
        slot="X" if "X" in slots else "",
    )
    return _as_visium(opened, adata.uns.get(keys.SPATIAL))


def _loaded(matrix: Any) -> Any:
    """A sparse matrix of a backed AnnData object, loaded; others as they are."""
    return matrix.to_memory() if hasattr(matrix, "to_memory") else matrix


def _read_zarr(path: Path) -> OpenedSlide:
    with open_file(path) as store:
        return _read_anndata(path, store)


def _read_anndata(path: Path, group: Any, root: str = "") -> OpenedSlide:
    """An AnnData group of an HDF5 file or a zarr store, without its matrices.

    Args:
        path: the file or store.
        group: the group.
        root: name of the group in the file; "" is the file itself.
    """
    names = names_in(group)
    missing = [name for name in ("obs", "var") if name not in names]
    if missing:
        holds = ", ".join(names[:5]) or "nothing"
        fix = "name the outs folder that it lies in" if "matrix" in names else "save the slide with adata.write_h5ad"
        message = f"{path.name}: not AnnData, it has no {' and no '.join(missing)} (it holds: {holds}); {fix}"
        raise NicheLensError(message)
    obsm, uns, layers = (optional_part(group, name) or {} for name in ("obsm", "uns", "layers"))
    tables = {name: part_of(group, name) for name in ("obs", "var")}
    spatial = optional_part(obsm, keys.SPATIAL)
    # zarr leaves out chunks of zeros only. Names and coordinates differ, so none of their chunks can be left out.
    whole = {f"obsm['{keys.SPATIAL}']": spatial}
    for name, table in tables.items():
        whole[f"{name}_names"] = optional_part(table, attributes_of(table).get("_index", "_index"))
    for slot, array in whole.items():
        if missing_chunks(array):
            message = f"{path.name}: {slot} lacks {missing_chunks(array)} chunks; copy or download the store again"
            raise NicheLensError(message)
    check_tables((*tables.values(), spatial), path.name)
    obs, var = (_named(read_table(table)) for table in tables.values())
    in_uns = names_in(uns)
    return OpenedSlide(
        name=path.name,
        stem=path.stem,
        obs=obs,
        var=var,
        spatial=None if spatial is None else read_element(spatial),
        matrix=path,
        obsm=tuple(names_in(obsm)),
        uns={key: read_element(part_of(uns, key)) for key in _UNS_KEYS if key in in_uns},
        logged=keys.LOG1P in in_uns,
        layers=tuple(names_in(layers)),
        has_raw="raw" in names,
        root=root,
        slot="X" if "X" in names else "",
    )


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """The table with text as names. Of columns with the same name the first is kept."""
    table = table.loc[:, ~table.columns.duplicated()]
    table.index = pd.Index(table.index.astype(str), dtype=object)
    table.columns = table.columns.astype(str)
    return table


def _read_spatialdata(path: Path) -> OpenedSlide:
    with open_file(path) as store:
        root = _table_of(path, store)
        table = replace(_read_anndata(path, part_of(store, root), root), y_axis="down")
    return table if table.spatial is not None else replace(table, spatial=_centres(path, table))


def _table_of(path: Path, store: Any) -> str:
    """Where the table of a SpatialData store is."""
    tables = next((name for name in ("tables", "table") if name in names_in(store)), None)
    names = names_in(part_of(store, tables)) if tables else []
    if not names:
        message = f"{path.name}: the SpatialData store has no table, so no counts; save one in it"
        raise NicheLensError(message)
    return f"{tables}/{'table' if 'table' in names else names[0]}"


def _centres(path: Path, table: OpenedSlide) -> np.ndarray:
    """Centres of the shapes that a SpatialData table describes, (n_spots, 2)."""
    stored = table.uns.get(keys.SPATIALDATA)
    about = stored if isinstance(stored, dict) else {}
    region, region_key, key = (about.get(part) for part in ("region", "region_key", "instance_key"))
    regions = [region] if isinstance(region, str) else [str(part) for part in ([] if region is None else region)]
    try:
        import spatialdata
    except ImportError as error:
        message = (
            f"{table.name}: the centres of a SpatialData store need more libraries; `pip install 'nichelens[readers]'`"
        )
        raise NicheLensError(message) from error
    with library_reads():
        data = spatialdata.read_zarr(path, selection=("shapes", "labels", "points"))
    if not regions or any(part not in data for part in regions):
        where = f"{table.name}: '{table.root}'"
        message = f"{where} has neither obsm['{keys.SPATIAL}'] nor the shapes that it annotates; save one of them"
        raise NicheLensError(message)
    xy = np.full((len(table.obs), 2), np.nan)
    for part in regions:
        with library_reads():
            centres = spatialdata.get_centroids(data[part]).compute()
            here = np.flatnonzero(table.obs[region_key].astype(str) == part)
            xy[here] = centres.loc[table.obs[key].iloc[here], ["x", "y"]].to_numpy()
    return xy
