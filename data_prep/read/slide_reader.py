"""Reads the slides of a file or of an AnnData object, one per slice, and validates them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from data_prep import anndata_keys as keys
from data_prep.errors import CONTROL, NicheLensError, suggest
from data_prep.gene_columns import select_spots
from data_prep.read import validation
from data_prep.read.formats import open_slide
from data_prep.read.gene_ids import name_genes
from data_prep.read.niche_columns import choose_niche_key
from data_prep.read.opened_slide import OpenedSlide
from data_prep.read.options import ReadOptions
from data_prep.read.raw_counts import CountsCheck
from data_prep.read.stored_matrix import StoredMatrix
from data_prep.read.streaming import read_counts
from data_prep.short_names import short
from data_prep.slide import MIN_NICHE_SPOTS, Slide, SlideMeta

if TYPE_CHECKING:
    import scipy.sparse as sp
    from anndata import AnnData

logger = logging.getLogger(__name__)


def read_slides(source: Path | AnnData, options: ReadOptions, *, name: str = "adata") -> list[Slide]:
    """Read and validate the slides of a file or of an AnnData object, in natural order of their slices.

    Reads `X` (or a layer), `obsm["spatial"]`, `uns`, and the obs columns that the options name. An AnnData object is
    never modified. Niches are not computed here: see `data_prep.slide_loading.load_slides`.

    Logged as warnings: spots without a single count are dropped; a niche below `MIN_NICHE_SPOTS` in one slice of
    several is unlabelled there; a slice with fewer than two niches is left out; fractional counts.

    Args:
        source: a file or folder in any format of `data_prep.read.formats`, or an AnnData object; with raw counts.
        options: which columns and layers to read.
        name: what to call an AnnData object, which has no file name.

    Raises:
        NicheLensError: the source cannot be read as a slide; one line with slot, first offender and fix.
    """
    opened = open_slide(source, name)
    where, obs = opened.name, opened.obs
    symbols, genes_from, organism = name_genes(opened.var, where, options.gene_table)
    genes = pd.Index(symbols, dtype=object)
    validation.check_names(obs.index, genes, where)
    stored = opened.counts(options.layer)
    xy, left_out = validation.read_xy(opened.spatial, obs.index, where, slot=opened.spatial_slot, known=opened.obsm)
    if (options.y_axis or opened.y_axis) == "up":
        xy[:, 1] *= -1
    cell_types = None
    if options.cell_type_key:
        cell_types = validation.read_cell_types(obs, options.cell_type_key, where)
    niche_key = choose_niche_key(obs, options.niche_keys)
    niches = None
    if niche_key is not None:
        niches = validation.read_niches(obs, niche_key, where, drop_small=options.drop_small_niches)
    slices = _read_column(obs, options.slice_key, keys.SLICE, where)
    if slices is not None and slices.isna().any():
        message = (
            f"{where}: obs['{options.slice_key}'] is NA for {int(slices.isna().sum())} spots; "
            "drop them or name their slice"
        )
        raise NicheLensError(message)
    donors = _read_column(obs, options.donor_key, keys.DONOR, where)
    counts, lit, about_counts = _read_counts(opened, stored, options.layer, genes)
    notes = tuple(filter(None, (left_out, *about_counts)))
    for note in notes:
        logger.warning("%s: %s", where, note)
    shared_meta: dict[str, Any] = {
        "technology": opened.technology,
        "organism": organism,
        "unit": options.unit or opened.unit,
        "y_axis": options.y_axis or opened.y_axis or "assumed down",
        "niches_from": f"obs['{niche_key}']" if niche_key else "",
        "genes_from": genes_from,
    }
    slides = []
    for slice_name, in_slice in _each_slice(slices, len(lit)):
        part = f"{where}: slice '{slice_name}'" if slice_name else where
        spots = np.flatnonzero(in_slice & lit)
        if not len(spots):
            logger.warning("%s has no spot with a count and is left out", part)
            continue
        codes, names = np.full(len(spots), -1, dtype=np.int32), ()
        if niches is not None:
            kept = validation.without_small_niches(niches.iloc[spots], part, refuse=False)
            if len(kept.cat.categories) < 2:
                logger.warning("%s has fewer than two niches of %d spots and is left out", part, MIN_NICHE_SPOTS)
                continue
            codes, names = kept.cat.codes.to_numpy(np.int32), tuple(kept.cat.categories)
        validation.check_extent(xy[spots], part, opened.spatial_slot)
        several = slices is not None and slices.nunique() > 1
        typed = cell_types.iloc[spots].cat.remove_unused_categories() if cell_types is not None else None
        slides.append(
            Slide(
                name=f"{opened.stem}:{slice_name}" if several else opened.stem,
                counts=counts if len(spots) == len(lit) else select_spots(counts, spots),
                xy=xy[spots],
                genes=np.asarray(genes, dtype=str),
                niche=codes,
                niches=names,
                meta=SlideMeta(
                    **(shared_meta | _read_meta(opened, spots)),
                    donor=_one_donor(donors, spots, part) or opened.stem,
                    slice=slice_name,
                    notes=notes,
                ),
                cell_type=np.zeros(0, np.int32) if typed is None else typed.cat.codes.to_numpy(np.int32),
                cell_types=() if typed is None else tuple(typed.cat.categories),
                spot_names=obs.index[spots].to_numpy(dtype=str),
            )
        )
    if not slides:
        message = (
            f"{where}: no slice has two niches of {MIN_NICHE_SPOTS} spots in obs['{niche_key}']; choose another column"
        )
        raise NicheLensError(message)
    return slides


def _read_counts(
    opened: OpenedSlide, stored: StoredMatrix, layer: str | None, genes: pd.Index
) -> tuple[sp.csc_matrix, np.ndarray, list[str]]:
    """The checked counts of all spots, which spots have at least one count, and notes about both."""
    check = CountsCheck(
        f"{opened.name}: {stored.label}",
        opened.obs.index,
        genes,
        elsewhere=opened.elsewhere(layer),
        logged=opened.logged and layer is None,
    )
    counts = read_counts(stored, check)
    lit = check.totals > 0
    dark = int((~lit).sum())
    dropped = f"dropped {dark:,} of {len(lit):,} spots without a single count" if dark else ""
    return counts, lit, [check.note, dropped]


def _read_column(obs: pd.DataFrame, key: str, default: str, where: str) -> pd.Series | None:
    """A column of names; None if the default column is absent."""
    if key in obs:
        names, slot = validation.read_labels(obs[key]), f"{where}: obs['{key}']"
        used = names.dropna().unique()
        validation.check_labels(used, slot)
        return names.map(validation.without_long_names(used, slot), na_action="ignore")
    if key != default:
        message = f"{where}: no obs column '{key}'; {suggest(key, obs.columns, kind='columns')}"
        raise NicheLensError(message)
    return None


def _each_slice(slices: pd.Series | None, n_spots: int) -> Iterator[tuple[str, np.ndarray]]:
    """Name and spot mask of each slice; one unnamed slice if no column tells them apart."""
    if slices is None:
        yield "", np.ones(n_spots, dtype=bool)
        return
    names = slices.to_numpy(dtype=object)
    for name in sorted(set(names), key=validation.natural):
        yield name, names == name


def _one_donor(donors: pd.Series | None, spots: np.ndarray, where: str) -> str:
    """The donor of a slice; "" if the file does not say."""
    if donors is None:
        return ""
    names = sorted(set(donors.iloc[spots].dropna()))
    if len(names) > 1:
        message = (
            f"{where} has spots of {len(names)} donors ({', '.join(names[:3])}); a slice has one donor: "
            "name the column that tells slices apart with --slice-key (slice_key)"
        )
        raise NicheLensError(message)
    return names[0] if names else ""


def _read_meta(opened: OpenedSlide, spots: np.ndarray) -> dict[str, str]:
    """Organism, tissue and technology, as far as the file gives them."""
    source = opened.uns.get(keys.SOURCE)
    meta = {}
    for key in keys.META:
        if key in opened.obs and opened.obs[key].iloc[spots].nunique() == 1:
            meta[key] = str(opened.obs[key].iloc[spots].dropna().iloc[0])
        elif isinstance(opened.uns.get(key), str):
            meta[key] = opened.uns[key]
        elif isinstance(source, dict) and isinstance(source.get(key), str):
            meta[key] = source[key]
    return {key: short(" ".join(CONTROL.sub(" ", text).split()), validation.LONGEST_NAME) for key, text in meta.items()}
