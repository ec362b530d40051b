"""Reads the output of 10x Genomics: the `outs` folders of Space Ranger (Visium) and of Xenium."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from data_prep.errors import NicheLensError
from data_prep.read.file_access import (
    DamagedFileError,
    as_text,
    library_reads,
    open_file,
    optional_part,
    part_of,
    read_texts,
)
from data_prep.read.opened_slide import OpenedSlide

POSITION_FILES = ("tissue_positions.parquet", "tissue_positions.csv", "tissue_positions_list.csv")
POSITION_COLUMNS = ("barcode", "in_tissue", "array_row", "array_col", "pxl_row_in_fullres", "pxl_col_in_fullres")
VISIUM_MATRIX = "filtered_feature_bc_matrix.h5"
XENIUM_MATRIX = "cell_feature_matrix.h5"
XENIUM_CELLS = ("cells.parquet", "cells.csv.gz", "cells.csv")
GENE_FEATURES = "Gene Expression"


def read_visium(path: Path) -> OpenedSlide:
    """Open the `outs` folder of Space Ranger, with any kind of positions file. The unit is microscope pixels.

    Raises:
        NicheLensError: no positions, or positions of another run.
    """
    matrix = next(child for child in sorted(path.iterdir()) if child.name.endswith(VISIUM_MATRIX))
    file = next((path / "spatial" / name for name in POSITION_FILES if (path / "spatial" / name).exists()), None)
    if file is None:
        message = f"{path.name}: no spatial/{POSITION_FILES[1]}; name the whole outs folder of Space Ranger"
        raise NicheLensError(message)
    # Until Space Ranger 2 the file had another name and no header.
    positions = _read_table(file, POSITION_COLUMNS if file.name == "tissue_positions_list.csv" else None)
    opened = _read_10x(path, matrix, positions, "barcode", POSITION_COLUMNS[:3:-1], f"spatial/{file.name}")
    return replace(opened, unit="pixel", y_axis="down", technology="Visium")


def read_xenium(path: Path) -> OpenedSlide:
    """Open the `outs` folder of Xenium. The unit is microns. Transcripts and pictures are not needed.

    Raises:
        NicheLensError: no matrix, no cells, or cells of another run.
    """
    matrix = path / XENIUM_MATRIX
    if not matrix.exists():
        message = f"{path.name}: no {XENIUM_MATRIX}; name the whole outs folder of Xenium"
        raise NicheLensError(message)
    file = next((path / name for name in XENIUM_CELLS if (path / name).exists()), None)
    if file is None:
        message = f"{path.name}: no {XENIUM_CELLS[0]}, so the cells have no place; name the whole outs folder of Xenium"
        raise NicheLensError(message)
    opened = _read_10x(path, matrix, _read_table(file), "cell_id", ("x_centroid", "y_centroid"), file.name)
    return replace(opened, unit="micron", y_axis="down", technology="Xenium")


def declared_10x(path: Path) -> tuple[int, int]:
    """(barcodes, features) that the matrix in an `outs` folder declares."""
    found = [child for child in sorted(path.iterdir()) if child.name.endswith((VISIUM_MATRIX, XENIUM_MATRIX))]
    if not found:
        return 0, 0  # the reader says what is missing
    with open_file(found[0]) as file:
        group = part_of(file, "matrix")
        return part_of(group, "barcodes").shape[0], part_of(part_of(group, "features"), "id").shape[0]


def _read_table(file: Path, names: tuple[str, ...] | None = None) -> pd.DataFrame:
    """A table of positions. Names of cells stay text even if they are numbers."""
    with library_reads():
        if file.suffix == ".parquet":
            return pd.read_parquet(file)
        text = {"barcode": str, "cell_id": str}
        return pd.read_csv(file, header=0 if names is None else None, names=names, dtype=text)


def _read_10x(
    path: Path, matrix: Path, positions: pd.DataFrame, name: str, columns: tuple[str, ...], positions_file: str
) -> OpenedSlide:
    """A feature-barcode matrix of 10x Genomics (since Cell Ranger 3), and the positions of its barcodes.

    Args:
        path: the folder.
        matrix: the HDF5 file.
        positions: table of the positions.
        name: its column with barcodes.
        columns: its columns with x and y.
        positions_file: path of its file in the folder, for messages.
    """
    with open_file(matrix) as file:
        group = part_of(file, "matrix")
        barcodes, features = read_texts(part_of(group, "barcodes")), part_of(group, "features")
        ids, symbols = (read_texts(part_of(features, key)) for key in ("id", "name"))
        stored_kinds = optional_part(features, "feature_type")
        kinds = [GENE_FEATURES] * len(ids) if stored_kinds is None else read_texts(stored_kinds)
    if not len(ids) == len(symbols) == len(kinds):
        reason = f"{len(ids)} ids, {len(symbols)} names and {len(kinds)} types of features"
        raise DamagedFileError(reason)
    kept = np.array([kind == GENE_FEATURES for kind in kinds], bool)
    var = pd.DataFrame({"gene_ids": ids}, index=pd.Index(symbols, dtype=object))[kept]
    where = f"{path.name}: {positions_file}"
    missing = [column for column in (name, *columns) if column not in positions]
    if missing:
        message = f"{where} has no column '{missing[0]}'; take the one that the instrument's software wrote"
        raise NicheLensError(message)
    positions = positions.set_index(positions[name].map(as_text))[list(columns)]
    placed = positions.index.isin(barcodes)
    repeated = positions.index[placed][positions.index[placed].duplicated()]
    if len(repeated):
        message = f"{where} has several places for {len(repeated)} barcodes (first '{repeated[0]}'); keep one of each"
        raise NicheLensError(message)
    lost = ~pd.Index(barcodes).isin(positions.index)
    if lost.any():
        first = barcodes[int(np.argmax(lost))]
        message = (
            f"{where} has no place for {int(lost.sum())} of {len(barcodes)} barcodes (first '{first}'); "
            "take both files from one run"
        )
        raise NicheLensError(message)
    return OpenedSlide(
        name=path.name,
        stem=path.stem,
        obs=pd.DataFrame(index=pd.Index(barcodes, dtype=object)),
        var=var,
        spatial=positions.loc[barcodes],
        matrix=matrix,
        spatial_slot=positions_file,
        slot="matrix",
        kept=kept,
    )
