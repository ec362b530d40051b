"""Lists of marker genes of cell types, from one file: a GMT, or a table such as those of PanglaoDB and ScType."""

from __future__ import annotations

import logging
from pathlib import Path

from data_prep.errors import NicheLensError
from data_prep.knowledge.citation import Source
from data_prep.knowledge.gene_list import MARKER_LIST
from data_prep.knowledge.gene_sets import is_gmt, read_gmt
from data_prep.knowledge.list_parts import labelled, lists_of
from data_prep.knowledge.marker_tables import GENE_COLUMNS, TYPE_COLUMNS, is_marker_table, read_markers
from data_prep.knowledge.table_rows import TableFile
from data_prep.knowledge.text_files import read_text_file

logger = logging.getLogger(__name__)


def read_marker_lists(path: Path) -> dict[str, tuple[str, ...]]:
    """Label of a cell type → its marker genes, in the order of the file.

    Args:
        path: a GMT (name, description, genes, separated by tabs), or a TSV or CSV with a header; also in gzip.

    Raises:
        NicheLensError: the file cannot be read, is too large, has no such columns, or a cell type with a line break.
    """
    text = read_text_file(path)
    table, notes = TableFile.of(text), list(text.notes)
    if is_marker_table(table):
        parts = read_markers(table, notes)
    elif is_gmt(text):
        parts = read_gmt(text, notes)
    else:
        raise _no_lists(table)
    lists = labelled(lists_of(parts, MARKER_LIST, Source(text.name, ""), notes))
    if not lists:
        message = (
            f"{path.name}: holds no list of genes; give a .gmt, or a table with a cell type and a gene in each row"
        )
        raise NicheLensError(message)
    for note in notes:
        logger.warning("%s", note)
    return {label: tuple(of_list.genes) for label, of_list in lists.items()}


def _no_lists(table: TableFile) -> NicheLensError:
    columns, what = (TYPE_COLUMNS, "cell types") if table.column(TYPE_COLUMNS) is None else (GENE_COLUMNS, "genes")
    names = ", ".join(f"'{name}'" for name in columns[-4:])
    return NicheLensError(f"{table.text.name}: has no column with {what}; call it {names} or one of the like")
