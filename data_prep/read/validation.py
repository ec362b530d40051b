"""Checks the names, coordinates and labels of a file.

Each function checks one slot and returns it, or raises an error of one line that names the file, the slot, the first
offender and the fix. `data_prep.read.raw_counts` checks the counts.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from data_prep.errors import CONTROL, NicheLensError, suggest
from data_prep.short_names import short_names
from data_prep.slide import MIN_NICHE_SPOTS

logger = logging.getLogger(__name__)

MAX_NICHES = 100
"""A column with more values than this is an identifier or a measurement, not a set of niches."""
LONGEST_NAME = 200
"""A longer name would make every table of names as wide as itself, so its middle is left out."""
SMALLEST_EXTENT = 1e-6
"""A smaller extent is a mistake in the unit: rounding would be as large as the distances."""
MISSING_LABELS = frozenset({"", "nan", "NaN", "NA", "<NA>", "None", "none"})
"""What table writers leave in place of a missing label."""


def check_names(spots: pd.Index, genes: pd.Index, where: str) -> None:
    """Gene symbols and spot names must be unique, and symbols must be names."""
    blank = genes.str.strip() == ""
    if blank.any():
        message = (
            f"{where}: var_names has {int(blank.sum())} empty gene names (first at place {int(np.argmax(blank))}); "
            "name those genes or drop them"
        )
        raise NicheLensError(message)
    check_labels(genes, f"{where}: var_names")
    for kind, slot, names, fix in (
        ("gene", "var_names", genes, "sum their counts, or call adata.var_names_make_unique()"),
        ("spot", "obs_names", spots, "call adata.obs_names_make_unique()"),
    ):
        repeated = names.duplicated()
        if repeated.any():
            first = names[repeated][0]
            message = f"{where}: {slot} has {int(repeated.sum())} duplicate {kind} names (first '{first}'); {fix}"
            raise NicheLensError(message)


def check_labels(names: Iterable[str], where: str) -> None:
    """Names are used in tables and sentences, so they must be without control characters."""
    for name in names:
        if CONTROL.search(name):
            message = f"{where} has the name {name[:60]!r}, with a line break or another control character; rename it"
            raise NicheLensError(message)


def without_long_names(names: Iterable[str], where: str) -> dict[str, str]:
    """Each name → itself, or its ends if it is longer than `LONGEST_NAME`; distinct names stay distinct."""
    forms = short_names(names, LONGEST_NAME)
    n_long = sum(name != form for name, form in forms.items())
    if n_long:
        logger.warning("%s: %d names of over %d characters lose their middle", where, n_long, LONGEST_NAME)
    return forms


def read_cell_types(obs: pd.DataFrame, key: str, where: str) -> pd.Series:
    """Cell type of each spot, a categorical; NA where unknown."""
    if key not in obs:
        message = f"{where}: no obs column '{key}'; {suggest(key, obs.columns, kind='columns')}"
        raise NicheLensError(message)
    labels = read_labels(obs[key])
    used = set(labels.dropna())
    if not 1 <= len(used) <= MAX_NICHES:
        message = f"{where}: obs['{key}'] has {len(used)} distinct values, not cell types; choose a column with names"
        raise NicheLensError(message)
    check_labels(used, f"{where}: obs['{key}']")
    names = sorted(used, key=natural)
    types = pd.Series(pd.Categorical(labels, names), index=obs.index)
    return types.cat.rename_categories(without_long_names(names, f"{where}: obs['{key}']"))


def read_xy(stored: Any, spots: pd.Index, where: str, *, slot: str, known: Iterable[str]) -> tuple[np.ndarray, str]:
    """Coordinates of the spots, float64 of shape (n_spots, 2), finite; and a note about what was left out, or "".

    A third coordinate is left out: pictures are flat.

    Args:
        stored: array, table or sparse matrix; None if the file has no coordinates. Of a table with the columns x and
            y these are taken, else the first two.
        spots: names of the spots.
        where: name of the file, for messages.
        slot: where the coordinates are in the file, for messages.
        known: keys of obsm, for a message.
    """
    if stored is None:
        have = ", ".join(known) or "none"
        message = f"{where}: no {slot} (obsm keys: {have}); store the spots' x and y there as an (n_spots, 2) array"
        raise NicheLensError(message)
    array, height = _flat(stored)
    if array.shape != (len(spots), 2):
        message = f"{where}: {slot} has shape {np.shape(stored)} and must be ({len(spots)}, 2); keep x and y only"
        raise NicheLensError(message)
    try:
        if array.dtype.kind not in "biufOSUT":
            raise TypeError
        xy = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        message = f"{where}: {slot} is not numeric (dtype {array.dtype}); store x and y as floats"
        raise NicheLensError(message) from error
    broken = ~np.isfinite(xy).all(axis=1)
    if broken.any():
        first = spots[int(np.argmax(broken))]
        message = (
            f"{where}: {slot} has NaN or infinite coordinates in {int(broken.sum())} spots (first '{first}'); "
            "drop those spots or fix them"
        )
        raise NicheLensError(message)
    return xy, "" if height is None else _about_height(height, slot)


def _flat(stored: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """The x and y of stored coordinates, and the third coordinate; None if there is none."""
    if isinstance(stored, pd.DataFrame):
        by_name = {str(column).casefold(): place for place, column in enumerate(stored.columns)}
        if {"x", "y"} <= by_name.keys() and len(by_name) == stored.shape[1] <= 3:
            order = [by_name[axis] for axis in "xy"]
            rest = [place for place in range(stored.shape[1]) if place not in order]
            stored = stored.iloc[:, order + rest]
    array = stored.toarray() if sp.issparse(stored) else np.asarray(stored)
    if array.ndim == 2 and array.shape[1] == 3:
        return array[:, :2], array[:, 2]
    return array, None


def _about_height(height: np.ndarray, slot: str) -> str:
    levels = pd.unique(height[pd.notna(height)])
    if len(levels) < 2:
        return f"the third coordinate of {slot}, the same for all spots, is left out"
    return (
        f"the third coordinate of {slot}, with {len(levels):,} values, is left out: all spots lie in one picture. "
        "If they are of several sections, name the column that tells them apart with --slice-key"
    )


def check_extent(xy: np.ndarray, where: str, slot: str) -> None:
    """The spots of one slice must extend along both axes, or no map can be drawn."""
    with np.errstate(over="ignore"):
        extent = np.ptp(xy, axis=0)
    flat = extent == 0
    if flat.any():
        axes = "x and y" if flat.all() else "xy"[int(np.argmax(flat))]
        message = (
            f"{where}: {slot} has one and the same {axes} for all {len(xy)} spots, no map can be drawn; "
            "store real coordinates, or check which column tells the slices apart"
        )
        raise NicheLensError(message)
    if extent.max() < SMALLEST_EXTENT or not np.isfinite(extent).all():
        message = (
            f"{where}: {slot} spans {extent.max():.3g} from end to end; store the coordinates in pixels or microns"
        )
        raise NicheLensError(message)


def read_niches(obs: pd.DataFrame, key: str, where: str, *, drop_small: bool) -> pd.Series:
    """Niche of each spot: a categorical, each category with at least `MIN_NICHE_SPOTS` spots; NA without a niche."""
    if key not in obs:
        message = f"{where}: no obs column '{key}'; {suggest(key, obs.columns, kind='columns')}"
        raise NicheLensError(message)
    slot = f"{where}: obs['{key}']"
    column = obs[key]
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.cat.remove_unused_categories()
    present = column.dropna()
    if not len(present):
        message = f"{slot} is NA for all {len(column)} spots; fill it, or choose another column"
        raise NicheLensError(message)
    stored = column.dtype
    values = stored.categories if isinstance(stored, pd.CategoricalDtype) else pd.Index(present.unique())
    if pd.api.types.is_float_dtype(values.dtype):
        whole = (values % 1 == 0) & (abs(values) < 2**53)
        if not whole.all():
            offender = values[~whole][0]
            message = f"{slot} is a measurement, not niches (e.g. {offender:g}); choose a column with region names"
            raise NicheLensError(message)
        # Whole numbers become floats as soon as one spot is NA; the name of cluster 3 is "3".
        column = column.astype("Float64").astype("Int64")
        values = pd.Index(values.astype(int))
    labels = read_labels(column)
    used = set(labels.dropna())
    if not used:
        message = f"{slot} is empty text for all {len(column)} spots; fill it, or choose another column"
        raise NicheLensError(message)
    if len(used) > MAX_NICHES:
        message = f"{slot} has {len(used)} distinct values (e.g. '{min(used)}'), not niches; choose a column with names"
        raise NicheLensError(message)
    check_labels(used, slot)
    names = [str(value) for value in values if str(value) in used]
    chosen_order = isinstance(stored, pd.CategoricalDtype) and (stored.ordered or names != sorted(names))
    niches = pd.Series(pd.Categorical(labels, names if chosen_order else sorted(names, key=natural)), index=obs.index)
    niches = niches.cat.rename_categories(without_long_names(niches.cat.categories, slot))
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


def read_labels(column: pd.Series) -> pd.Series:
    """The labels of a column as text; NA if a label is missing or blank."""

    def label(value: Any) -> str | None:
        text = str(value)
        return text if text.strip() and text not in MISSING_LABELS else None

    return column.astype(object).where(column.notna()).map(label, na_action="ignore")


def natural(text: str) -> list[tuple[bool, int, str]]:
    """Sort key for natural order: 'L2' before 'L10'."""
    return [
        (not part.isdecimal(), int(part) if part.isdecimal() else 0, part.casefold())
        for part in re.split(r"(\d+)", text)
        if part
    ]
