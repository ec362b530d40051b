"""What a file must hold to become a Slide.

Each function takes one AnnData slot and returns it checked, or raises. A message is one line and names the file, the
slot, the first offender and the fix.
"""

from __future__ import annotations

import difflib
import logging
import re
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    from anndata import AnnData

logger = logging.getLogger(__name__)

SPATIAL_KEY = "spatial"
# Below ten spots a rank test can hardly reach q < 0.01 over thousands of genes, and a map of the niche shows dots.
MIN_NICHE_SPOTS = 10
# A column with more values than this is an identifier or a measurement, not a set of niches.
MAX_NICHES = 100
# log1p of counts per 10,000 stays below 9.3 and log2 of counts per million below 20; counts of a real slide do not.
LOG_SCALE_MAX = 20.0
# Row sums of normalised counts agree to rounding; those of counts differ several-fold.
CONSTANT_TOTAL_SPREAD = 1e-3
# Text that a table writer leaves where a label is missing.
MISSING_LABELS = frozenset({"", "nan", "NaN", "NA", "<NA>", "None", "none"})


def open_h5ad(path: Path, *, backed: bool = False) -> AnnData:
    """Read an `.h5ad` file, whole or with its counts left on disk.

    Raises:
        NicheLensError: no such file, not HDF5, truncated, or HDF5 that is not AnnData.
    """
    import anndata
    import h5py

    where = path.name
    if not path.exists():
        message = f"{path}: no such file; check the path"
        raise NicheLensError(message)
    if not path.is_file() or not h5py.is_hdf5(path):
        message = f"{where}: not an HDF5 file; save the slide as .h5ad (adata.write_h5ad) and pass that file"
        raise NicheLensError(message)
    try:
        with warnings.catch_warnings():
            # Duplicate names and old encodings are either our own errors below or of no consequence.
            warnings.simplefilter("ignore")
            adata = anndata.read_h5ad(path, backed="r" if backed else None)
    except PermissionError as error:
        message = f"{where}: no permission to read it; change the file's permissions"
        raise NicheLensError(message) from error
    except Exception as error:
        # h5py, anndata and pandas each raise their own kinds for damaged files; all mean the same to the caller.
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        message = (
            f"{where}: cannot be read as AnnData, it is truncated or not an .h5ad ({reason}); copy or download it again"
        )
        raise NicheLensError(message) from error
    if adata.n_obs == 0 or adata.n_vars == 0:
        message = f"{where}: the slide is empty ({adata.n_obs} spots x {adata.n_vars} genes); save it before subsetting"
        raise NicheLensError(message)
    return adata


def check_names(adata: AnnData, genes: np.ndarray, where: str) -> None:
    """Gene symbols and spot names must be unique, and symbols must not be empty."""
    for slot, names, fix in (
        ("var_names", pd.Index(genes), "sum their counts, or call adata.var_names_make_unique()"),
        ("obs_names", adata.obs_names, "call adata.obs_names_make_unique()"),
    ):
        repeated = names.duplicated()
        if repeated.any():
            kind = "gene" if slot == "var_names" else "spot"
            first = names[repeated][0]
            message = f"{where}: {slot} has {int(repeated.sum())} duplicate {kind} names (first '{first}'); {fix}"
            raise NicheLensError(message)


def read_cell_types(obs: pd.DataFrame, key: str, where: str) -> pd.Series:
    """Cell type of each spot, a categorical; NA where unknown."""
    if key not in obs:
        message = f"{where}: no obs column '{key}'; {suggest(key, obs.columns, kind='columns')}"
        raise NicheLensError(message)
    labels = obs[key].astype(object).where(obs[key].notna()).map(str, na_action="ignore")
    labels = labels.mask(labels.isin(MISSING_LABELS))
    names = sorted(set(labels.dropna()), key=natural)
    if not 1 <= len(names) <= MAX_NICHES:
        message = f"{where}: obs['{key}'] has {len(names)} distinct values, not cell types; choose a column with names"
        raise NicheLensError(message)
    return pd.Series(pd.Categorical(labels, names), index=obs.index)


def totals(counts: sp.spmatrix) -> np.ndarray:
    """Total counts of each spot, float64 of shape (n_spots,)."""
    return np.asarray(counts.sum(axis=1, dtype=np.float64)).ravel()


