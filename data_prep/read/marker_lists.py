"""Lists of marker genes of cell types: GMT files, and tables such as those of PanglaoDB and ScType."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from data_prep.errors import NicheLensError

TYPE_COLUMNS = ("cell type", "cell_type", "celltype", "cellname", "cell name")
"""Names of the column with cell types, in small letters."""
GENE_COLUMNS = ("official gene symbol", "genesymbolmore1", "gene symbol", "gene_symbol", "symbol", "gene", "marker")
"""Names of the column with genes, in small letters; a cell may hold several, separated by commas."""
MAX_BYTES = 64 * 2**20


def read_marker_lists(path: Path) -> dict[str, tuple[str, ...]]:
    """Cell type → its marker genes, in the order of the file.

    Args:
        path: a ``.gmt`` (name, description, genes, separated by tabs), or a ``.tsv`` or ``.csv`` with a header.

    Raises:
        NicheLensError: the file cannot be read, is too large, has no such columns, or a cell type with a line break.
    """
    from data_prep.read.validation import check_labels

    text = _text(path)
    if path.suffix.lower() == ".gmt":
        pairs = [
            (cells[0].strip(), gene) for cells in (line.split("\t") for line in text.splitlines()) for gene in cells[2:]
        ]
    else:
        pairs = _table(path, text)
    lists: dict[str, dict[str, None]] = {}
    for cell_type, genes in pairs:
        for gene in genes.split(","):
            if cell_type and gene.strip():
                lists.setdefault(cell_type, {})[gene.strip()] = None
    if not lists:
        message = (
            f"{path.name}: holds no list of genes; give a .gmt, or a table with a cell type and a gene in each row"
        )
        raise NicheLensError(message)
    check_labels(lists, path.name)
    return {cell_type: tuple(genes) for cell_type, genes in lists.items()}


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            message = f"{path.name}: {path.stat().st_size / 2**20:.0f} MiB are too large for marker lists (at most 64)"
            raise NicheLensError(message)
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); give a .gmt, .tsv or .csv file"
        raise NicheLensError(message) from error
    except UnicodeDecodeError as error:
        message = f"{path.name}: is not UTF-8 text (byte {error.start}); save it as UTF-8"
        raise NicheLensError(message) from error


def _table(path: Path, text: str) -> list[tuple[str, str]]:
    delimiter = "," if path.suffix.lower() == ".csv" else "\t"
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        message = f"{path.name}: is no table ({error}); give a .gmt, .tsv or .csv file"
        raise NicheLensError(message) from error
    heads = [head.strip().lower() for head in rows[0]] if rows else []
    at_type = next((heads.index(name) for name in TYPE_COLUMNS if name in heads), None)
    at_gene = next((heads.index(name) for name in GENE_COLUMNS if name in heads), None)
    if at_type is None or at_gene is None:
        what = "cell types" if at_type is None else "genes"
        names = ", ".join(f"'{name}'" for name in (TYPE_COLUMNS if at_type is None else GENE_COLUMNS)[:4])
        message = f"{path.name}: has no column with {what}; call it {names} or one of the like"
        raise NicheLensError(message)
    last = max(at_type, at_gene)
    return [(row[at_type].strip(), row[at_gene]) for row in rows[1:] if len(row) > last]
