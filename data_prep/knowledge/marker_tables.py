"""Tables of marker genes: PanglaoDB, ScType, CellMarker, and any with a cell type and a gene in each row."""

from __future__ import annotations

from data_prep.knowledge.list_parts import ListPart
from data_prep.knowledge.species import species_in_words
from data_prep.knowledge.table_rows import TableFile

TYPE_COLUMNS = ("cellname", "cell name", "cell_name", "cell type", "cell_type", "celltype")
"""Names of the column with cell types, in small letters. CellMarker's `cell_type` only says normal or cancer."""
GENE_COLUMNS = (
    *("official gene symbol", "genesymbolmore1", "genes", "markers"),
    *("gene symbol", "gene_symbol", "symbol", "gene", "marker"),
)
"""Names of the column with genes, in small letters; a cell may hold several, separated by commas."""
_MARKER = ("marker", "markers")
"""Where CellMarker has the name of the paper, which may be no symbol. Read where the symbol is missing."""
_TISSUES = ("tissuetype", "organ", "tissue_type", "tissue type", "tissue")
_EMPTY = frozenset({"", "NA", "nan", "NaN", "None", "-"})


def is_marker_table(table: TableFile) -> bool:
    """Whether the header has a column of cell types and one of genes."""
    return table.column(TYPE_COLUMNS) is not None and table.column(GENE_COLUMNS) is not None


def read_markers(table: TableFile, notes: list[str]) -> list[ListPart]:
    """The lists of a table. ScType's negative markers are not members.

    A species column that names one species a row makes separate lists of human and mouse. PanglaoDB's names both in
    most rows, and makes one list. Rows of other species are left out.
    """
    at_type, at_gene = table.column(TYPE_COLUMNS) or 0, table.column(GENE_COLUMNS) or 0
    at_marker, at_tissue = table.column(_MARKER), table.column(_TISSUES)
    at_species = table.column(("species", "organism"))
    rows = table.rows([at_type, at_gene], notes)
    of_file = species_in_words(table.text.name)

    def cell(cells: list[str], place: int | None) -> str:
        value = cells[place].strip() if place is not None and place < len(cells) else ""
        return "" if value in _EMPTY else value

    words = {cell(cells, at_species) for _, cells in rows}
    named = {word: species_in_words(word) for word in words if word}
    separate = all(len(species) < 2 for species in named.values())
    parts, foreign, empty = [], 0, 0
    for line, cells in rows:
        word = cell(cells, at_species)
        species = named[word] if word else of_file
        if word and not species:
            foreign += 1
            continue
        name = cells[at_type].strip()
        symbols = [symbol.strip() for symbol in (cell(cells, at_gene) or cell(cells, at_marker)).split(",")]
        symbols = [symbol for symbol in symbols if symbol not in _EMPTY]
        if not name or not symbols:
            empty += 1
            continue
        parts.append(ListPart(name, symbols, line, species, cell(cells, at_tissue), separate))
    if foreign:
        notes.append(f"{table.text.name}: {foreign:,} rows whose species is neither human nor mouse are left out")
    if empty:
        notes.append(f"{table.text.name}: {empty:,} rows without a cell type or a gene are left out")
    return parts