def read_counts(adata: AnnData, where: str, layer: str | None) -> sp.csr_matrix:
    """Raw counts of shape (n_spots, n_genes), float32 CSR without explicit zeros."""
    if layer is not None and layer not in adata.layers:
        message = f"{where}: no layer '{layer}'; {suggest(layer, adata.layers, kind='layers')}"
        raise NicheLensError(message)
    slot = "X" if layer is None else f"layers['{layer}']"
    matrix = adata.X if layer is None else adata.layers[layer]
    if matrix is None:
        message = f"{where}: X is absent; {_counts_elsewhere(adata, layer)}"
        raise NicheLensError(message)
    if not (np.issubdtype(matrix.dtype, np.number) or matrix.dtype == bool) or np.iscomplexobj(matrix):
        message = f"{where}: {slot} is not numeric (dtype {matrix.dtype}); {_counts_elsewhere(adata, layer)}"
        raise NicheLensError(message)
    # Checked in the stored precision: a cast to float32 would turn a large float64 into infinity.
    raw = sp.csr_matrix(matrix)
    # Files written in blocks have 64-bit indptr beside 32-bit indices, which scipy's routines refuse.
    kind = np.int32 if max(raw.nnz, *raw.shape) < 2**31 else np.int64
    raw.indices, raw.indptr = raw.indices.astype(kind, copy=False), raw.indptr.astype(kind, copy=False)
    raw.sum_duplicates()
    raw.eliminate_zeros()
    if np.issubdtype(raw.dtype, np.floating):
        _reject(raw, ~np.isfinite(raw.data), adata, f"{where}: {slot}", "NaN or infinite values", "set them to 0")
    elsewhere = _counts_elsewhere(adata, layer)
    _reject(raw, raw.data < 0, adata, f"{where}: {slot}", "negative values, so it is scaled data", elsewhere)
    if raw.nnz == 0:
        message = f"{where}: {slot} is all zeros, the slide is empty; {elsewhere}"
        raise NicheLensError(message)
    _check_scale(raw, f"{where}: {slot}", elsewhere, logged="log1p" in adata.uns and layer is None)
    return raw.astype(np.float32)


def read_xy(adata: AnnData, where: str) -> np.ndarray:
    """Coordinates of the spots, float64 of shape (n_spots, 2), finite."""
    slot = f"obsm['{SPATIAL_KEY}']"
    if SPATIAL_KEY not in adata.obsm:
        have = ", ".join(sorted(adata.obsm)) or "none"
        message = f"{where}: no {slot} (obsm keys: {have}); store the spots' x and y there as an (n_spots, 2) array"
        raise NicheLensError(message)
    stored = adata.obsm[SPATIAL_KEY]
    stored = stored.toarray() if sp.issparse(stored) else np.asarray(stored)
    if stored.ndim != 2 or stored.shape[1] != 2:
        message = f"{where}: {slot} has shape {stored.shape} and must be ({adata.n_obs}, 2); keep x and y only"
        raise NicheLensError(message)
    try:
        xy = stored.astype(np.float64)
    except (TypeError, ValueError) as error:
        message = f"{where}: {slot} is not numeric (dtype {stored.dtype}); store x and y as floats"
        raise NicheLensError(message) from error
    broken = ~np.isfinite(xy).all(axis=1)
    if broken.any():
        first = adata.obs_names[int(np.argmax(broken))]
        message = (
            f"{where}: {slot} has NaN or infinite coordinates in {int(broken.sum())} spots (first '{first}'); "
            "drop those spots or fix them"
        )
        raise NicheLensError(message)
    return xy


def check_extent(xy: np.ndarray, where: str) -> None:
    """The spots of one slice must spread along both axes, or there is nothing to draw."""
    flat = np.ptp(xy, axis=0) == 0
    if flat.any():
        axes = "x and y" if flat.all() else "xy"[int(np.argmax(flat))]
        message = (
            f"{where}: obsm['{SPATIAL_KEY}'] has one and the same {axes} for all {len(xy)} spots, no map can be drawn; "
            "store real coordinates, or check which column tells the slices apart"
        )
        raise NicheLensError(message)


def read_niches(obs: pd.DataFrame, key: str, where: str, *, drop_small: bool) -> pd.Series:
    """Niche of each spot: a categorical whose categories each have `MIN_NICHE_SPOTS` spots or more; NA without one."""
    if key not in obs:
        message = f"{where}: no obs column '{key}'; {suggest(key, obs.columns, kind='columns')}"
        raise NicheLensError(message)
    slot = f"{where}: obs['{key}']"
    column = obs[key]
    present = column.dropna()
    if not len(present):
        message = f"{slot} is NA for all {len(column)} spots; fill it, or choose another column"
        raise NicheLensError(message)
    stored = column.dtype
    values = stored.categories if isinstance(stored, pd.CategoricalDtype) else pd.Index(present.unique())
    if pd.api.types.is_float_dtype(values.dtype):
        if (values % 1 != 0).any():
            offender = next(value for value in values if value % 1 != 0)
            message = f"{slot} is a measurement, not niches (e.g. {offender:g}); choose a column with region names"
            raise NicheLensError(message)
        # Whole numbers become floats as soon as one spot is NA; the name of cluster 3 is "3".
        column = column.astype("Float64").astype("Int64")
        values = pd.Index(values.astype(int))
    labels = column.astype(object).where(column.notna()).map(str, na_action="ignore")
    labels = labels.mask(labels.isin(MISSING_LABELS))
    used = set(labels.dropna())
    if not used:
        message = f"{slot} is empty text for all {len(column)} spots; fill it, or choose another column"
        raise NicheLensError(message)
    if len(used) > MAX_NICHES:
        message = f"{slot} has {len(used)} distinct values (e.g. '{min(used)}'), not niches; choose a column with names"
        raise NicheLensError(message)
    names = [str(value) for value in values if str(value) in used]
    chosen_order = isinstance(stored, pd.CategoricalDtype) and (stored.ordered or names != sorted(names))
    niches = pd.Series(pd.Categorical(labels, names if chosen_order else sorted(names, key=natural)), index=obs.index)
    niches = without_small_niches(niches, slot, refuse=not drop_small)
    if len(niches.cat.categories) < 2:
        only = ", ".join(f"'{name}'" for name in niches.cat.categories) or "none"
        message = (
            f"{slot} has fewer than two niches of {MIN_NICHE_SPOTS} or more spots (usable: {only}), and a marker needs "
            "something to be compared with; choose another column"
        )
        raise NicheLensError(message)
    return niches


