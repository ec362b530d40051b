"""Slide: one tissue section, read from AnnData and validated once, so that everything after it can trust it.

Reads `X` (or a layer), `obsm["spatial"]`, `uns`, and the obs columns for niche, slice and donor; nothing else of the
file is loaded, and nothing is written but the columns of a large matrix, to temporary files.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

from data_prep.errors import CONTROL, NicheLensError
from data_prep.gene_columns import select_spots, totals
from data_prep.read import validation
from data_prep.read.formats import META_KEYS, open_slide_file
from data_prep.read.gene_ids import name_genes
from data_prep.read.opened_slide import Opened
from data_prep.read.raw_counts import CountsCheck
from data_prep.read.streaming import read_counts
from data_prep.read.validation import MIN_NICHE_SPOTS, SPATIAL_KEY

__all__ = ["DONOR_KEY", "MIN_NICHE_SPOTS", "SLICE_KEY", "SPATIAL_KEY", "Slide", "SlideMeta", "read_slides"]

logger = logging.getLogger(__name__)

SLICE_KEY = "slice"
DONOR_KEY = "donor"


@dataclass(frozen=True)
class SlideMeta:
    """Where a slide comes from and how it was read; an empty string where nobody said.

    Attributes:
        organism: for example "human".
        tissue: for example "breast cancer".
        technology: for example "Visium".
        donor: of the tissue.
        slice: which of the file's sections.
        unit: of the coordinates: "pixel" or "micron".
        y_axis: "down" where the file's y grew downwards, "up" where it was turned; "assumed down" where nobody said.
        niches_from: the obs column of the niches, or how they were found.
        genes_from: what the gene names are, and how they were made if they were not symbols.
    """

    organism: str = ""
    tissue: str = ""
    technology: str = ""
    donor: str = ""
    slice: str = ""
    unit: str = ""
    y_axis: str = ""
    niches_from: str = ""
    genes_from: str = ""


@dataclass(frozen=True, eq=False)
class Slide:
    """One tissue section.

    The y axis points down, as in an image: row 0 of every figure is the smallest y. Coordinates are taken as stored,
    which is right for Visium and every format whose coordinates are pixels of an image; a file whose y points up is
    drawn upside down, and "upper" in a description then means the bottom of the tissue.

    Attributes:
        name: `filestem`, or `filestem:slice` where the file holds several slices.
        counts: raw counts, float32 CSC of shape (n_spots, n_genes), finite and ≥ 0, no all-zero spot. The columns of a
            large slide lie on disk (memory-mapped), so take blocks of genes: ``counts[:, a:b]``.
        xy: spot coordinates, float64 of shape (n_spots, 2), finite, with an extent on both axes.
        genes: unique gene symbols, shape (n_genes,).
        niche: codes into `niches`, int32 of shape (n_spots,); -1 is a spot without a niche.
        niches: names of the niches, each with at least `MIN_NICHE_SPOTS` spots. Empty where none were asked for.
        meta: where the slide comes from and how it was read.
        cell_type: codes into `cell_types`, int32 of shape (n_spots,); -1 is unknown. Empty where there are none.
        cell_types: names of the cell types; empty where none were asked for.
    """

    name: str
    counts: sp.csc_matrix
    xy: np.ndarray
    genes: np.ndarray
    niche: np.ndarray
    niches: tuple[str, ...]
    meta: SlideMeta
    cell_type: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    cell_types: tuple[str, ...] = ()

    @property
    def n_spots(self) -> int:
        """Number of spots (cells, beads)."""
        return int(self.counts.shape[0])

    @property
    def n_genes(self) -> int:
        """Number of genes."""
        return int(self.counts.shape[1])

    @property
    def has_niches(self) -> bool:
        """Whether the slide has named niches."""
        return bool(self.niches)

    @cached_property
    def depth(self) -> np.ndarray:
        """Total counts of each spot, float64 of shape (n_spots,)."""
        return totals(self.counts)

    @cached_property
    def _gene_codes(self) -> dict[str, int]:
        return {str(gene): code for code, gene in enumerate(self.genes)}

    def gene_index(self, symbol: str) -> int:
        """Column of a gene.

        Raises:
            NicheLensError: the slide does not have the gene; names the closest symbols.
        """
        code = self._gene_codes.get(symbol)
        if code is None:
            message = f"{self.name}: no gene '{symbol}'; {validation.suggest(symbol, self._gene_codes, kind='genes')}"
            raise NicheLensError(message)
        return code

    def niche_index(self, name: str) -> int:
        """Code of a niche.

        Raises:
            NicheLensError: the slide does not have the niche; names those it has.
        """
        if name not in self.niches:
            hint = validation.suggest(name, self.niches, kind="niches", show_all=True)
            message = f"{self.name}: no niche '{name}'; {hint}"
            raise NicheLensError(message)
        return self.niches.index(name)

    def spots_of(self, niche: str) -> np.ndarray:
        """Boolean mask of the spots of a niche, shape (n_spots,)."""
        return self.niche == self.niche_index(niche)

    def with_counts(self, counts: sp.spmatrix | sp.sparray | np.ndarray) -> Slide:
        """The same tissue with other counts of the same shape (thinned, shuffled)."""
        if counts.shape != self.counts.shape:
            message = f"{self.name}: counts of shape {counts.shape} cannot replace counts of shape {self.counts.shape}"
            raise NicheLensError(message)
        return replace(self, counts=sp.csc_matrix(counts, dtype=np.float32))


def read_slides(
    path: str | Path,
    niche_key: str | None,
    *,
    slice_key: str = SLICE_KEY,
    donor_key: str = DONOR_KEY,
    layer: str | None = None,
    drop_small_niches: bool = False,
    cell_type_key: str | None = None,
    find: bool = False,
    y_axis: str | None = None,
    unit: str | None = None,
    gene_table: Path | None = None,
) -> list[Slide]:
    """Read and validate the slides of a file, one per slice, in natural order of the slices' names.

    Logged as warnings: spots without a single count are dropped; a niche below `MIN_NICHE_SPOTS` in one slice of
    several is unlabelled there; a slice left with fewer than two niches is left out; fractional counts.

    Args:
        path: any format of `data_prep.read.formats`, with raw counts.
        niche_key: column of `obs` with the niches; None reads the slides without niches.
        slice_key: column of `obs` that tells slices apart. The default may be absent: then the file is one slice.
        donor_key: column of `obs` with the donor. The default may be absent: then the donor is the file's stem.
        layer: layer that holds the counts, instead of `X`.
        drop_small_niches: leave the spots of niches that are too small over the whole file unlabelled, instead of
            refusing the file.
        cell_type_key: column of `obs` with the cell types.
        find: compute niches (`data_prep.facts.niche_finding`) instead of reading them; ``niche_key`` must be None then.
        y_axis: "down" or "up", where the y of the coordinates points; None takes what the format says, else "down".
        unit: "pixel" or "micron", the unit of the coordinates; None takes what the format says.
        gene_table: table of Ensembl ids and symbols, for a file that has no symbols.

    Raises:
        NicheLensError: the file cannot be read as a slide; one line with slot, first offender and fix.
    """
    path = Path(path)
    where = path.name
    if find and niche_key is not None:
        message = f"{where}: both --niche-key and --find-niches are given; niches are either read or found"
        raise NicheLensError(message)
    opened = open_slide_file(path)
    obs = opened.obs
    symbols, genes_from, organism = name_genes(opened.var, where, gene_table)
    genes = pd.Index(symbols, dtype=object)
    validation.check_names(obs.index, genes, where)
    stored = opened.counts(layer)
    xy = validation.read_xy(opened.spatial, obs.index, where, place=opened.place, known=opened.obsm)
    if (y_axis or opened.y_axis) == "up":
        xy[:, 1] *= -1
    cell_types = validation.read_cell_types(obs, cell_type_key, where) if cell_type_key else None
    read = {
        "technology": opened.technology,
        "organism": organism,
        "unit": unit or opened.unit,
        "y_axis": y_axis or opened.y_axis or "assumed down",
        "niches_from": f"obs['{niche_key}']" if niche_key else "",
        "genes_from": genes_from,
    }
    niches = None
    if niche_key is not None:
        niches = validation.read_niches(obs, niche_key, where, drop_small=drop_small_niches)
    slices = _read_column(obs, slice_key, SLICE_KEY, where)
    if slices is not None and slices.isna().any():
        message = (
            f"{where}: obs['{slice_key}'] is NA for {int(slices.isna().sum())} spots; drop them or name their slice"
        )
        raise NicheLensError(message)
    donors = _read_column(obs, donor_key, DONOR_KEY, where)
    logged = opened.logged and layer is None
    check = CountsCheck(f"{where}: {stored.label}", obs.index, genes, elsewhere=opened.elsewhere(layer), logged=logged)
    counts = read_counts(stored, check)
    lit = check.totals > 0
    if not lit.all():
        logger.warning("%s: dropped %d of %d spots without a single count", where, int((~lit).sum()), len(lit))

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
        validation.check_extent(xy[spots], part, opened.place)
        donor = _one_donor(donors, spots, part) or path.stem
        several = slices is not None and slices.nunique() > 1
        typed = cell_types.iloc[spots].cat.remove_unused_categories() if cell_types is not None else None
        slide = Slide(
            name=f"{path.stem}:{slice_name}" if several else path.stem,
            counts=counts if len(spots) == len(lit) else select_spots(counts, spots),
            xy=xy[spots],
            genes=np.asarray(genes, dtype=str),
            niche=codes,
            niches=names,
            meta=SlideMeta(**(read | _read_meta(opened, spots)), donor=donor, slice=slice_name),
            cell_type=np.zeros(0, np.int32) if typed is None else typed.cat.codes.to_numpy(np.int32),
            cell_types=() if typed is None else tuple(typed.cat.categories),
        )
        if find:
            from data_prep.facts.niche_finding import find_niches

            slide = find_niches(slide)
        slides.append(slide)
    if not slides:
        message = (
            f"{where}: no slice has two niches of {MIN_NICHE_SPOTS} spots in obs['{niche_key}']; choose another column"
        )
        raise NicheLensError(message)
    return slides


def _read_column(obs: pd.DataFrame, key: str, default: str, where: str) -> pd.Series | None:
    """A column of names; None where the default column is absent."""
    if key in obs:
        names = validation.read_labels(obs[key])
        validation.check_labels(names.dropna().unique(), f"{where}: obs['{key}']")
        return names
    if key != default:
        hint = validation.suggest(key, obs.columns, kind="columns")
        message = f"{where}: no obs column '{key}'; {hint}"
        raise NicheLensError(message)
    return None


def _each_slice(slices: pd.Series | None, n_spots: int) -> Iterator[tuple[str, np.ndarray]]:
    """Name and spot mask of each slice; one unnamed slice where no column tells them apart."""
    if slices is None:
        yield "", np.ones(n_spots, dtype=bool)
        return
    names = slices.to_numpy(dtype=object)
    for name in sorted(set(names), key=validation.natural):
        yield name, names == name


def _one_donor(donors: pd.Series | None, spots: np.ndarray, where: str) -> str:
    """The donor of a slice, '' where the file does not say."""
    if donors is None:
        return ""
    found = sorted(set(donors.iloc[spots].dropna()))
    if len(found) > 1:
        message = (
            f"{where} has spots of {len(found)} donors ({', '.join(found[:3])}); a slice has one donor: "
            "name the column that tells slices apart with --slice-key (slice_key)"
        )
        raise NicheLensError(message)
    return found[0] if found else ""


def _read_meta(opened: Opened, spots: np.ndarray) -> dict[str, str]:
    """Organism, tissue and technology, where the file says."""
    source = opened.uns.get("source")
    found = {}
    for key in META_KEYS:
        if key in opened.obs and opened.obs[key].iloc[spots].nunique() == 1:
            found[key] = str(opened.obs[key].iloc[spots].dropna().iloc[0])
        elif isinstance(opened.uns.get(key), str):
            found[key] = opened.uns[key]
        elif isinstance(source, dict) and isinstance(source.get(key), str):
            found[key] = source[key]
    return {key: " ".join(CONTROL.sub(" ", text).split()) for key, text in found.items()}