def without_small_niches(niches: pd.Series, where: str, *, refuse: bool) -> pd.Series:
    """Set the spots of niches below `MIN_NICHE_SPOTS` to NA, or refuse the file because of them."""
    sizes = niches.value_counts(sort=False)
    present = sizes[sizes > 0]
    small = present[present < MIN_NICHE_SPOTS]
    if len(small):
        named = ", ".join(f"'{name}' ({size})" for name, size in small.items())
        if refuse:
            message = (
                f"{where} has niches with fewer than {MIN_NICHE_SPOTS} spots: {named}; merge them into others, "
                "set them to NA, or pass --drop-small-niches (drop_small_niches=True)"
            )
            raise NicheLensError(message)
        logger.warning(
            "%s: spots of niches with fewer than %d spots stay unlabelled: %s", where, MIN_NICHE_SPOTS, named
        )
    kept = [name for name in niches.cat.categories if sizes[name] >= MIN_NICHE_SPOTS]
    return niches.cat.set_categories(kept)


def natural(text: str) -> list[tuple[bool, int, str]]:
    """Sort key that puts 'L2' before 'L10'."""
    return [
        (not part.isdigit(), int(part) if part.isdigit() else 0, part.casefold())
        for part in re.split(r"(\d+)", text)
        if part
    ]


def suggest(wrong: str, known: Iterable[Any], *, kind: str, show_all: bool = False) -> str:
    """The second half of a message about an unknown name: the closest known ones, or all of a short list."""
    by_fold = {str(name).casefold(): str(name) for name in known}
    close = difflib.get_close_matches(wrong.casefold(), by_fold, n=3, cutoff=0.6)
    listed = list(by_fold.values())
    parts = []
    if close:
        parts.append("did you mean " + " or ".join(f"'{by_fold[name]}'" for name in close) + "?")
    if show_all or len(listed) <= 30:
        parts.append(f"{kind}: " + (", ".join(listed) or "none"))
    elif not close:
        parts.append(f"{kind} begin with " + ", ".join(listed[:5]))
    return " ".join(parts) if len(parts) < 2 else f"{parts[0]} ({parts[1]})"


def _reject(raw: sp.csr_matrix, bad: np.ndarray, adata: AnnData, where: str, what: str, fix: str) -> None:
    """Refuse a matrix because of some of its stored values."""
    if not bad.any():
        return
    first = int(np.argmax(bad))
    spot = adata.obs_names[int(np.searchsorted(raw.indptr, first, side="right")) - 1]
    gene = adata.var_names[int(raw.indices[first])]
    message = f"{where} has {int(bad.sum())} {what} (first {raw.data[first]:g} at spot '{spot}', gene '{gene}'); {fix}"
    raise NicheLensError(message)


def _check_scale(raw: sp.csr_matrix, where: str, elsewhere: str, *, logged: bool) -> None:
    """Refuse log-transformed and normalised values; accept volume-normalised counts (MERFISH) with a warning."""
    values = raw.data
    if not np.issubdtype(values.dtype, np.floating) or not (values % 1).any():
        return
    largest = float(values.max())
    if logged or largest < LOG_SCALE_MAX:
        reason = "uns['log1p'] is present" if logged else f"fractions, largest {largest:.4g}"
        message = f"{where} looks log-normalised ({reason}) where raw counts are needed; {elsewhere}"
        raise NicheLensError(message)
    totals = np.asarray(raw.sum(axis=1, dtype=np.float64)).ravel()
    totals = totals[totals > 0]
    if len(totals) > 1 and np.std(totals) < CONSTANT_TOTAL_SPREAD * np.mean(totals):
        message = (
            f"{where} looks normalised (every spot adds up to {totals[0]:.6g}) where raw counts are needed; {elsewhere}"
        )
        raise NicheLensError(message)
    logger.warning("%s holds fractions (largest %.4g); taken as volume-normalised counts", where, largest)


def _counts_elsewhere(adata: AnnData, layer: str | None) -> str:
    """Where the counts may be, as the advice of a message."""
    named: Sequence[str] = [name for name in adata.layers if "count" in name.lower() or name.lower() == "raw"]
    if named and layer is None:
        return f"pass --layer {named[0]} (layer='{named[0]}')"
    if adata.raw is not None:
        return "adata.raw may hold them: save adata.raw.to_adata()"
    return "save the slide with the raw counts in X"
